"""Counterfactuals that are no part of the paper: annealed, hardest, similar."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import attention as slow

from elsewhere.causal import (
    AnnealedAttention,
    CounterfactualBranch,
    HardestAttention,
    Moment,
    RandomAttention,
    ShuffledAttention,
    SimilarAttention,
)
from elsewhere.errors import ConfigError, ModelError
from elsewhere.functional.intervention import hardest, most_confused
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.tasks import Reidentification


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def seen():
    network = AttentionNetwork(SmallResNet((4, 6, 8)), heads=2, classes=4).eval()
    return network, network(torch.randn(6, 3, 32, 32, generator=seeded(1)))


LABELS = torch.tensor([0, 1, 2, 3, 0, 1])


def test_annealed_attention_goes_from_random_to_the_learned_one(seen):
    network, output = seen
    drawn = RandomAttention()(output.attention.detach(), seeded(4))
    for end, progress, share in [(1.0, 0.0, 0.0), (1.0, 0.25, 0.25), (0.5, 1.0, 0.5), (1, 1, 1)]:
        annealed = AnnealedAttention(end)
        wrong = annealed.draw(network, output, seeded(4), Moment(LABELS, progress))
        expected = (1 - share) * drawn + share * output.attention.detach()
        torch.testing.assert_close(wrong, expected)
        assert not wrong.requires_grad


@pytest.mark.parametrize(("low", "high"), [(2, 0), (float("nan"), 1), (0, float("inf"))])
def test_a_range_that_is_none(low, high):
    for make in (RandomAttention, lambda *given: AnnealedAttention(1.0, *given)):
        with pytest.raises(ConfigError, match="drawn from low to high"):
            make(low, high)


@given(data=st.data())
def test_the_hardest_draw_is_the_one_with_the_largest_true_logit(data):
    draws, batch, classes = (data.draw(st.integers(1, 5)) for _ in range(3))
    seed = data.draw(st.integers(0, 1000))
    logits = torch.randn(draws, batch, classes, generator=seeded(seed)).round(decimals=1)
    labels = torch.randint(classes, (batch,), generator=seeded(seed))
    assert hardest(logits, labels).tolist() == slow.hardest_of(logits.numpy(), labels.tolist())


def test_hardest_attention_is_chosen_image_by_image(seen):
    network, output = seen
    wrong = HardestAttention(draws=5).draw(network, output, seeded(2), Moment(LABELS))
    generator = seeded(2)
    drawn = [RandomAttention()(output.attention, generator) for _ in range(5)]
    logits = np.stack([network.predict(output.features, a).detach().numpy() for a in drawn])
    chosen = slow.hardest_of(logits, LABELS.tolist())
    assert len(set(chosen)) > 1
    for image, draw in enumerate(chosen):
        assert torch.equal(wrong[image], drawn[draw][image])


def test_hardest_of_other_attention_and_without_labels(seen):
    network, output = seen
    of = HardestAttention(ShuffledAttention(), draws=3)
    wrong = of.draw(network, output, seeded(2), Moment(LABELS))
    maps = output.attention
    for image in range(6):
        assert any(torch.equal(wrong[image], maps[other]) for other in range(6) if other != image)
    unknown = HardestAttention(draws=3).draw(network, output, seeded(2))
    assert torch.equal(unknown, RandomAttention()(maps, seeded(2)))


@given(data=st.data())
def test_partners_are_those_that_an_image_is_most_taken_for(data):
    batch, classes = data.draw(st.integers(2, 7)), data.draw(st.integers(1, 4))
    seed = data.draw(st.integers(0, 1000))
    logits = torch.randn(batch, classes, generator=seeded(seed))
    labels = torch.randint(classes, (batch,), generator=seeded(seed + 1))
    otherwise = torch.arange(batch).roll(1)
    found = most_confused(logits, labels, otherwise).tolist()
    expected = slow.confused(logits.numpy(), labels.tolist())
    for image in range(batch):
        wanted = expected[image]
        assert found[image] == (int(otherwise[image]) if wanted is None else wanted)


def test_similar_attention_is_another_classes(seen):
    network, output = seen
    wrong = SimilarAttention().draw(network, output, seeded(), Moment(LABELS))
    partners = slow.confused(output.logits.detach().numpy(), LABELS.tolist())
    assert torch.equal(wrong, output.attention.detach()[partners])
    alike = Moment(torch.zeros(6, dtype=torch.long))
    alone = SimilarAttention().draw(network, output, seeded(3), alike)
    assert torch.equal(alone, ShuffledAttention()(output.attention, seeded(3)))


def test_a_branch_hands_on_what_a_training_knows(seen):
    network, output = seen
    moment = Moment(LABELS, 0.5)
    for intervention in (AnnealedAttention(), HardestAttention(), SimilarAttention()):
        effect = CounterfactualBranch(intervention)(network, output, seeded(7), moment=moment)
        wrong = intervention.draw(network, output, seeded(7), moment)
        expected = output.logits - network.predict(output.features, wrong)
        torch.testing.assert_close(effect, expected)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: AnnealedAttention(end=1.5), "from 0 to 1, got 1.5"),
        (lambda: HardestAttention(draws=0), "draws is 0: 1 or more"),
    ],
)
def test_impossible_settings_are_refused(make, words):
    with pytest.raises(ConfigError, match=words):
        make()


def test_published_statistics_know_no_answer_yet():
    network = AttentionNetwork(SmallResNet((4, 6, 8)), heads=2, classes=4)
    with pytest.raises(ModelError, match="SimilarAttention goes by the answer"):
        Reidentification(network, SimilarAttention(), statistics="published")
