import itertools
import math

import pytest
import torch

from elsewhere.metrics.chance import chance_of_ranking


def over_all_orders(right, every):
    """Average precision and Rank-1 of every possible order, averaged."""
    precisions, firsts = [], []
    for places in itertools.combinations(range(1, every + 1), right):
        precisions.append(sum(n / place for n, place in enumerate(places, start=1)) / right)
        firsts.append(places[0] == 1)
    return sum(precisions) / len(precisions), sum(firsts) / len(firsts)


@pytest.mark.parametrize(("right", "every"), [(1, 1), (1, 7), (3, 8), (5, 6), (4, 4)])
def test_agrees_with_all_orders(right, every):
    found = chance_of_ranking(torch.tensor([right]), torch.tensor([every]))
    assert found == pytest.approx(over_all_orders(right, every))


def test_queries_are_averaged_and_those_without_a_match_left_out():
    found = chance_of_ranking(torch.tensor([1, 0, 3]), torch.tensor([7, 5, 8]))
    expected = [
        sum(each) / 2 for each in zip(over_all_orders(1, 7), over_all_orders(3, 8), strict=True)
    ]
    assert found == pytest.approx(expected)
    assert all(map(math.isnan, chance_of_ranking(torch.tensor([0]), torch.tensor([5]))))
