"""Counting by every path, against plain loops; and that the cheap paths are the ones taken."""

import math

import pytest
import torch

from elsewhere.ranking import counting


def drawn(rows, columns, seed=0, kind=torch.float32):
    """Values of both signs with ties, zeros of both signs among them."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(-400, 400, (rows, columns), generator=generator).to(kind) / 4
    values[:, ::7] *= 0.0
    return values


def by_loops(values, low, high):
    below = [[sum(v < b for v in row) for b in its] for row, its in both(values, low)]
    upto = [[sum(v <= b for v in row) for b in its] for row, its in both(values, high)]
    return below, upto


def both(values, bounds):
    return zip(values.tolist(), bounds.tolist(), strict=True)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("bounds", [3, 80])
@pytest.mark.parametrize("highest", [-97.0, -95.0, 0.0, 90.0])
def test_counts_equal_those_of_loops(highest, bounds, kind):
    """From next to nothing in front of the last bound up to nearly all of it."""
    values = drawn(20, 300, kind=kind)
    generator = torch.Generator().manual_seed(1)
    low = highest - torch.randint(0, 12, (20, bounds), generator=generator).to(kind) / 4
    low = low.sort(dim=1).values
    high = (low + torch.randint(0, 3, low.shape, generator=generator) / 4).sort(dim=1).values
    below, upto = counting.count_between(values, low, high)
    assert (below.tolist(), upto.tolist()) == by_loops(values, low, high)


@pytest.mark.parametrize("highest", [-97.0, 50.0])
def test_infinite_bounds_leave_the_others_alone(highest):
    """Rows with fewer matches are filled up."""
    values = drawn(16, 300)
    values[:, 11] = math.inf
    low = torch.full((16, 3), highest)
    low[:, 1:] += torch.arange(16)[:, None] / 8
    low[::2, 2] = math.inf
    some = low < math.inf
    below, upto = counting.count_between(values, low, low)
    expected = by_loops(values, low, low)
    assert torch.equal(below[some], torch.tensor(expected[0])[some])
    assert torch.equal(upto[some], torch.tensor(expected[1])[some])


@pytest.mark.parametrize(("highest", "numbers"), [(-97.0, 200), (50.0, 6000)])
def test_only_what_lies_before_the_last_bound_is_sorted(monkeypatch, highest, numbers):
    sorted_ = []
    sort = counting.sort_rows
    monkeypatch.setattr(
        counting, "sort_rows", lambda rows: sorted_.append(rows.numel()) or sort(rows)
    )
    values = drawn(20, 300)
    bounds = torch.full((20, 2), highest)
    bounds[::2, 1] = math.inf  # of rows with fewer bounds
    counting.count_between(values, bounds, bounds)
    inside = int((values <= highest).sum())
    assert sorted_ == [inside if inside < 300 else 6000]
    assert sorted_[0] <= numbers


@pytest.mark.parametrize("bound", [0.0, -0.0])
def test_there_is_but_one_zero(bound):
    values = drawn(16, 300).abs() + 1
    values[:, 5], values[:, 9], values[:, 30] = 0.0, -0.0, -2.0
    bounds = torch.full((16, 1), bound)
    below, upto = counting.count_between(values, bounds, bounds)
    assert below.tolist() == [[1]] * 16
    assert upto.tolist() == [[3]] * 16


@pytest.mark.parametrize("threads", [1, 100])
def test_bounds_are_looked_up_alike_by_both_libraries(monkeypatch, threads):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    values = drawn(5, 200)
    bounds = drawn(5, 90, seed=2).sort(dim=1).values
    below, upto = counting.count_between(values, bounds, bounds)
    assert (below.tolist(), upto.tolist()) == by_loops(values, bounds, bounds)


def test_what_lies_between_bounds_is_found(monkeypatch):
    monkeypatch.setattr(counting, "_SCANNED", 600)  # two rows at a time
    values = drawn(6, 300)
    rows, low, high = torch.tensor([5, 0, 0, 3, 2]), torch.arange(5.0) - 2, torch.arange(5.0) - 1
    bounds, columns = counting.scan_between(values, rows, low, high)
    expected = [
        (bound, column)
        for bound, row in enumerate(rows.tolist())
        for column, value in enumerate(values[row].tolist())
        if low[bound] <= value <= high[bound]
    ]
    assert sorted(zip(bounds.tolist(), columns.tolist(), strict=True)) == expected


def test_ties_in_front_are_counted(monkeypatch):
    monkeypatch.setattr(counting, "_SCANNED", 600)
    values = drawn(6, 300)
    rows, columns = torch.tensor([0, 1, 5, 5]), torch.tensor([299, 14, 0, 210])
    keys = values[rows, columns]
    asked = zip(rows, columns, keys, strict=True)
    expected = [int((values[row, :end] == key).sum()) for row, end, key in asked]
    assert counting.ties_before(values, rows, keys, columns).tolist() == expected
    assert max(expected) > 1


def test_the_smallest_of_each_row(monkeypatch):
    monkeypatch.setattr(counting, "_SORTED", 700)
    values = drawn(9, 300)
    found = values.gather(1, counting.smallest_of_rows(values, 12))
    assert torch.equal(found.sort(dim=1).values, values.sort(dim=1).values[:, :12])
