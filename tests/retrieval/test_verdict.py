import math

import pytest

from elsewhere.retrieval.verdict import judge, sentence
from elsewhere.structures import Retrieval

RETRIEVAL = Retrieval("embedding", False, 0.61, 0.01, 16.0, -9.8)


def said(similarity, retrieval=RETRIEVAL):
    return sentence(judge(similarity, retrieval), retrieval)


@pytest.mark.parametrize("similarity", [-1.0, 0.0, 0.6, 0.61, 0.83, 1.0])
def test_the_probability_is_the_logistic_curve(similarity):
    verdict = judge(similarity, RETRIEVAL)
    assert verdict.probability == pytest.approx(1 / (1 + math.exp(9.8 - 16 * similarity)))
    assert verdict.same == (similarity >= 0.61)


def test_same_and_different_with_reasons():
    assert said(0.83) == (
        "same (similarity 0.83 ≥ threshold 0.61, about 97 % sure; threshold set at 1 % false "
        "alarms on individuals held out)"
    )
    assert said(0.4).startswith("different (similarity 0.40 < threshold 0.61, about 97 % sure; ")


def test_certainty_is_never_claimed():
    assert "over 99 % sure" in said(1.0)
    assert "over 99 % sure" in said(-1.0)


def test_a_verdict_against_the_odds_says_so():
    strict = RETRIEVAL._replace(threshold=0.9)
    assert said(0.83, strict).startswith(
        "different (similarity 0.83 < threshold 0.90, although the same is likelier, about 97 %; "
    )
    lenient = RETRIEVAL._replace(threshold=0.3)
    assert "same (similarity 0.40 ≥ threshold 0.30, although different is likelier" in said(
        0.4, lenient
    )


def test_close_numbers_are_told_apart():
    assert "similarity 0.6099 < threshold 0.6100" in said(0.6099)
    assert "similarity 0.61 ≥ threshold 0.61" not in said(0.6101)


def test_without_calibration_nothing_is_claimed():
    text = said(0.83, Retrieval("pooled"))
    assert text.startswith("not known (similarity 0.83; ")
    assert "held out" in text
    assert judge(0.83, Retrieval("pooled"))[1:] == (None, None)


def test_a_threshold_without_a_curve_says_no_percentage():
    text = said(0.83, Retrieval("pooled", threshold=0.5))
    assert text == "same (similarity 0.83 ≥ threshold 0.50)"
