import numpy as np
import pytest
import torch
from tests.reference import reidentification as slow
from torch import nn

from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, ClassifierHead, EmbeddingHead, SmallResNet


def connected(size=12, length=5, classes=4, seed=0) -> EmbeddingHead:
    """A head with statistics and gains that are not the initial ones."""
    torch.manual_seed(seed)
    head = EmbeddingHead(length)
    head.connect(size, classes)
    with torch.no_grad():
        head.projection.weight.normal_()
        head.classifier.weight.normal_()
        head.norm.weight.uniform_(0.5, 1.5)
        head.norm.running_mean.normal_()
        head.norm.running_var.uniform_(0.5, 2.0)
    return head.eval()


def numbers(head):
    parts = (
        head.projection.weight,
        head.norm.running_mean,
        head.norm.running_var,
        head.norm.weight,
        head.classifier.weight,
    )
    return [part.detach().double().numpy() for part in parts]


def test_embedding_neck_and_logits_by_hand():
    head, pooled = connected(), torch.randn(3, 12)
    with torch.no_grad():
        logits, embedding = head(pooled)
        neck = head.neck(embedding)
    for row in range(3):
        expected = slow.head(pooled[row].double().numpy(), *numbers(head))
        for found, wanted in zip((embedding, neck, logits), expected, strict=True):
            np.testing.assert_allclose(found[row].numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_in_training_the_neck_follows_the_batch():
    head = connected().train()
    head.norm.weight.data.fill_(1.0)
    embedding = 3 + 2 * torch.randn(50, 5)
    neck = head.neck(embedding)
    torch.testing.assert_close(neck.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(neck.var(0, correction=0), torch.ones(5), atol=1e-3, rtol=0)


def test_the_published_start():
    torch.manual_seed(0)
    head = EmbeddingHead(64)
    head.connect(512, 100)
    for layer in (head.projection, head.classifier):
        assert layer.bias is None
        assert layer.weight.std().item() == pytest.approx(0.001, rel=0.05)
        assert abs(layer.weight.mean().item()) < 5e-5
    assert torch.equal(head.norm.weight, torch.ones(64))
    assert torch.equal(head.norm.bias, torch.zeros(64))


def test_the_shift_of_the_neck_never_moves():
    head = connected().train()
    optimizer = torch.optim.Adam(head.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        logits, embedding = head(torch.randn(6, 12))
        (logits.square().sum() + embedding.sum()).backward()
        optimizer.step()
    assert torch.equal(head.norm.bias, torch.zeros(5))
    still = [name for name, value in head.named_parameters() if value.grad is None]
    assert still == ["norm.bias"]
    assert not head.norm.bias.requires_grad


def test_one_image_in_training_is_one_line():
    head = connected().train()
    with pytest.raises(ModelError, match="needs two images or more in training, got 1") as error:
        head(torch.randn(1, 12))
    assert "\n" not in str(error.value)
    assert head.eval()(torch.randn(1, 12))[0].shape == (1, 4)


def test_statistics_over_processes_may_be_of_one_image_each():
    """Synchronised batch norm counts the images of all processes, so that one here may do."""
    head = connected()
    head.norm = nn.SyncBatchNorm.convert_sync_batchnorm(head.norm).train()
    with pytest.raises(Exception, match=r"SyncBatchNorm|Expected more than 1 value") as error:
        head(torch.randn(1, 12))  # not spread over processes here, so that torch itself refuses
    assert not isinstance(error.value, ModelError)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("training", [False, True])
def test_everything_stays_float32_under_autocast(dtype, training):
    head, pooled = connected(512).train(training), torch.randn(4, 512)
    exact = head(pooled)
    with torch.autocast("cpu", dtype=dtype):
        found = (*head(pooled), head.neck(exact[1]))
    assert {value.dtype for value in found} == {torch.float32}
    torch.testing.assert_close(found[:2], exact, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_network_in_half_precision_as_a_whole_answers_in_float32(dtype):
    torch.manual_seed(0)
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, 3, head=EmbeddingHead(5)).to(dtype)
    output = network.eval()(torch.randn(2, 3, 32, 32, dtype=dtype))
    assert (output.logits.dtype, output.embedding.dtype) == (torch.float32, torch.float32)
    assert torch.equal(network.predict(output.features, output.attention), output.logits)


@pytest.mark.parametrize("size", [0, -3])
def test_no_size_is_one_line(size):
    with pytest.raises(ModelError, match=f"must be 1 or more, got {size}"):
        EmbeddingHead(size)


@pytest.mark.parametrize("kind", ["pooled", "embedding", "neck", "logits"])
def test_a_direction_is_a_row_of_h_and_a_constant(kind):
    head, pooled = connected().double(), torch.randn(6, 12, dtype=torch.float64)
    logits, embedding = head(pooled)
    vectors = {
        "pooled": pooled,
        "embedding": embedding,
        "neck": head.neck(embedding),
        "logits": logits,
    }
    direction = torch.randn_like(vectors[kind])
    row, constant = head.pull_back(kind, direction)
    expected = (direction * vectors[kind]).sum(1)
    torch.testing.assert_close((row * pooled).sum(1) + constant, expected)
    assert constant.eq(0).all().item() == (kind in ("pooled", "embedding"))


@pytest.mark.parametrize("kind", ["neck", "logits"])
def test_behind_the_neck_there_is_no_sum_in_training(kind):
    head = connected().train()
    direction = torch.randn(2, 5 if kind == "neck" else 4)
    with pytest.raises(ModelError, match=r"call network\.eval\(\) first"):
        head.pull_back(kind, direction)
    with pytest.raises(ModelError, match=r"call network\.eval\(\) first"):
        head.class_weight(torch.tensor([0]))


@pytest.mark.parametrize("kind", ["pooled", "embedding", "logits"])
def test_a_classifier_pulls_back_too(kind):
    head = ClassifierHead(30.0)
    head.connect(7, 4)
    pooled = torch.randn(3, 7)
    vector = head(pooled)[0] if kind == "logits" else pooled
    direction = torch.randn_like(vector)
    row, constant = head.pull_back(kind, direction)
    torch.testing.assert_close((row * pooled).sum(1), (direction * vector).sum(1))
    assert constant.eq(0).all()


def test_a_classifier_has_no_neck():
    head = ClassifierHead()
    head.connect(7, 4)
    pooled = torch.zeros(1, 7)
    for ask in (lambda: head.neck(pooled), lambda: head.pull_back("neck", pooled)):
        with pytest.raises(ModelError, match="has no batch-norm neck"):
            ask()
