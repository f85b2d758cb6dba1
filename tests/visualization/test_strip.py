import numpy as np
import pytest

from elsewhere.visualization.canvas import RIGHT, WRONG
from elsewhere.visualization.strip import Tile, strip


def painted(sheet, colour):
    return (sheet == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


def picture(height=24, width=24, value=0.0):
    return np.full((3, height, width), value, dtype=np.float32)


def longest_run(line):
    """Length of the longest unbroken stretch of a boolean line."""
    best = now = 0
    for on in line:
        now = now + 1 if on else 0
        best = max(best, now)
    return best


def ranked(picture, right=(), below=(), **words):
    """The strip of a test: the query, and as many of the nearest as there are verdicts."""
    tiles = [Tile(picture, below, right=each) for each in right]
    return strip(picture, tiles, places=10, **words)


def test_a_right_frame_is_whole_and_a_wrong_one_broken():
    height = 176  # pixels of a square tile
    whole = painted(ranked(picture(), [True]), RIGHT)
    broken = painted(ranked(picture(), [False]), WRONG)
    assert max(map(longest_run, whole.T)) >= height
    assert 8 <= max(map(longest_run, broken.T)) < height / 4


def test_marks_are_told_apart_without_colour():
    right, wrong = (ranked(picture(), [same]) for same in (True, False))
    below = slice(-80, None)
    assert not np.array_equal(painted(right, RIGHT)[below], painted(wrong, WRONG)[below])


def test_only_what_is_there_is_marked():
    sheet = ranked(picture(), [True, False])
    assert painted(sheet, RIGHT).any()
    assert painted(sheet, WRONG).any()
    assert not painted(ranked(picture(), [True]), WRONG).any()


def test_where_nobody_knows_a_frame_alone_stands_out():
    plain = strip(picture(), [Tile(picture(), ["wren", "0.9"])])
    framed = strip(picture(), [Tile(picture(), ["wren", "0.9"], framed=True)])
    assert not (painted(plain, RIGHT) | painted(plain, WRONG)).any()
    assert painted(framed, RIGHT).any()
    below = slice(-2 * (20 + 2 * 13), None)
    assert np.array_equal(plain[below], framed[below])
    assert (plain[below] < 60).any(), "the first line is in ink"


def test_a_picture_that_is_gone_leaves_its_place():
    there, gone = (strip(picture(), [Tile(one, ["wren"])]) for one in (picture(), None))
    assert gone.shape == there.shape
    right = slice(2 * (20 + 88 + 26), None)
    assert (there[:, right] == 0).all(axis=2).sum() > 150**2
    assert not (gone[60:-60, right] == 0).all(axis=2).any()


@pytest.mark.parametrize("count", [0, 1, 4, 10])
def test_empty_places_take_as_much_room_as_others(count):
    ten = ranked(picture(), [True] * 10)
    assert ranked(picture(), [True] * count).shape[1] == ten.shape[1]
    assert strip(picture(), [], places=12).shape[1] > ten.shape[1]
    assert strip(picture(), [Tile(picture(), [], True)] * 12, places=10).shape[1] > ten.shape[1]


@pytest.mark.parametrize("shape", [(384, 192), (256, 256), (100, 300), (500, 20), (20, 500)])
def test_pictures_keep_their_aspect_and_the_margin_stays_white(shape):
    sheet = ranked(picture(*shape), [True, False] * 5)
    dark = (sheet == 0).all(axis=2)
    rows, columns = np.nonzero(dark[:, : sheet.shape[1] // 11])
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert tall / wide == pytest.approx(shape[0] / shape[1], rel=0.15)
    edges = (sheet[:20], sheet[-20:], sheet[:, :20], sheet[:, -20:])
    assert all((edge == 255).all() for edge in edges)


def test_words_are_optional_and_cut_to_the_cell():
    plain = ranked(picture(), [True])
    long = "camera of the north gate beside the river " * 2
    worded = ranked(
        picture(), [True], [long, long, long], title=long * 2, note=long * 2, captions=[long, long]
    )
    assert worded.shape[1] == 2 * (2 * 20 + 96 + 26 + 10 * (96 + 12) - 12)
    assert worded.shape[0] > plain.shape[0]
    assert (worded[:, -20:] == 255).all()
    assert (worded[-100:, 2 * (20 + 96 + 26 + 96 + 12 + 60) :] == 255).all(), (
        "a caption stays below its picture"
    )


def test_narrow_pictures_leave_room_for_a_name():
    person = picture(48, 24)
    bare, named = (strip(person, [Tile(person, [name])] * 10) for name in ("", "Anna of the herd"))
    assert named.shape[1] > bare.shape[1]


def test_a_square_picture_takes_88_units_of_a_strip():
    square = np.zeros((3, 50, 50))
    ten = 88 + 26 + 10 * (88 + 12) - 12
    assert ranked(square, [True]).shape[1] == 2 * (ten + 2 * 20)
