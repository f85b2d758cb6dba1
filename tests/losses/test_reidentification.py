import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import reidentification as slow

from elsewhere.errors import ConfigError
from elsewhere.losses import (
    BatchHardTriplet,
    ReidentificationObjective,
    ReidentificationWeights,
    smoothed_cross_entropy,
)

LABELS = torch.tensor([0, 0, 2, 2, 1, 1])


def draw(rows, columns, seed=0):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


def inputs():
    return {
        "labels": LABELS,
        "logits": draw(6, 4, 0),
        "embedding": draw(6, 3, 1),
        "effect": draw(6, 4, 2),
    }


def numbers(tensor):
    return tensor.double().tolist()


@pytest.mark.parametrize("spread", [None, 751])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_every_term_by_hand(smoothing, spread):
    objective = ReidentificationObjective(
        4, ReidentificationWeights(), smoothing, smoothing_classes=spread, margin=0.5
    )
    terms = objective.terms(**inputs())
    given, labels = inputs(), LABELS.tolist()
    expected = {
        name: slow.smoothed_cross_entropy(numbers(given[of]), labels, smoothing, spread or 4)
        for name, of in (("identity", "logits"), ("effect", "effect"))
    }
    expected["triplet"] = slow.batch_hard_triplet(numbers(given["embedding"]), labels, 0.5)
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(expected, rel=1e-5)


def test_smoothing_is_torchs_where_the_count_is_right():
    logits, labels = draw(6, 4), LABELS
    theirs = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    torch.testing.assert_close(smoothed_cross_entropy(logits, labels, 0.1), theirs)
    torch.testing.assert_close(smoothed_cross_entropy(logits, labels, 0.1, 4), theirs)


@pytest.mark.parametrize(("classes", "total"), [(1041, 1.0386), (702, 0.9935)])
def test_the_published_targets_do_not_add_up_to_one(classes, total):
    """The figures that running the published code gave, for MSMT17 and DukeMTMC-reID."""
    logits = torch.zeros(1, classes)  # every log-probability is -log(classes)
    found = smoothed_cross_entropy(logits, torch.tensor([0]), 0.1, 751)
    assert found.item() / math.log(classes) == pytest.approx(total, abs=5e-5)


def test_half_precision_is_lifted():
    logits = (draw(6, 4) * 8).half()
    expected = smoothed_cross_entropy(logits.float(), LABELS, 0.1, 751)
    assert torch.equal(smoothed_cross_entropy(logits, LABELS, 0.1, 751), expected)
    triplet = BatchHardTriplet()
    embedding = draw(6, 3).half()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = triplet(embedding, LABELS)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, triplet(embedding.float(), LABELS))


@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=40),
    seed=st.integers(0, 1000),
    margin=st.sampled_from([0.0, 0.3, 2.0]),
    scale=st.sampled_from([1e-3, 1.0, 50.0]),
)
@settings(max_examples=50, deadline=None)
def test_triplets_by_hand(labels, seed, margin, scale):
    """Uneven identities, single images and single identities too."""
    embedding = scale * draw(len(labels), 5, seed)
    found = BatchHardTriplet(margin)(embedding, torch.tensor(labels)).item()
    expected = slow.batch_hard_triplet(numbers(embedding), labels, margin)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5 * scale)


def test_distances_of_near_neighbours_far_from_the_origin():
    """As a product of matrices these distances would drown in rounding."""
    labels = torch.arange(20).repeat(2)
    embedding = 100 + 1e-3 * draw(40, 8)
    found = BatchHardTriplet(0.3)(embedding, labels).item()
    assert found == pytest.approx(
        slow.batch_hard_triplet(numbers(embedding), labels, 0.3), abs=1e-6
    )


@pytest.mark.parametrize("count", [6, 60])
@pytest.mark.parametrize("value", [0.0, 7.3])
def test_equal_embeddings_have_finite_gradients(count, value):
    embedding = torch.full((count, 4), value, requires_grad=True)
    loss = BatchHardTriplet(0.3)(embedding, torch.arange(count) % 3)
    assert loss.item() == pytest.approx(0.3)
    loss.backward()
    assert embedding.grad.isfinite().all()


def test_a_copy_among_others_has_finite_gradients():
    embedding = draw(6, 3)
    embedding[1] = embedding[0]
    embedding[3] = embedding[0]
    embedding.requires_grad_()
    BatchHardTriplet(0.3)(embedding, LABELS).backward()
    assert embedding.grad.isfinite().all()
    assert embedding.grad.abs().sum() > 0


@pytest.mark.parametrize("labels", [[0], [0, 1, 2], [1, 1, 1]], ids=str)
def test_without_a_triplet_the_loss_is_zero(labels):
    """No second image of anybody, or nobody else: nothing to learn, nothing to fail."""
    embedding = draw(len(labels), 3).requires_grad_()
    loss = BatchHardTriplet(0.3)(embedding, torch.tensor(labels))
    assert loss.shape == ()
    assert loss.item() == 0
    loss.backward()
    assert embedding.grad.eq(0).all()


def test_an_identity_with_one_image_is_no_anchor_but_a_negative():
    labels = torch.tensor([0, 0, 1])
    embedding = torch.tensor([[0.0], [1.0], [1.5]])
    # image 0: 1 - 1.5 + 0.3 < 0; image 1: 1 - 0.5 + 0.3 = 0.8; image 2 has no second
    assert BatchHardTriplet(0.3)(embedding, labels).item() == pytest.approx(0.4)


def test_numbers_that_are_none_are_passed_on():
    embedding = draw(6, 3)
    embedding[2, 1] = math.nan
    assert BatchHardTriplet(0.3)(embedding, LABELS).isnan()


@pytest.mark.parametrize("share", [1.0, 0.25, 0.0])
def test_the_sum_by_hand(share):
    objective = ReidentificationObjective(4, ReidentificationWeights(0.5, 2.0, 3.0))
    terms = objective.terms(**inputs())
    value = {name: term.item() for name, term in terms.items()}
    expected = 0.5 * value["identity"] + 2 * value["triplet"] + share * 3 * value["effect"]
    assert objective.total(terms, share).item() == pytest.approx(expected, rel=1e-6)


def test_the_defaults_are_the_published_ones():
    assert ReidentificationWeights() == (1.0, 1.0, 1.0)
    objective = ReidentificationObjective(4, ReidentificationWeights())
    assert objective.smoothing == 0.1
    assert objective.triplet.loss.margin == 0.3
    assert list(objective.parameters()) == list(objective.buffers()) == []


@pytest.mark.parametrize("name", ReidentificationWeights._fields)
def test_a_term_of_weight_zero_is_not_computed(name):
    weights = ReidentificationWeights()._replace(**{name: 0.0})
    terms = ReidentificationObjective(4, weights).terms(**inputs())
    assert set(terms) == set(ReidentificationWeights._fields) - {name}


def test_the_baseline_has_no_effect_term():
    terms = ReidentificationObjective(4, ReidentificationWeights()).terms(
        **{**inputs(), "effect": None}
    )
    assert set(terms) == {"identity", "triplet"}


def test_nothing_to_learn_from_is_one_line():
    with pytest.raises(ConfigError, match="nothing would be learned"):
        ReidentificationObjective(4, ReidentificationWeights(0, 0, 0))
    objective = ReidentificationObjective(4, ReidentificationWeights(0, 0, 1))
    with pytest.raises(ConfigError, match="no term of the objective applies"):
        objective.total(objective.terms(**{**inputs(), "effect": None}))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"smoothing": 1.0}, "smoothing must be 0 or more and below 1, got 1"),
        ({"smoothing": -0.1}, "smoothing must be 0 or more and below 1, got -0.1"),
        ({"smoothing": math.nan}, "smoothing must be 0 or more and below 1, got nan"),
        ({"smoothing_classes": 0}, "smoothing_classes must be 1 or more, got 0"),
        ({"margin": -1.0}, "margin must be 0 or more, got -1"),
    ],
)
def test_a_number_out_of_range_is_one_line(settings, message):
    with pytest.raises(ConfigError, match=message):
        ReidentificationObjective(4, ReidentificationWeights(), **settings)


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_weight_that_is_none_is_one_line(weight):
    with pytest.raises(ConfigError, match="the weight of term triplet must be 0 or more, got"):
        ReidentificationObjective(4, ReidentificationWeights(triplet=weight))
