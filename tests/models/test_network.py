import numpy as np
import pytest
import torch
from tests.reference import attention as slow

from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, ClassifierHead, SmallResNet, TimmBackbone

WIDTHS = (4, 6, 8)


def small(**settings):
    torch.manual_seed(0)
    settings = {"heads": 3, "classes": 5, **settings}
    return AttentionNetwork(SmallResNet(WIDTHS), **settings).eval()


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("heads", [1, 3])
def test_a_prediction_is_equations_1_to_4(heads, pooling):
    network = small(heads=heads, pooling=pooling)
    images = torch.randn(2, 3, 40, 56)
    with torch.no_grad():
        output = network(images)
        features = network.backbone(images)
        attention = network.attention(features)
    assert torch.equal(output.features, features)
    assert torch.equal(output.attention, attention)
    assert (output.features.shape, output.attention.shape) == ((2, 8, 5, 7), (2, heads, 5, 7))
    weight = network.head.classifier.weight.detach().double().numpy()
    for image in range(2):
        parts = slow.pooled(features[image].numpy(), attention[image].numpy(), pooling)
        vector = slow.joined(parts, 1e-6)
        np.testing.assert_allclose(output.embedding[image].numpy(), vector, atol=1e-5)
        np.testing.assert_allclose(output.logits[image].numpy(), 100 * weight @ vector, atol=1e-3)


def test_its_own_attention_gives_its_own_prediction():
    network, images = small(), torch.randn(3, 3, 48, 48)
    for network.training in (False, True):
        output = network(images)
        same = network.predict(output.features, output.attention)
        assert torch.equal(same, output.logits)


def test_other_attention_gives_another_prediction():
    network = small()
    output = network(torch.randn(3, 3, 48, 48))
    other = network.predict(output.features, output.attention.flip(0))
    assert (other - output.logits).abs().max() > 1e-3


@pytest.mark.parametrize("normalize", ["root-l2", "l2"])
@pytest.mark.parametrize("backbone", ["small", "test_vit", "test_convnext"])
def test_evidence_adds_up_to_the_logit(backbone, normalize):
    torch.manual_seed(0)
    network = AttentionNetwork(
        SmallResNet(WIDTHS) if backbone == "small" else TimmBackbone(backbone),
        4,
        6,
        normalize=normalize,
    ).eval()
    with torch.no_grad():
        output = network(torch.randn(3, 3, 64, 96))
    labels = torch.tensor([5, 0, 2])
    evidence = network.evidence(output, labels)
    assert evidence.shape == output.attention.shape
    logits = output.logits.gather(1, labels[:, None])[:, 0]
    largest = output.logits.abs().max().item()
    torch.testing.assert_close(evidence.sum((1, 2, 3)), logits, rtol=0, atol=1e-4 * largest)


def test_no_evidence_with_maximum_pooling():
    network = small(pooling="max")
    output = network(torch.randn(1, 3, 32, 32))
    with pytest.raises(ModelError, match="needs average pooling"):
        network.evidence(output, torch.tensor([0]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_logits_stay_float32_and_finite_in_mixed_precision(dtype):
    network, images = small(), torch.randn(2, 3, 32, 32)
    with torch.autocast("cpu", dtype=dtype):
        output = network(images)
        again = network.predict(output.features * 3e3, output.attention * 3e3)
    assert output.features.dtype == dtype
    assert (output.logits.dtype, output.embedding.dtype) == (torch.float32, torch.float32)
    assert again.dtype == torch.float32
    assert again.isfinite().all()
    torch.testing.assert_close(output.embedding.norm(dim=1), torch.ones(2))


def test_a_network_in_bfloat16_as_a_whole():
    network = small().bfloat16()
    output = network(torch.randn(2, 3, 32, 32).bfloat16())
    assert output.logits.dtype == torch.float32
    assert torch.equal(network.predict(output.features, output.attention), output.logits)


def test_classes_by_number_or_by_name():
    assert small(classes=3).class_names == ("class 0", "class 1", "class 2")
    named = small(classes=["wren", "robin"])
    assert named.class_names == ("wren", "robin")
    assert named(torch.randn(1, 3, 32, 32)).logits.shape == (1, 2)


def test_a_head_of_ones_own_scale():
    assert small(head=ClassifierHead(20.0)).head.scale == 20.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"heads": 0}, "heads must be 1 or more, got 0"),
        ({"classes": []}, "at least one class"),
        ({"epsilon": 0.0}, "epsilon must be above 0, got 0"),
    ],
)
def test_what_cannot_be_built(settings, message):
    with pytest.raises(ModelError, match=message):
        small(**settings)


def test_every_parameter_gets_a_gradient():
    network = small().train()
    network(torch.randn(2, 3, 32, 32)).logits.sum().backward()
    assert [key for key, value in network.named_parameters() if value.grad is None] == []
