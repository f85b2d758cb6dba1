"""Shortlists taken in block by block, against sorting all there is."""

import pytest
import torch
from tests.reference import ranking as reference

from elsewhere.ranking import nearest
from elsewhere.ranking.comparison import choose_sizes, compare
from elsewhere.ranking.labels import LeftOut
from elsewhere.ranking.shortlist import Shortlist, nearest_of_all


def drawn(rows, size=8, seed=0):
    return torch.randn(rows, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("trend", [-9.0, 0.0, 9.0])
@pytest.mark.parametrize("step", [1, 30, 77, 400])
def test_the_smallest_are_kept_from_block_to_block(step, trend):
    """Where later ones are nearer, farther, or neither: few or all of a block are taken in."""
    values = drawn(20, 400) + trend * torch.linspace(0, 1, 400)
    shortlist = Shortlist(torch.ones(20), 15)
    for rows in (slice(0, 8), slice(8, 20)):
        for start in range(0, 400, step):
            shortlist.learn(rows, start, values[rows, start : start + step])
    wanted, columns = values.sort(dim=1)
    found, order = shortlist.values.sort(dim=1)
    assert torch.equal(found, wanted[:, :15])
    assert torch.equal(shortlist.columns.gather(1, order), columns[:, :15])


def test_fewer_than_are_kept():
    shortlist = Shortlist(torch.ones(3), 5)
    shortlist.learn(slice(0, 3), 4, torch.tensor([[3.0, torch.inf], [1.0, 2.0], [torch.inf] * 2]))
    assert (shortlist.values < torch.inf).sum(dim=1).tolist() == [1, 2, 0]


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("block", [3, None])
def test_the_nearest_of_all_are_those_of_loops(block, normalize):
    query, gallery = drawn(7), drawn(40, seed=1)
    gallery[20:30] = gallery[:10]
    gallery[35:] = gallery[3]
    distances = compare(query, gallery, "euclidean", normalize)
    left_out = LeftOut(torch.tensor([6, 2]), torch.tensor([3, 20]))
    rows = torch.tensor([2, 5, 6])
    sizes = choose_sizes(distances, block)
    found = nearest_of_all(distances, rows, 39, sizes, (left_out, rows))
    truth = reference.distances(query.numpy(), gallery.numpy(), "euclidean", normalize)
    truth[:, 20:30], truth[:, 35:] = truth[:, :10], truth[:, 3:4]
    for row, its in zip(rows.tolist(), found.tolist(), strict=True):
        skipped = {6: 3, 2: 20}.get(row)
        columns = [column for column in range(40) if column != skipped]
        assert its == reference.order(truth[row], columns)[:39]


@pytest.mark.parametrize("kept", [30, 60])
def test_more_equally_near_ones_than_a_shortlist_holds(kept):
    """Copies all over the gallery: those of the lowest rows are the nearest."""
    gallery = drawn(400, 16)
    gallery[::5] = gallery[0]
    found = nearest(gallery[:1] + 0.01, gallery, kept, block=64).indices
    assert found.tolist() == [list(range(0, 5 * kept, 5))]
