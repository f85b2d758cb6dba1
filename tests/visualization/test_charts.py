import itertools
import math
import re
from xml.etree import ElementTree

import pytest

from elsewhere.visualization.charts import line_chart, roc_chart

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg, tag):
    return list(ElementTree.fromstring(svg).iter(SVG + tag))


def words(svg):
    return [text.text for text in shapes(svg, "text")]


def test_lines_go_through_their_points_and_skip_nan():
    svg = line_chart(
        {"a": [(1, 0.2), (2, math.nan), (3, 0.6)], "b": []}, x_label="epochs", y_label="top-1"
    )
    assert len(shapes(svg, "circle")) == 2
    assert len(shapes(svg, "polyline")[0].get("points").split()) == 2
    assert "a" in words(svg)


def test_one_point_is_enough():
    assert len(shapes(line_chart({"a": [(1, 0.2)]}, x_label="x", y_label="y"), "circle")) == 1


def test_names_at_the_ends_do_not_overlap():
    lines = {name: [(0, 0.1), (1, 0.5)] for name in ("one", "two", "three")}
    svg = line_chart(lines, x_label="x", y_label="y")
    places = sorted(float(t.get("y")) for t in shapes(svg, "text") if t.text in lines)
    assert min(b - a for a, b in itertools.pairwise(places)) >= 15


def test_charts_carry_no_script_and_no_address():
    svg = line_chart({"a": [(1, 0.4)]}, x_label="x", y_label="y")
    assert "<script" not in svg
    assert re.findall(r"(?:href|src)\s*=|url\(", svg) == []
    assert "prefers-color-scheme" in svg


def roc(curves, **more):
    return roc_chart(curves, x_label="false", y_label="true", **more)


def test_small_rates_have_room_on_the_roc():
    svg = roc({"test": [(0.0, 0.0), (0.0001, 0.2), (0.01, 0.5), (1.0, 1.0)]})
    assert {"0.01 %", "0.1 %", "1 %", "10 %", "100 %"} <= set(words(svg))
    guess, line = (shape.get("points").split() for shape in shapes(svg, "polyline"))
    places = [float(point.split(",")[0]) for point in line]
    assert places == [pytest.approx(x, abs=0.1) for x in (44, 44, 44 + 230, 504)]
    assert guess[-1] == line[-1], "guessing ends where every curve does"


def test_the_roc_starts_at_its_smallest_rate():
    assert "0.1 %" not in words(roc({"test": [(0.0, 0.0), (0.02, 0.5), (1.0, 1.0)]}))
    assert "10 %" in words(roc({"test": [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]}))
    assert "0.001 %" not in words(roc({"test": [(0.0, 0.0), (1e-7, 0.5), (1.0, 1.0)]}))


def test_a_threshold_is_a_ring_on_its_curve():
    curve = [(0.0, 0.0), (0.01, 0.5), (1.0, 1.0)]
    svg = roc({"a": curve}, marked={"threshold <1>": (0.01, 0.5)})
    (ring,) = shapes(svg, "circle")
    line = shapes(svg, "polyline")[1].get("points").split()
    assert f"{ring.get('cx')},{ring.get('cy')}" == line[1]
    assert "threshold <1>" in words(svg)


def test_a_long_name_at_a_lines_end_is_cut_and_whole_in_its_title():
    svg = line_chart({"+ Attention Normalization": [(0, 0.1), (1, 0.2)]}, x_label="x", y_label="y")
    assert "<title>+ Attention Normalization</title>+ Attention Normaliza…</text>" in svg
    short = line_chart({"baseline": [(0, 0.1), (1, 0.2)]}, x_label="x", y_label="y")
    assert ">baseline</text>" in short
    assert "<title>" not in short
