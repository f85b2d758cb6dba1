"""What rankings rest on: exact products, and distances with a known error."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from elsewhere.ranking.comparison import blocks, choose_sizes, compare, panels
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import row_lengths, spread_over
from elsewhere.ranking.space import compare_in, estimates


def drawn(rows, size, kind=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, size, generator=generator, dtype=torch.float64).to(kind)


def every_pair(queries, gallery):
    rows = torch.arange(queries).repeat_interleave(gallery)
    return rows, torch.arange(gallery).repeat(queries)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_exact_distances_are_exact(kind):
    """Of features without tiny numbers, equal to fractions."""
    query, gallery = drawn(3, 33, kind), drawn(4, 33, kind, seed=1)
    space = compare_in(query, gallery, "euclidean", False)
    found = Distances(query, gallery, space).exact_block(torch.arange(3), torch.arange(4))
    for row in range(3):
        for column in range(4):
            numbers = zip(query[row].tolist(), gallery[column].tolist(), strict=True)
            truth = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in numbers)
            expected = float(truth * Fraction(space.scale) ** 2)
            assert float(found[row, column]) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1, 100, 2048, 3001])
def test_exact_distances_do_not_depend_on_company(metric, kind, size):
    query, gallery = drawn(9, size, kind), drawn(50, size, kind, seed=1)
    space = compare_in(query, gallery, metric, False)
    distances = Distances(query, gallery, space)
    whole = distances.exact_block(torch.arange(9), torch.arange(50))
    rows, columns = every_pair(9, 50)
    assert torch.equal(distances.exact_pairs(rows, columns), whole.flatten())
    shuffled = torch.randperm(450, generator=torch.Generator().manual_seed(2))[:20]
    alone = torch.cat(
        [distances.exact_pairs(rows[i : i + 1], columns[i : i + 1]) for i in shuffled]
    )
    assert torch.equal(alone, whole.flatten()[shuffled])
    distances.rows = 7
    assert torch.equal(distances.exact_block(torch.arange(9), torch.arange(50)), whole)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_precise_distances_are_within_their_bound(metric):
    query, gallery = drawn(20, 500) + 3, drawn(30, 500, seed=1) + 3
    space = compare_in(query, gallery, metric, False)
    distances = Distances(query, gallery, space)
    found = distances.precise_pairs(*every_pair(20, 30)).reshape(20, 30).numpy()
    left, right = (rows.numpy().astype(np.longdouble) * space.scale for rows in (query, gallery))
    if metric == "cosine":
        left, right = (rows / np.sqrt((rows**2).sum(1))[:, None] for rows in (left, right))
    truth = ((left[:, None] - right[None]) ** 2).sum(2)
    points = space.points(query).squares[:, None] + space.points(gallery).squares
    bound = distances.precise_error(points.flatten()).reshape(20, 30).numpy()
    assert (np.abs(found - truth) <= bound).all()
    assert bound.max() < 1e-11 * truth.mean()


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_estimates_are_within_the_measured_error(normalize, offset):
    query, gallery = drawn(200, 1024) + offset, drawn(3000, 1024, seed=1) + offset
    distances = compare(query, gallery, "euclidean", normalize)
    points, columns = distances.space.points(query), distances.space.points(gallery)
    truth = distances.precise_block(torch.arange(200), torch.arange(3000))
    lengths = points.squares[:, None] + columns.squares
    wrong = estimates(points, columns).double() + points.squares[:, None].double() - truth
    worst = float((wrong.abs() / lengths).max())
    assert worst < distances.estimate_error / 2
    assert distances.estimate_error < (3e-6 if not (normalize and offset) else 1e-4)


def test_the_error_grows_with_coarser_products(monkeypatch):
    query, gallery = drawn(10, 256), drawn(90, 256, seed=1)
    usual = compare(query, gallery, "euclidean", True).estimate_error

    def coarse(left, right):
        left, right = (p.coordinates.bfloat16().float() for p in (left, right)), right.squares
        a, b = left
        return right - 2 * a @ b.T

    monkeypatch.setattr("elsewhere.ranking.distances.estimates", coarse)
    distances = compare(query, gallery, "euclidean", True)
    assert distances.estimate_error > 20 * usual


def test_the_gallery_is_not_copied():
    gallery = drawn(4000, 64)
    distances = compare(drawn(3, 64), gallery, "cosine", False)
    assert distances.gallery.data_ptr() == gallery.data_ptr()
    chosen = choose_sizes(distances, 100)
    sizes = [len(block.points.squares) for block in blocks(distances, chosen)]
    assert (len(sizes), max(sizes)) == (40, 100)


def test_lengths_of_very_large_and_small_rows():
    rows = torch.tensor([[3e30, 4e30], [3e-30, 4e-30], [0, 0], [3, 4]])
    expected = torch.tensor([5e30, 5e-30, 0, 5])
    torch.testing.assert_close(row_lengths(rows), expected)
    assert math.isnan(row_lengths(torch.tensor([[math.nan, 1.0]]))[0])


def test_rows_are_spread_from_first_to_last():
    assert spread_over(11, 3).tolist() == [0, 5, 10]
    assert spread_over(2, 9).tolist() == [0, 1]
    assert spread_over(1, 5).tolist() == [0]


def test_panels_bound_the_matches_kept():
    counts = torch.tensor([0, 2, 2, 3 * 2**18, 3 * 2**18, 3 * 2**18, 2**23, 1])
    found = [counts[panel].tolist() for panel in panels(counts, 3)]
    assert found == [[0, 2, 2], [3 * 2**18] * 2, [3 * 2**18], [2**23], [1]]
