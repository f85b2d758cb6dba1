import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import metrics as reference

from elsewhere.metrics import calibration_error, fit_temperature, keep_threshold


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


@given(seed=st.integers(0, 10_000), wanted=st.floats(0.3, 1.0), images=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_threshold_is_the_lowest_that_reaches(seed, wanted, images):
    logits, labels = case(seed, images)
    logits = logits.round()  # some confidences are equal
    found = keep_threshold(logits, labels, accuracy=wanted)
    confidence = logits.softmax(1).max(1).values
    expected = None
    for threshold in confidence.unique():
        kept = confidence >= threshold
        right = (logits.argmax(1) == labels)[kept].double().mean().item()
        if right >= wanted:
            expected = threshold.item(), kept.double().mean().item(), right
            break
    if expected is None:
        assert found is None
    else:
        assert tuple(found) == pytest.approx(expected)


def test_threshold_by_hand():
    logits = torch.tensor([[9.0, 0.0], [5.0, 0.0], [3.0, 0.0], [1.0, 0.0]])
    labels = torch.tensor([0, 0, 1, 0])
    found = keep_threshold(logits, labels, accuracy=0.75)
    assert found.coverage == 1.0  # the wrong one in the middle is made up for by the last
    found = keep_threshold(logits, labels, accuracy=0.95)
    assert found.confidence == pytest.approx(1 / (1 + math.exp(-5)))
    assert found.coverage == 0.5
    assert found.accuracy == 1.0
    assert keep_threshold(logits, 1 - labels[[0, 1, 3, 2]], accuracy=0.9) is None
    hot = keep_threshold(logits, labels, accuracy=0.95, temperature=5.0)
    assert hot.confidence == pytest.approx(1 / (1 + math.exp(-1)))


def test_nan_has_no_confidence():
    logits = torch.tensor([[9.0, 0.0], [math.nan, 0.0], [math.nan, math.nan]])
    labels = torch.tensor([0, 0, 0])
    found = keep_threshold(logits, labels, accuracy=0.5)
    assert found.coverage == pytest.approx(1 / 3)
    assert calibration_error(logits, labels) == pytest.approx(
        calibration_error(logits[:1], labels[:1])
    )
    wrong = torch.tensor([[9.0, 0.0], [0.0, 1.0]])
    both = torch.cat((logits, wrong)), torch.tensor([0, 0, 0, 1, 0])
    alone = torch.cat((logits[:1], wrong)), torch.tensor([0, 1, 0])
    assert fit_temperature(*both) == fit_temperature(*alone)
    assert math.isnan(calibration_error(logits[1:], labels[1:]))
    assert keep_threshold(logits[1:], labels[1:], accuracy=0.1) is None
