import pytest
import torch
from tests.test_bundle import NAMES, make, refusal, reidentification

from elsewhere.models import AttentionNetwork, ClassifierHead, SmallResNet
from elsewhere.tasks.transfer import Transfer, other_classes, take_over


def test_classes_are_taken_over_by_name():
    source, network = make(1), make(2, ("robin", "gull", "Häher"))
    random = network.head.classifier.weight.detach().clone()
    assert take_over(network, source) == Transfer(("robin", "Häher"), ("gull",), ("wren",))
    weight = network.head.classifier.weight
    assert torch.equal(weight[0], source.head.classifier.weight[2])
    assert torch.equal(weight[1], random[1])
    assert torch.equal(weight[2], source.head.classifier.weight[0])
    for name in ("backbone", "attention"):
        theirs = getattr(source, name).state_dict()
        for key, value in getattr(network, name).state_dict().items():
            assert torch.equal(value, theirs[key])
    images = torch.randn(2, 3, 32, 32)
    mine, theirs = network.eval()(images).logits, source.eval()(images).logits
    torch.testing.assert_close(mine[:, [0, 2]], theirs[:, [2, 0]])


def test_logits_are_taken_over_whatever_the_scale_of_the_head():
    source, network = make(1), make(2, head=ClassifierHead(20.0))
    take_over(network, source)
    images = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(network.eval()(images).logits, source.eval()(images).logits)


@pytest.mark.parametrize("name", ["attention", "backbone"])
def test_another_build_cannot_be_taken_over(name):
    other = (
        make(heads=3)
        if name == "attention"
        else AttentionNetwork(SmallResNet((4, 6, 10)), 2, NAMES)
    )
    assert f"the bundle's {name} is not built like" in refusal(lambda: take_over(make(), other))


def test_an_embedding_is_taken_over_with_its_neck():
    source, network = reidentification(1), reidentification(2, ("robin", "gull", "Häher"))
    random = network.head.classifier.weight.detach().clone()
    assert take_over(network, source) == Transfer(("robin", "Häher"), ("gull",), ("wren",))
    weight = network.head.classifier.weight
    assert torch.equal(weight[[0, 2]], source.head.classifier.weight[[2, 0]])
    assert torch.equal(weight[1], random[1])
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        mine, theirs = network(images), source(images)
        torch.testing.assert_close(mine.embedding, theirs.embedding)
        torch.testing.assert_close(
            network.head.neck(mine.embedding), source.head.neck(theirs.embedding)
        )
    torch.testing.assert_close(mine.logits[:, [0, 2]], theirs.logits[:, [2, 0]])


def test_other_individuals_leave_the_classifier_at_random():
    """Training goes on with new individuals: embedding and neck stay, every row is new."""
    source, network = reidentification(1), reidentification(2, ("a", "b"))
    random = network.head.classifier.weight.detach().clone()
    assert take_over(network, source) == Transfer((), ("a", "b"), NAMES)
    assert torch.equal(network.head.classifier.weight, random)
    assert torch.equal(network.head.projection.weight, source.head.projection.weight)


@pytest.mark.parametrize("embedding", [True, False])
def test_a_head_of_another_kind_cannot_be_taken_over(embedding):
    pair = (make(1), reidentification(2)) if embedding else (reidentification(2), make(1))
    before = {key: value.clone() for key, value in pair[0].state_dict().items()}
    message = refusal(lambda: take_over(*pair))
    kinds = (
        ("EmbeddingHead", "ClassifierHead") if embedding else ("ClassifierHead", "EmbeddingHead")
    )
    assert f"another kind, {kinds[0]}, than this recipe's {kinds[1]}" in message
    assert all(torch.equal(value, before[key]) for key, value in pair[0].state_dict().items())


def test_an_embedding_of_another_size_cannot_be_taken_over():
    message = refusal(lambda: take_over(reidentification(size=5), reidentification(size=6)))
    assert "has 6 numbers, this recipe's 5: set the size of network.head to 6" in message


def test_names_are_gone_through_a_few_times_however_many():
    class Counted(tuple):
        times = 0

        def __iter__(self):
            type(self).times += 1
            return super().__iter__()

    said = other_classes(Counted(map(str, range(100))), Counted(map(str, range(1, 101))))
    assert "'0' only in training, '100' only in the data" in said
    assert Counted.times < 10
