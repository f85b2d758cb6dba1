import numpy as np
import pytest

from elsewhere.visualization.canvas import RIGHT, WRONG
from elsewhere.visualization.strip import ranked_strip


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


def test_a_right_frame_is_whole_and_a_wrong_one_broken():
    height = 176  # pixels of a square tile
    whole = painted(ranked_strip(picture(), [picture()], [True]), RIGHT)
    broken = painted(ranked_strip(picture(), [picture()], [False]), WRONG)
    assert max(map(longest_run, whole.T)) >= height
    assert 8 <= max(map(longest_run, broken.T)) < height / 4


def test_marks_are_told_apart_without_colour():
    right, wrong = (ranked_strip(picture(), [picture()], [same]) for same in (True, False))
    below = slice(-80, None)
    assert not np.array_equal(painted(right, RIGHT)[below], painted(wrong, WRONG)[below])


def test_only_what_is_there_is_marked():
    sheet = ranked_strip(picture(), [picture(), picture()], [True, False])
    assert painted(sheet, RIGHT).any()
    assert painted(sheet, WRONG).any()
    assert not painted(ranked_strip(picture(), [picture()], [True]), WRONG).any()


@pytest.mark.parametrize("count", [0, 1, 4, 10, 13])
def test_width_depends_on_places_not_on_what_was_found(count):
    few = ranked_strip(picture(), [picture()] * count, [True] * count)
    ten = ranked_strip(picture(), [picture()] * 10, [True] * 10)
    assert few.shape[1] == ten.shape[1]
    wider = ranked_strip(picture(), [picture()] * count, [True] * count, places=12)
    assert wider.shape[1] > ten.shape[1]


@pytest.mark.parametrize("shape", [(384, 192), (256, 256), (100, 300), (500, 20), (20, 500)])
def test_pictures_keep_their_aspect_and_the_margin_stays_white(shape):
    sheet = ranked_strip(picture(*shape), [picture(*shape)] * 10, [True, False] * 5)
    dark = (sheet == 0).all(axis=2)
    rows, columns = np.nonzero(dark[:, : sheet.shape[1] // 11])
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert tall / wide == pytest.approx(shape[0] / shape[1], rel=0.15)
    edges = (sheet[:20], sheet[-20:], sheet[:, :20], sheet[:, -20:])
    assert all((edge == 255).all() for edge in edges)


def test_words_are_optional_and_cut_to_the_cell():
    plain = ranked_strip(picture(), [picture()], [True])
    long = "camera of the north gate beside the river " * 2
    worded = ranked_strip(
        picture(),
        [picture()],
        [True],
        title=long * 2,
        note=long * 2,
        query_captions=[long, long],
        captions=[[long, long, long]],
    )
    assert worded.shape[1] == plain.shape[1]
    assert worded.shape[0] > plain.shape[0]
    assert (worded[:, -20:] == 255).all()
    cell = plain.shape[1] // 11
    assert (worded[-100:, 4 * cell :] == 255).all(), "a caption stays below its picture"


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="1 pictures, 2 marks, 0 captions"):
        ranked_strip(picture(), [picture()], [True, False])
    with pytest.raises(ValueError, match="2 pictures, 2 marks, 1 captions"):
        ranked_strip(picture(), [picture()] * 2, [True, False], captions=[["a"]])


def test_a_square_picture_takes_88_units_of_a_strip():
    square = np.zeros((3, 50, 50))
    strip = ranked_strip(square, [square], [True])
    ten = 88 + 26 + 10 * (88 + 12) - 12
    assert strip.shape[1] == 2 * (ten + 2 * 20)
