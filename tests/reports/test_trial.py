"""Which rate is each method's, and whether another may be better."""

import pytest

from elsewhere.reports.trial import Attempt, compare_methods


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
