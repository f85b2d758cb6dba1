from dataclasses import replace

import numpy as np
import pytest

from elsewhere.visualization.canvas import INK, MUTED, RIGHT, WRONG, Canvas
from elsewhere.visualization.match import MatchSide, match_panel
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import tile_extent


def painted(sheet, colour):
    return (sheet == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


def side(height=48, width=24, seed=0, views=2):
    draw = np.random.default_rng(seed)
    maps = draw.random((3, 6, 4))
    return MatchSide(
        "query",
        draw.random((3, height, width)).astype(np.float32),
        maps,
        draw.normal(size=(views, 3, 6, 4)) if views else None,
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


@pytest.mark.parametrize("shape", [(48, 24), (48, 48)])
@pytest.mark.parametrize("views", [1, 2])
def test_every_map_of_both_pictures_is_there_all_evidence_on_one_scale(shape, views):
    sides = side(*shape, seed=1, views=views), side(*shape, seed=2, views=views)
    sides = sides[0], replace(sides[1], evidence=3 * sides[1].evidence)
    sheet = match_panel(*sides, said="same")
    peak = max(abs(view.sum(0)).max() for each in sides for view in each.evidence)
    for each in sides:
        size = tile_extent(each.picture, 168).pixels
        assert contains(sheet, attention_overlay(each.picture, each.attention.mean(0), size))
        for view in each.evidence:
            assert contains(sheet, evidence_overlay(each.picture, view.sum(0), size, peak))
    both = evidence_overlay(each.picture, each.evidence.sum((0, 1)), size, peak)
    assert contains(sheet, both) == (views == 1), "views are not added up"


def says(sheet, words, size=10, colour=MUTED):
    """Whether words stand somewhere on the sheet, drawn just so."""
    canvas = Canvas(400, 30)
    canvas.text((5, 5), words, size=size, colour=colour)
    drawn = canvas.array()
    rows, columns = np.nonzero((drawn != 255).any(axis=2))
    drawn = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    down, along = np.unravel_index(drawn.sum(axis=2).argmin(), drawn.shape[:2])
    height, width = drawn.shape[:2]
    corners = np.argwhere((sheet == drawn[down, along]).all(axis=2)) - (down, along)
    return any(
        np.array_equal(sheet[y : y + height, x : x + width], drawn)
        for y, x in corners[(corners >= 0).all(axis=1)]
    )


def test_each_views_sum_and_the_constant_are_written():
    evidence = np.zeros((2, 3, 6, 4))
    evidence[0, 1, 2, 3], evidence[0, 2, 2, 3] = 0.5, -0.01
    evidence[1, 0, 0, 0] = -0.25
    query = replace(side(), evidence=evidence, constant=0.12)
    found = replace(side(), evidence=evidence[1:], constant=-0.03)
    sheet = match_panel(query, found, said="different")
    for words in ("picture +0.490", "mirror -0.250", "constant +0.120"):
        assert says(sheet, words), words
    for words in ("picture -0.250", "constant -0.030"):
        assert says(sheet, words), words
    assert not says(sheet, "picture +0.240"), "views are not added up"
    assert says(sheet, "evidence, mirror", 11)
    alone = match_panel(found, found, said="different")
    assert says(alone, "evidence", 11)
    assert not says(alone, "evidence, picture", 11)


def test_the_second_stands_below_where_asked():
    beside, below = (match_panel(side(), side(), said="same", below=it) for it in (False, True))
    assert below.shape[0] > beside.shape[0]
    assert below.shape[1] < 0.6 * beside.shape[1]


def test_a_long_sentence_is_broken_not_cut():
    said = " ".join(f"word{number}" for number in range(60))
    sheet = match_panel(side(), side(), said=said, right=False)
    assert all(says(sheet, word, 12, INK) for word in said.split())
    assert says(sheet, "in truth another individual", 12, INK)


def test_wide_panels_are_one_below_the_other():
    beside = match_panel(side(48, 24), side(48, 24), said="same")
    below = match_panel(side(48, 48), side(48, 48), said="same")
    assert beside.shape[1] > 2 * beside.shape[0]
    assert below.shape[0] > 0.7 * below.shape[1]
    assert below.shape[1] < beside.shape[1]


@pytest.mark.parametrize("first", [(384, 192), (256, 256), (100, 300)])
@pytest.mark.parametrize("second", [(384, 192), (256, 256)])
def test_any_shapes_fit(first, second):
    sheet = match_panel(side(*first), side(*second), said="v", title="t")
    edges = (sheet[:20], sheet[-20:], sheet[:, :20], sheet[:, -20:])
    assert all((edge == 255).all() for edge in edges), "nothing runs into the margin"


def test_without_evidence_it_is_narrower():
    two, one, none = (
        match_panel(side(views=views), side(views=views), said="same").shape for views in (2, 1, 0)
    )
    assert none[1] < one[1] < two[1]
    assert none[0] < one[0]


@pytest.mark.parametrize(("right", "tick", "cross"), [(True, 1, 0), (False, 0, 1), (None, 0, 0)])
def test_right_and_wrong_are_marked(right, tick, cross):
    head = match_panel(side(), side(), said="same", right=right)[:120]
    assert painted(head, RIGHT).any() == bool(tick)
    assert painted(head, WRONG).any() == bool(cross)


def test_sentence_and_constant_are_seen():
    plain = match_panel(side(), side(), said="same")
    assert not np.array_equal(plain, match_panel(side(), side(), said="different"))
    other = replace(side(), constant=0.5)
    changed = np.nonzero((plain != match_panel(other, side(), said="same")).any(axis=2))
    assert len(changed[0])
    assert changed[1].max() < plain.shape[1] / 2, "only the query's own numbers changed"


def test_broken_maps_are_drawn_as_nothing():
    broken = replace(side(), evidence=np.full((2, 3, 6, 4), np.nan))
    sheet = match_panel(broken, side(seed=3), said="different")
    size = tile_extent(broken.picture, 168).pixels
    assert contains(sheet, evidence_overlay(broken.picture, np.zeros((6, 4)), size))
    peak = abs(side(seed=3).evidence.sum(1)).max()
    other = side(seed=3).evidence[0].sum(0)
    assert contains(sheet, evidence_overlay(side(seed=3).picture, other, size, peak))
