from dataclasses import replace

import numpy as np
import pytest

from elsewhere.visualization import MatchSide, match_panel
from elsewhere.visualization.canvas import RIGHT, WRONG
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import tile_extent


def painted(sheet, colour):
    return (sheet == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


def side(height=48, width=24, seed=0, evidence=True):
    draw = np.random.default_rng(seed)
    maps = draw.random((3, 6, 4))
    return MatchSide(
        "query",
        draw.random((3, height, width)).astype(np.float32),
        maps,
        maps - 0.5 if evidence else None,
        0.12,
        ["0012.jpg", "identity 12, camera 3"],
    )


def contains(sheet, tile):
    """Whether the middle of a tile, where corners are not rounded, is somewhere on the sheet."""
    middle = tile[10:-10, 10:-10]
    first = (sheet[:, :, None] == middle[0, 0]).all(axis=(2, 3))
    return any(
        np.array_equal(sheet[row : row + len(middle), column : column + middle.shape[1]], middle)
        for row, column in zip(*np.nonzero(first), strict=True)
    )


def test_both_maps_of_both_pictures_are_there():
    sides = side(seed=1), side(seed=2)
    sheet = match_panel(*sides, similarity=0.8)
    for each in sides:
        size = tile_extent(each.picture, 168).pixels
        assert contains(sheet, attention_overlay(each.picture, each.attention.mean(0), size))
        assert contains(sheet, evidence_overlay(each.picture, each.evidence.sum(0), size))


@pytest.mark.parametrize("first", [(384, 192), (256, 256), (100, 300)])
@pytest.mark.parametrize("second", [(384, 192), (256, 256)])
def test_any_shapes_fit(first, second):
    sheet = match_panel(side(*first), side(*second), similarity=0.1, title="t", verdict="v")
    edges = (sheet[:20], sheet[-20:], sheet[:, :20], sheet[:, -20:])
    assert all((edge == 255).all() for edge in edges), "nothing runs into the margin"


def test_without_evidence_it_is_narrower():
    whole = match_panel(side(), side(), similarity=0.5)
    bare = match_panel(side(evidence=False), side(evidence=False), similarity=0.5)
    assert bare.shape[1] < whole.shape[1]


@pytest.mark.parametrize(("right", "tick", "cross"), [(True, 1, 0), (False, 0, 1), (None, 0, 0)])
def test_right_and_wrong_are_marked(right, tick, cross):
    head = match_panel(side(), side(), similarity=0.5, right=right)[:96]
    assert painted(head, RIGHT).any() == bool(tick)
    assert painted(head, WRONG).any() == bool(cross)


def test_similarity_and_constant_are_written():
    plain = match_panel(side(), side(), similarity=0.5)
    assert not np.array_equal(plain, match_panel(side(), side(), similarity=0.6))
    other = replace(side(), constant=0.5)
    changed = np.nonzero((plain != match_panel(other, side(), similarity=0.5)).any(axis=2))
    assert len(changed[0])
    assert changed[1].max() < plain.shape[1] / 2, "only the query's own numbers changed"


def test_broken_maps_are_drawn_as_nothing():
    broken = replace(side(), evidence=np.full((3, 6, 4), np.nan))
    assert match_panel(broken, side(), similarity=float("nan")).shape[2] == 3
