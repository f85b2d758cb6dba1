import dataclasses

import numpy as np
import pytest

from elsewhere.visualization.canvas import RIGHT, WRONG
from elsewhere.visualization.comparison import Look
from elsewhere.visualization.sheet import Seen, attention_sheet

TILE = 276  # pixels of a square tile
MARGIN, GAP, APART = 40, 16, 60  # pixels
PITCH = 3 * (TILE + GAP) - GAP + APART


def painted(sheet, colour):
    return (sheet == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


def seen(maps, value=0.0, *, size=(24, 24), wrong="a tern", right="a gull", correct=(False, True)):
    names = {False: wrong, True: right, None: "unknown"}
    looks = [
        Look(name, maps, None, names[each], 0.5, each)
        for name, each in zip(("baseline", "CAL"), correct, strict=True)
    ]
    return Seen(np.full((3, *size), value, dtype=np.float32), right, looks)


def tile_tops(sheet):
    """Where tiles begin below each other, by the black input of the first column."""
    column = (sheet[:, MARGIN + TILE // 2] == 0).all(axis=1).astype(int)
    return np.flatnonzero(np.diff(column, prepend=0) == 1)


def test_pictures_go_from_left_to_right_then_down(maps):
    greys = [0.2, 0.4, 0.6, 0.8]
    sheet = attention_sheet([seen(maps, grey) for grey in greys])
    inputs = [
        round(255 * grey) == sheet[:, MARGIN + TILE // 2 + PITCH * (number % 2), 0]
        for number, grey in enumerate(greys)
    ]
    tops = [int(np.flatnonzero(each)[0]) for each in inputs]
    assert [each.sum() >= TILE for each in inputs] == [True] * 4
    assert tops[0] == tops[1] < tops[2] == tops[3]
    assert tops[2] >= tops[0] + TILE


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_there_is_a_place_for_each_picture_and_no_more(maps, count, columns):
    sheet = attention_sheet([seen(maps)] * count, columns=columns)
    wide = min(count, columns)
    assert sheet.shape[1] == 2 * MARGIN + wide * PITCH - APART
    assert len(tile_tops(sheet)) == -(-count // columns)
    last = sheet[tile_tops(sheet)[-1] + TILE // 2]
    filled = [last[MARGIN + place * PITCH + TILE // 2].sum() == 0 for place in range(wide)]
    assert sum(filled) == count - columns * (-(-count // columns) - 1)


def test_right_and_wrong_are_told_by_shape_and_colour(maps):
    sheet = attention_sheet([seen(maps)])
    right, wrong = painted(sheet, RIGHT), painted(sheet, WRONG)
    second, third = MARGIN + TILE + GAP, MARGIN + 2 * (TILE + GAP)
    assert wrong[:, second : third - GAP].any()
    assert not wrong[:, third:].any()
    assert right[:, third:].any()
    assert not right[:, :third].any()
    below = slice(tile_tops(sheet)[0] + TILE, None)
    cross, tick = wrong[below, second : second + 20], right[below, third : third + 20]
    assert cross.any()
    assert tick.any()
    assert not np.array_equal(cross, tick), "the mark alone tells them apart"
    unknown = attention_sheet([seen(maps, correct=(None, None))])
    assert not (painted(unknown, RIGHT) | painted(unknown, WRONG)).any()


def test_each_map_lies_on_its_own_tile(maps):
    spot = np.zeros((1, 6, 6), dtype=np.float32)
    spot[0, 0, 0] = 1
    pair = seen(maps)
    looks = [dataclasses.replace(pair.looks[0], attention=spot), pair.looks[1]]
    sheet = attention_sheet([dataclasses.replace(pair, looks=looks)]).astype(int)
    top, left = tile_tops(sheet)[0], MARGIN + TILE + GAP
    tile = sheet[top : top + TILE, left : left + TILE].sum(axis=2)
    assert tile[20:60, 20:60].mean() > 3 * tile[-60:-20, -60:-20].mean() + 60
    plain = attention_sheet([pair]).astype(int)
    third = slice(left + TILE + GAP, None)
    assert np.array_equal(sheet[top : top + TILE, third], plain[top : top + TILE, third])


LONG = "Chevrolet Silverado 1500 Hybrid Crew Cab 2012"


def test_long_names_take_more_lines_and_stay_below_their_tile(maps):
    short, long = (attention_sheet([seen(maps, right=n, wrong=n)]) for n in ("Jay", LONG))
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]
    below = long[tile_tops(long)[0] + TILE :]
    for gap in (MARGIN + TILE, MARGIN + 2 * TILE + GAP):
        assert (below[:, gap : gap + GAP] == 255).all()
    assert (below[:, -MARGIN:] == 255).all()


@pytest.mark.parametrize("name", ["n" * 200, "many words " * 50, ""])
def test_names_without_an_end_stay_on_the_sheet(maps, name):
    sheet = attention_sheet([seen(maps, right=name, wrong=name)], title=name, note=name)
    edges = (sheet[:MARGIN], sheet[-MARGIN:], sheet[:, :MARGIN], sheet[:, -MARGIN:])
    assert all((edge == 255).all() for edge in edges)


def test_a_row_is_as_tall_as_its_longest_name(maps):
    first = [seen(maps), seen(maps, right=LONG)]
    mixed = tile_tops(attention_sheet([*first, seen(maps)]))
    plain = tile_tops(attention_sheet([seen(maps)] * 3))
    assert mixed[0] == plain[0]
    assert mixed[1] > plain[1]


def test_pictures_keep_their_aspect(maps):
    sheet = attention_sheet([seen(maps, size=(20, 30))])
    black = (sheet[:, MARGIN : MARGIN + TILE] == 0).all(axis=2)
    assert black[:, TILE // 2].sum() == pytest.approx(TILE * 20 / 30, abs=2)
    assert black.any(axis=0).sum() == TILE


def test_title_and_note_stand_above(maps):
    plain, titled = attention_sheet([seen(maps)]), attention_sheet([seen(maps)], title="CUB")
    noted = attention_sheet([seen(maps)], title="CUB", note="All such pictures.")
    tops = [tile_tops(sheet)[0] for sheet in (plain, titled, noted)]
    assert tops[0] < tops[1] < tops[2]


def test_what_fits_no_sheet_is_refused(maps):
    other = dataclasses.replace(seen(maps), looks=seen(maps).looks[:1])
    for pictures in ([], [seen(maps), seen(maps, size=(24, 30))], [seen(maps), other]):
        with pytest.raises(ValueError, match="pictures of one size and of the same models"):
            attention_sheet(pictures)
