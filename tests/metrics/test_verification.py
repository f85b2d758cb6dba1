import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve

from elsewhere.errors import DataError
from elsewhere.metrics.verification import (
    area_under,
    at_threshold,
    calibrate,
    equal_error_rate,
    rate_at,
    roc,
)
from elsewhere.structures import Retrieval

similarities = st.lists(st.integers(-5, 5).map(lambda n: n / 5), min_size=1, max_size=30)


def tensors(*lists):
    return tuple(torch.tensor(each, dtype=torch.float64) for each in lists)


def normal(count, mean, seed):
    return mean + 0.1 * torch.randn(count, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=60, deadline=None)
@given(similarities, similarities)
def test_rates_are_counted(same, different):
    points = roc(*tensors(same, different))
    for threshold, false, true in zip(*(part.tolist() for part in points), strict=True):
        assert false == pytest.approx(sum(d >= threshold for d in different) / len(different))
        assert true == pytest.approx(sum(s >= threshold for s in same) / len(same))
    assert (points.false_positive_rate[-1], points.true_positive_rate[-1]) == (1, 1)


@settings(max_examples=60, deadline=None)
@given(similarities, similarities)
def test_area_is_the_chance_to_be_more_alike(same, different):
    wins = sum((s > d) + (s == d) / 2 for s in same for d in different)
    area = area_under(roc(*tensors(same, different)))
    assert area == pytest.approx(wins / len(same) / len(different))


def test_agrees_with_scikit_learn():
    same, different = normal(300, 0.6, 0), normal(500, 0.4, 1)
    truth, score = [1] * 300 + [0] * 500, torch.cat([same, different]).numpy()
    points = roc(same, different)
    assert area_under(points) == pytest.approx(roc_auc_score(truth, score))
    false, true, _ = roc_curve(truth, score, drop_intermediate=False)
    assert points.false_positive_rate.tolist() == pytest.approx(false.tolist())
    assert points.true_positive_rate.tolist() == pytest.approx(true.tolist())


@pytest.mark.parametrize(
    ("same", "different", "rate"),
    [
        ([0.9, 0.8], [0.1, 0.2], 0.0),
        ([0.1], [0.9], 1.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.4, 0.1], 0.5),
    ],
)
def test_equal_error_rates_known_by_hand(same, different, rate):
    assert equal_error_rate(roc(*tensors(same, different))) == pytest.approx(rate)


def test_equal_error_rate_of_two_bells():
    points = roc(normal(20_000, 0.6, 0), normal(20_000, 0.4, 1))
    assert equal_error_rate(points) == pytest.approx(0.1587, abs=0.005)


@pytest.mark.parametrize("rate", [0.1, 0.01, 0.001])
def test_a_rate_is_kept_and_no_lower_threshold_keeps_it(rate):
    same, different = normal(2000, 0.7, 0), normal(10_000, 0.4, 1)
    point = rate_at(same, different, rate)
    assert point.false_positive_rate <= rate
    assert point.true_positive_rate == pytest.approx(
        float((same.double() >= point.threshold).double().mean())
    )
    below = different[different.double() < point.threshold].max()
    assert at_threshold(same, different, float(below)).false_positive_rate > rate


def test_too_few_pairs_for_a_rate_are_not_measured():
    same, different = normal(50, 0.7, 0), normal(1000, 0.4, 1)
    assert rate_at(same, different, 0.01) is not None
    assert rate_at(same, different[1:], 0.01) is None
    assert rate_at(same, different, 0.001) is None


def test_threshold_lies_halfway_and_never_on_a_pair():
    same, different = tensors([0.9, 0.7], [0.1, 0.3])
    fitted = calibrate(same, different)
    assert fitted.threshold == pytest.approx(0.5)
    assert fitted.false_positive_rate == 0


def test_a_different_pair_of_similarity_one_is_still_refused():
    fitted = calibrate(*tensors([1.0, 0.9], [1.0, 0.2]))
    assert fitted.threshold > 1
    assert fitted.false_positive_rate == 0


def test_the_curve_agrees_with_scikit_learn():
    same, different = normal(400, 0.6, 0), normal(4000, 0.4, 1)
    fitted = calibrate(same, different)
    values = torch.cat([same, different]).double().numpy()[:, None]
    truth = [1] * 400 + [0] * 4000
    model = LogisticRegression(C=1e8, class_weight="balanced", max_iter=1000).fit(values, truth)
    for similarity in (0.3, 0.5, 0.7):
        ours = 1 / (1 + math.exp(-(fitted.slope * similarity + fitted.offset)))
        assert ours == pytest.approx(model.predict_proba([[similarity]])[0, 1], abs=0.02)


def test_the_number_of_pairs_of_a_kind_does_not_matter():
    same, different = normal(2000, 0.6, 0), normal(2000, 0.4, 1)
    few, many = calibrate(same, different), calibrate(same, different.repeat(50))
    assert many.slope == pytest.approx(few.slope, rel=0.02)
    assert many.offset == pytest.approx(few.offset, rel=0.02)


def test_a_prior_moves_the_odds_alone():
    pairs = normal(200, 0.6, 0), normal(200, 0.4, 1)
    even, rare = calibrate(*pairs), calibrate(*pairs, prior=0.01)
    assert rare.slope == even.slope
    assert rare.offset - even.offset == pytest.approx(math.log(0.01 / 0.99))


@pytest.mark.parametrize(
    ("same", "different"),
    [([0.8], [0.1]), ([0.5], [0.5]), ([0.1, 0.2], [0.8, 0.9]), ([1.0] * 5, [-1.0] * 5)],
)
def test_few_or_perfectly_told_pairs_never_make_it_certain(same, different):
    fitted = calibrate(*tensors(same, different))
    assert 0 <= fitted.slope < 200
    chances = [
        1 / (1 + math.exp(-(fitted.slope * s + fitted.offset))) for s in (min(different), max(same))
    ]
    assert all(0.01 < chance < 0.99 for chance in chances)


def test_what_is_not_finite_is_left_out():
    same, different = tensors([0.9, math.nan, 0.7], [0.1, 0.3, math.inf])
    assert calibrate(same, different) == calibrate(*tensors([0.9, 0.7], [0.1, 0.3]))


@pytest.mark.parametrize(
    ("same", "different", "message"),
    [([], [0.1], "same individual"), ([0.1, 0.2], [math.nan], "different individuals")],
)
def test_one_kind_of_pairs_is_not_enough(same, different, message):
    for ask in (roc, calibrate):
        with pytest.raises(DataError, match=message):
            ask(*tensors(same, different))
    with pytest.raises(DataError, match=message):
        rate_at(*tensors(same, different), 0.1)


def test_fits_into_what_travels_with_the_network():
    fitted = calibrate(*tensors([0.9, 0.7], [0.1, 0.3]))
    retrieval = Retrieval("neck", True, *fitted)
    assert retrieval.threshold == fitted.threshold
    assert retrieval.false_positive_rate == fitted.false_positive_rate
    assert (retrieval.slope, retrieval.offset) == (fitted.slope, fitted.offset)
