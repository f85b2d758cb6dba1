import math

import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import metrics as reference

from elsewhere.metrics.calibration import calibration_error, fit_temperature, promise


def case(seed: int, images: int = 60, classes: int = 4, scale: float = 2.0):
    source = torch.Generator().manual_seed(seed)
    logits = torch.randn(images, classes, generator=source, dtype=torch.float64)
    labels = torch.multinomial(logits.softmax(1), 1, generator=source)[:, 0]
    return logits * scale, labels


@given(seed=st.integers(0, 10_000), bins=st.integers(1, 20), images=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_error_is_what_counting_gives(seed, bins, images):
    logits, labels = case(seed, images)
    expected = reference.calibration_error(logits.tolist(), labels.tolist(), bins)
    assert calibration_error(logits, labels, bins=bins) == pytest.approx(expected, abs=1e-6)


def test_error_by_hand():
    sure = torch.tensor([[50.0, 0.0]]).expand(4, 2)  # confidence 1, right in 3 of 4
    labels = torch.tensor([0, 0, 0, 1])
    assert calibration_error(sure, labels) == pytest.approx(0.25, abs=1e-6)
    even = calibration_error(sure, labels, temperature=50 / math.log(3))  # confidence 3/4
    assert even == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0, 30.0])
def test_temperature_is_the_likeliest(scale):
    logits, labels = case(1, images=200, scale=scale)
    found = fit_temperature(logits, labels)
    scores, truth = logits.tolist(), labels.tolist()
    best = reference.negative_log_likelihood(scores, truth, found)
    for other in (found * 0.99, found * 1.01):
        assert reference.negative_log_likelihood(scores, truth, other) > best
    assert found == pytest.approx(fit_temperature(logits / scale, labels) * scale, rel=1e-6)


def test_temperature_undoes_overconfidence():
    logits, labels = case(2, images=4000, scale=5.0)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(5.0, rel=0.15)
    assert calibration_error(logits, labels, temperature=found) < 0.03
    assert calibration_error(logits, labels) > 0.15
    assert fit_temperature(logits, labels) == found


def test_no_temperature_is_best_when_all_is_right():
    logits, _ = case(3)
    assert fit_temperature(logits, logits.argmax(1)) == 1.0
    assert fit_temperature(logits[:0], torch.zeros(0, dtype=torch.int64)) == 1.0


def test_temperature_stays_in_its_range():
    logits, _ = case(3)
    assert fit_temperature(logits, logits.argmin(1)) == pytest.approx(100)


def lower_bound(right, images, doubt):
    """Clopper and Pearson's, by scipy's own interval."""
    test = scipy.stats.binomtest(right, images, alternative="greater")
    return test.proportion_ci(1 - doubt, method="exact").low


@given(seed=st.integers(0, 10_000), images=st.integers(1, 400), wanted=st.floats(0.5, 0.97))
@settings(max_examples=60, deadline=None)
def test_the_promise_is_the_lowest_threshold_whose_bound_reaches(seed, images, wanted):
    generator = torch.Generator().manual_seed(seed)
    logits = (3 * torch.randn(images, 4, generator=generator)).round()  # some are equal
    labels = torch.where(torch.rand(images, generator=generator) < 0.9, logits.argmax(1), 0)
    found = promise(logits, labels, accuracy=wanted, looks=2)
    confidence = logits.double().softmax(1).max(1).values
    right = logits.argmax(1) == labels
    ordered = confidence.sort(descending=True).values
    expected = (None, images, 0, 0)
    for fifths in (5, 4, 3, 2, 1):
        count = fifths * images // 5
        above = confidence > (ordered[count] if count < images else -1)
        kept = right[above]
        if len(kept) and lower_bound(int(kept.sum()), len(kept), 0.05 / 10) >= wanted:
            expected = (None, images, len(kept), int(kept.sum()))
            assert torch.equal(confidence >= found.confidence, above)
            break
    assert found[1:] == expected[1:]
    assert (found.confidence is None) == (expected[2] == 0)


def test_ninety_right_ones_are_the_fewest_that_promise_something():
    logits = torch.arange(1.0, 91)[:, None] * torch.tensor([1.0, 0.0]) / 10
    labels = torch.zeros(90, dtype=torch.int64)
    assert promise(logits, labels) == (0.0, 90, 90, 90)
    assert promise(logits[1:], labels[1:]) == (None, 89, 0, 0)
    assert promise(logits, labels, looks=2).confidence is None
    wrong = labels.index_fill(0, torch.tensor([0]), 1)
    assert promise(logits, wrong).confidence is None


def test_images_of_one_series_count_once():
    logits = torch.arange(1.0, 201)[:, None] * torch.tensor([1.0, 0.0]) / 20
    labels = torch.zeros(200, dtype=torch.int64)
    alone = [str(row) for row in range(200)]
    assert promise(logits, labels, series=alone).sure == 200
    assert promise(logits, labels, series=[str(row // 2) for row in range(200)]).sure == 200
    assert promise(logits, labels, series=[str(row // 3) for row in range(200)]).sure == 0


def test_a_promise_is_rarely_broken():
    """Of a classifier that is 90 % right whatever its confidence, nothing may be promised."""
    broken = 0
    for seed in range(300):
        generator = torch.Generator().manual_seed(seed)
        logits = torch.randn(150, 2, generator=generator)
        wrong = torch.rand(150, generator=generator) < 0.1
        labels = torch.where(wrong, 1 - logits.argmax(1), logits.argmax(1))
        temperature = fit_temperature(logits, labels)
        broken += promise(logits, labels, temperature=temperature).confidence is not None
    assert broken <= 5


def test_nan_has_no_confidence():
    logits = torch.tensor([[9.0, 0.0], [math.nan, 0.0], [math.nan, math.nan]])
    labels = torch.tensor([0, 0, 0])
    certain = logits[[0, 1]].repeat(60, 1)
    found = promise(certain, torch.zeros(120, dtype=torch.int64), accuracy=0.5)
    assert (found.images, found.sure, found.right) == (120, 60, 60)
    assert calibration_error(logits, labels) == pytest.approx(
        calibration_error(logits[:1], labels[:1])
    )
    wrong = torch.tensor([[9.0, 0.0], [0.0, 1.0]])
    both = torch.cat((logits, wrong)), torch.tensor([0, 0, 0, 1, 0])
    alone = torch.cat((logits[:1], wrong)), torch.tensor([0, 1, 0])
    assert fit_temperature(*both) == fit_temperature(*alone)
    assert math.isnan(calibration_error(logits[1:], labels[1:]))
    assert promise(logits[1:], labels[1:], accuracy=0.1) == (None, 2, 0, 0)
