import math

import pytest
import torch

from elsewhere.errors import ConfigError
from elsewhere.losses import ClassificationObjective, TermWeights

LABELS = torch.tensor([2, 0])
ATTENTION = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]], [[[3.0, 0.0], [0.0, 0.0]]]])


def logits(rows, seed=0):
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed))


def cross_entropy(rows: torch.Tensor, labels: list[int]) -> float:
    values = []
    for row, label in zip(rows.double().tolist(), labels, strict=True):
        values.append(math.log(math.fsum(math.exp(value) for value in row)) - row[label])
    return math.fsum(values) / len(values)


def inputs():
    """Two images, a crop and a drop of each, the effect of all six."""
    embedding = torch.nn.functional.normalize(logits(2, 3), dim=1)
    return {
        "labels": LABELS,
        "raw": logits(2, 0),
        "embedding": embedding,
        "augmented": logits(4, 1),
        "effect": logits(6, 2),
    }


def test_every_term_by_hand():
    terms = ClassificationObjective(3, 3, TermWeights()).terms(**inputs())
    expected = {
        "raw": cross_entropy(logits(2, 0), [2, 0]),
        "augmented": cross_entropy(logits(4, 1), [2, 0, 2, 0]),
        "effect": cross_entropy(logits(6, 2), [2, 0, 2, 0, 2, 0]),
        "center": 1.0,  # unit vectors, centres at zero
    }
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("share", [1.0, 0.25, 0.0])
def test_the_sum_by_hand(share):
    objective = ClassificationObjective(3, 3, TermWeights())
    terms = objective.terms(**inputs())
    value = {name: term.item() for name, term in terms.items()}
    expected = (
        value["raw"] / 3 + 2 * value["augmented"] / 3 + share * value["effect"] + value["center"]
    )
    assert objective.total(terms, share).item() == pytest.approx(expected, rel=1e-6)


def test_the_default_weights_are_the_published_ones():
    assert TermWeights() == pytest.approx((1 / 3, 2 / 3, 1.0, 1.0, 0.0))


@pytest.mark.parametrize("name", TermWeights._fields)
def test_a_term_of_weight_zero_is_not_computed(name):
    every = TermWeights(entropy=0.1)
    objective = ClassificationObjective(3, 3, every._replace(**{name: 0.0}))
    terms = objective.terms(**inputs(), attention=ATTENTION)
    assert set(terms) == set(TermWeights._fields) - {name}
    if name == "center":
        assert list(objective.buffers()) == []


def test_the_baseline_has_no_effect_term():
    given = {**inputs(), "effect": None, "augmented": None}
    terms = ClassificationObjective(3, 3, TermWeights()).terms(**given)
    assert set(terms) == {"raw", "center"}


def test_nothing_to_learn_from_is_one_line():
    with pytest.raises(ConfigError, match="nothing would be learned"):
        ClassificationObjective(3, 3, TermWeights(0, 0, 0, 0))
    objective = ClassificationObjective(3, 3, TermWeights(0, 0, 1, 0))
    with pytest.raises(ConfigError, match="no term of the objective applies"):
        objective.total(objective.terms(**{**inputs(), "effect": None}))


def test_the_entropy_term_is_the_mean_shortfall_from_an_even_map():
    objective = ClassificationObjective(3, 3, TermWeights(0.0, 0.0, 0.0, 0.0, entropy=2.0))
    terms = objective.terms(**inputs(), attention=ATTENTION)
    # two of four positions: half of log 4; one position: none of it
    assert terms["entropy"].item() == pytest.approx((0.5 + 1.0) / 2)
    assert objective.total(terms).item() == pytest.approx(1.5)
