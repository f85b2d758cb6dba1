import numpy as np
import pytest

from elsewhere.visualization.sheet import grid, titled


def flat(grey, tall, wide):
    return np.full((tall, wide, 3), grey, np.uint8)


def test_sheets_go_from_left_to_right_then_down():
    whole = grid([flat(10, 4, 6), flat(20, 5, 3), flat(30, 2, 6)], columns=2)
    assert whole.shape == (5 + 2, 2 * 6, 3)
    expected = np.full((7, 12), 255)
    expected[:4, :6], expected[:5, 6:9], expected[5:, :6] = 10, 20, 30
    assert np.array_equal(whole[..., 0], expected)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_there_is_a_place_for_each_sheet_and_no_more(count, columns):
    whole = grid([flat(0, 4, 6)] * count, columns)
    assert whole.shape == (4 * -(-count // columns), 6 * min(count, columns), 3)
    assert (whole == 0).sum() == count * 4 * 6 * 3


def test_a_grid_needs_a_sheet():
    with pytest.raises(ValueError, match="needs a sheet"):
        grid([])


def test_title_and_note_stand_above():
    sheet = flat(128, 40, 400)
    named, noted = titled(sheet, "CUB", ""), titled(sheet, "CUB", "All such pictures. " * 5)
    assert len(named) < len(noted)
    for each in (named, noted):
        assert np.array_equal(each[-40:], sheet)
        assert (each[:-40] < 100).any()


@pytest.mark.parametrize("words", ["n" * 200, "many words " * 50, ""])
def test_words_without_an_end_stay_on_the_sheet(words):
    whole = titled(flat(255, 40, 600), words, words)
    edges = (whole[:40], whole[-40:], whole[:, :40], whole[:, -40:])
    assert all((edge == 255).all() for edge in edges)
