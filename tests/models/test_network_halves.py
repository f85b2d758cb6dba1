"""`forward` is `answer` of `look`, and what the two heads make of it."""

import pytest
import torch
from tests.models.small_networks import HEADS, make, warm

from elsewhere.errors import ModelError
from elsewhere.models import EmbeddingHead
from elsewhere.structures import AttentionOutput


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_looking_and_answering_make_the_whole(head, pooling):
    network, images = make(HEADS[head](), pooling=pooling), torch.randn(2, 3, 32, 48)
    features, attention = network.look(images)
    output = network.answer(features, attention)
    assert isinstance(output, AttentionOutput)
    assert output.features is features
    assert output.attention is attention
    for mine, theirs in zip(output, network(images), strict=True):
        assert torch.equal(mine, theirs)
    assert torch.equal(network.predict(features, attention), output.logits)


@pytest.mark.parametrize(("head", "size"), [("classifier", 24), ("embedding", 7)])
def test_the_length_of_the_embedding_is_known(head, size):
    network = make(HEADS[head]())
    output = network(torch.randn(2, 3, 32, 32))
    assert (network.pooled_size, network.embedding_size) == (24, size)
    assert output.embedding.shape == (2, size)
    assert output.logits.shape == (2, 5)
    assert network.pool(output.features, output.attention).shape == (2, 24)


def test_nobody_knows_yet_how_pictures_are_compared():
    assert make().retrieval is None


def test_every_parameter_that_may_move_gets_a_gradient():
    network = make(EmbeddingHead(7)).train()
    network(torch.randn(3, 3, 32, 32)).logits.square().sum().backward()
    still = [key for key, value in network.named_parameters() if value.grad is None]
    assert still == ["head.norm.bias"]


def test_evidence_adds_up_to_the_logit_less_what_the_neck_adds_to_all():
    network = warm(make(EmbeddingHead(7))).double()
    with torch.no_grad():
        output = network(torch.randn(4, 3, 32, 48, dtype=torch.float64))
    labels = torch.tensor([4, 0, 2, 2])
    evidence = network.evidence(output, labels)
    norm = network.head.norm
    zero = -norm.running_mean * norm.weight / (norm.running_var + norm.eps).sqrt()
    constant = network.head.classifier.weight[labels] @ zero
    expected = output.logits.gather(1, labels[:, None])[:, 0] - constant
    assert constant.abs().min() > 1e-3  # else the constant could be forgotten
    torch.testing.assert_close(evidence.sum((1, 2, 3)), expected, rtol=0, atol=1e-9)


def test_no_evidence_for_a_logit_that_depends_on_the_batch():
    network = make(EmbeddingHead(7)).train()
    output = network(torch.randn(2, 3, 32, 32))
    with pytest.raises(ModelError, match=r"call network\.eval\(\) first"):
        network.evidence(output, torch.tensor([0, 1]))
