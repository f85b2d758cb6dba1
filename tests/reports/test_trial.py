"""Which rate is each method's, whether another may be better, and what is said of it all."""

import pytest

from elsewhere.reports.trial import Attempt, TrialFacts, compare_methods, sentence


@pytest.mark.parametrize(
    ("validation", "best", "edge"),
    [
        ((0.5, 0.7, 0.6), 2.0, False),
        ((0.7, 0.6, 0.5), 1.0, True),
        ((0.5, 0.6, 0.7), 3.0, True),
        ((1.0, 1.0, 0.9), 1.0, False),  # no better than the next: nothing lies beyond
        ((0.5, 0.7, 0.7), 2.0, False),
        ((0.5,), 1.0, False),
    ],
)
def test_a_rate_at_the_edge_may_be_surpassed(validation, best, edge):
    attempts = [
        Attempt("baseline", rate, seed, value + shift, 0.5, [value])
        for rate, value in enumerate(validation, start=1)
        for seed, shift in enumerate((-0.1, 0.1))
    ]
    found = compare_methods(attempts)["baseline"]
    assert (found.rate, found.edge) == (best, edge)


@pytest.mark.parametrize(
    ("probe", "gain", "said"),
    [
        (0.6, 0.0, "does as well, 60.0 % against 50.0 % at best"),
        (0.5, 0.0, "does as well, 50.0 % against 50.0 % at best"),
        (0.4, 0.0, None),
        (None, 0.0, None),
        (0.6, 0.2, None),  # a method is above it, whatever the baseline is
        (0.8, 0.2, "does as well, 80.0 % against 70.0 % at best"),
    ],
)
def test_that_no_training_was_needed_is_said(probe, gain, said):
    attempts = [
        Attempt(method, 1.0, seed, 0.5, 0.5 + own + shift, [0.5])
        for method, own in (("baseline", 0.0), ("shuffled", gain))
        for seed, shift in enumerate((-0.01, 0.0, 0.01))
    ]
    images = {"train": 10, "val": 10, "test": 10}
    facts = TrialFacts("folder", "top-1 accuracy", images, 0.1, probe, True, 1.0)
    text = sentence(compare_methods(attempts), facts)
    assert text.startswith("Use shuffled" if gain else "Use the baseline")
    if said is None:
        assert "probe" not in text
    else:
        assert f"A linear probe on the untrained backbone {said}" in text
