"""Features of two sides as if they were one."""

import pytest
import torch

from elsewhere.ranking.features import Joined


def test_joined_rows_are_those_of_both():
    first, second = torch.randn(5, 3), torch.randn(4, 3)
    joined, whole = Joined(first, second), torch.cat([first, second])
    assert (len(joined), joined.shape) == (9, (9, 3))
    for start in range(10):
        for stop in range(start + 1, 12):
            assert torch.equal(joined[start:stop], whole[start:stop])
    rows = torch.tensor([8, 0, 4, 5, 5, 2])
    assert torch.equal(joined[rows], whole[rows])


@pytest.mark.parametrize(("start", "part"), [(0, 0), (5, 1)])
def test_rows_of_one_side_are_not_copied(start, part):
    sides = torch.randn(5, 3), torch.randn(4, 3)
    assert Joined(*sides)[start : start + 4].data_ptr() == sides[part].data_ptr()
