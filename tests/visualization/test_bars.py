import itertools
from xml.etree import ElementTree

import pytest

from elsewhere.visualization.bars import Bars, bar_chart

SVG = "{http://www.w3.org/2000/svg}"


def draw(groups, series=("training", "test")):
    return ElementTree.fromstring(bar_chart(groups, series, label="share <of> images"))


def words(svg):
    return [text.text for text in svg.iter(SVG + "text")]


def bars(svg):
    """All but the legend's squares: (left, top, width, height, colour)."""
    names = ("x", "y", "width", "height")
    return [
        (*(float(rect.get(name)) for name in names), rect.get("fill"))
        for rect in svg.iter(SVG + "rect")
        if rect.get("width") != "12"
    ]


def test_lengths_are_in_proportion_to_the_shares():
    svg = draw({"A": [Bars("red", [(3, 10), (12, 20)]), Bars("blue", [(1, 10), (20, 20)])]})
    widths = [width for _, _, width, _, _ in bars(svg)]
    assert [width / widths[3] for width in widths] == pytest.approx([0.3, 0.6, 0.1, 1], abs=0.001)
    assert len({left for left, *_ in bars(svg)}) == 1, "all begin at 0 %"
    assert "0 %" in words(svg)


def test_the_axis_begins_at_zero_however_large_the_shares():
    high = bars(draw({"A": [Bars("red", [(90, 100), (99, 100)])]}))
    assert high[0][2] / high[1][2] == pytest.approx(90 / 99, abs=0.001)


def test_both_numbers_are_written():
    svg = draw({"A": [Bars("red", [(1, 3), (1250, 2500)])]})
    assert {"33 % · 1 of 3", "50 % · 1,250 of 2,500"} <= set(words(svg))


def test_no_images_are_no_share():
    svg = draw({"A": [Bars("red", [(0, 0), (0, 4)])]})
    assert words(svg).count("no images") == 1
    assert "0 % · 0 of 4" in words(svg)
    assert [width for _, _, width, _, _ in bars(svg)] == [0, 0]


def test_series_have_a_colour_each_and_no_bar_lies_on_another():
    rows = [Bars(str(n), [(n, 5), (5 - n, 5)]) for n in range(5)]
    drawn = bars(draw({"A": rows[:2], "B": rows[2:]}))
    assert len({colour for *_, colour in drawn[::2]}) == 1
    assert len({colour for *_, colour in drawn[1::2]}) == 1
    assert drawn[0][4] != drawn[1][4]
    for (_, top, _, height, _), (_, below, *_) in itertools.pairwise(drawn):
        assert top + height <= below


def test_colours_of_the_legend_are_those_of_the_bars():
    svg = draw({"A": [Bars("red", [(1, 2), (1, 2)])]})
    squares = [r.get("fill") for r in svg.iter(SVG + "rect") if r.get("width") == "12"]
    assert squares == [colour for *_, colour in bars(svg)]
    assert words(svg)[:2] == ["training", "test"]


def test_names_are_escaped_and_long_ones_shortened_with_the_whole_beside():
    name = "upperparts color: something <very> long and & longer"
    svg = draw({"A & <B>": [Bars(name, [(1, 2), (1, 2)])]})
    assert "A & <B>" in words(svg)
    (titled,) = [text for text in svg.iter(SVG + "text") if text.find(SVG + "title") is not None]
    title = titled.find(SVG + "title")
    assert title.text == name
    assert title.tail.endswith("…")
    assert name.startswith(title.tail[:-1])


def test_everything_stays_on_the_chart():
    rows = [Bars("x", [(n, 30), (30, 30)]) for n in range(30)]
    svg = draw({"A": rows, "B": rows})
    width, height = map(float, svg.get("viewBox").split()[2:])
    assert all(left + wide <= width - 100 for left, _, wide, _, _ in bars(svg)), "room for numbers"
    assert all(top + tall < height - 30 for _, top, _, tall, _ in bars(svg))
    assert all(float(text.get("y")) < height for text in svg.iter(SVG + "text"))


def test_counts_must_fit_the_series():
    with pytest.raises(ValueError, match="needs 2 counts: training, test"):
        draw({"A": [Bars("red", [(1, 2)])]})
