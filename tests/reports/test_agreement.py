import json

import pytest

from elsewhere.reports.agreement import agreement_of


def test_counts_shares_and_confusions():
    pairs = [("a", "a"), ("a", "b"), ("a", "b"), ("a", "c"), ("b", "b"), (None, "a")]
    found = agreement_of(pairs)
    assert (found.right, found.wrong, found.unknown) == (2, 3, 1)
    assert found.micro == pytest.approx(2 / 5)
    assert found.macro == pytest.approx((1 / 4 + 1) / 2)
    assert found.confusions == [("a", "b", 2), ("a", "c", 1)]
    assert found.lines() == [
        "2 right, 3 wrong of 5 images whose class is known: 40.0 % of images, 62.5 % as the mean "
        "over 2 classes; 1 other images are under no class of the model",
        "most often confused: a taken for b (2), a taken for c (1)",
    ]
    assert json.loads(json.dumps(found.as_dict()))["macro"] == pytest.approx(0.625)


def test_nothing_known_is_nothing_said():
    assert agreement_of([(None, "a")]) is None
    assert agreement_of([]) is None
    assert len(agreement_of([("a", "a")]).lines()) == 1
