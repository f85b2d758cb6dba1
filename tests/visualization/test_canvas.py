from itertools import pairwise

import numpy as np
import pytest

from elsewhere.visualization import canvas
from elsewhere.visualization.canvas import Canvas, fit_text, printable, text_width, wrap_text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("plain, 3.5 %", "plain, 3.5 %"),
        ("Äpfel ß", "Apfel ss"),
        ("a \u2013 b \u00d7 c", "a - b x c"),
        ("日本", "??"),
    ],
)
def test_words_become_printable(words, shown):
    assert printable(words) == shown


def test_line_breaks_do_not_break_the_layout():
    assert printable("a\nb\tc") == "a b c"


def test_long_words_are_cut_to_the_width():
    cut = fit_text("a very long name of a species", 12, 60)
    assert cut.endswith("…")
    assert text_width(cut, 12) <= 60
    assert fit_text("short", 12, 60) == "short"


@pytest.mark.parametrize("width", [0, 9, 60, 61.5, 130])
def test_a_cut_is_the_longest_that_fits(width):
    words = "Äpfel, To AV… of a very long name"
    cut = printable(words)
    while cut and text_width(cut + "…", 12) > width:
        cut = cut[:-1]
    assert fit_text(words, 12, width) == cut.rstrip() + "…"


def test_an_endless_word_is_measured_a_few_times(monkeypatch):
    asked = []

    def counted(words, size):
        asked.append(words)
        return text_width(words, size)

    monkeypatch.setattr(canvas, "text_width", counted)
    assert text_width(fit_text("n" * 4000, 12, 100), 12) <= 100
    assert len(asked) < 20


def test_words_are_broken_into_lines_that_fit():
    words = "same (similarity 0.83 over the threshold, about 97 % sure)"
    lines = wrap_text(words, 12, 120)
    assert " ".join(lines) == words
    assert len(lines) > 2
    assert all(text_width(line, 12) <= 120 for line in lines)
    for line, after in pairwise(lines):
        assert text_width(f"{line} {after.split()[0]}", 12) > 120, "no line ends early"
    assert wrap_text("a wordthatismuchtoolongforaline b", 12, 40)[0] == "a"
    assert wrap_text("", 12, 40) == []


def test_a_box_has_its_line_just_inside_its_corners():
    plain = Canvas(60, 40)
    plain.box((10, 5, 50, 30), "#ff0000")
    sheet = plain.array()
    red = (sheet == [255, 0, 0]).all(axis=2)
    rows, columns = np.nonzero(red)
    assert abs(rows.min() - 10) <= 1
    assert abs(rows.max() - 59) <= 1
    assert abs(columns.min() - 20) <= 1
    assert abs(columns.max() - 99) <= 1
    assert not red[20:50, 30:90].any(), "the inside stays free"


def test_a_dashed_line_has_gaps():
    solid, dashed = Canvas(60, 40), Canvas(60, 40)
    solid.box((10, 5, 50, 30), "#ff0000")
    dashed.box((10, 5, 50, 30), "#ff0000", dashed=True)
    count = [(each.array() == [255, 0, 0]).all(axis=2).sum() for each in (solid, dashed)]
    assert 0.4 * count[0] < count[1] < 0.9 * count[0]


def test_tick_and_cross_differ_without_colour():
    marks = []
    for correct in (True, False):
        small = Canvas(12, 12)
        small.mark((1, 1), correct)
        marks.append(small.array().sum(axis=2) < 700)
    assert (marks[0] != marks[1]).sum() > 20
