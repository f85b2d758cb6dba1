from math import hypot

import numpy as np
import pytest

from elsewhere.drawn.canvas import Canvas, noise
from elsewhere.drawn.shapes import (
    Shape,
    above,
    both,
    dots,
    ellipse,
    melted,
    outside,
    polygon,
    strokes,
)

SIZE = 40
CENTRES = (np.arange(SIZE, dtype=np.float32) + 0.5) / np.float32(SIZE)
X, Y = CENTRES[None, :], CENTRES[:, None]


def distances(shape: Shape) -> np.ndarray:
    return np.broadcast_to(shape.distance(X, Y), (SIZE, SIZE))


def pixels():
    for row in range(SIZE):
        for column in range(SIZE):
            yield row, column, (column + 0.5) / SIZE, (row + 0.5) / SIZE


def test_dots_match_a_loop_over_pixels_and_discs():
    rows = [(0.3, 0.2, 0.1), (0.7, 0.8, 0.22)]
    found = distances(dots(rows))
    for row, column, x, y in pixels():
        slow = min(hypot(x - cx, y - cy) - r for cx, cy, r in rows)
        assert found[row, column] == pytest.approx(slow, abs=1e-6)


def test_strokes_match_the_nearest_of_many_discs_along_them():
    stroke = (0.2, 0.3, 0.8, 0.6, 0.05, 0.05)
    found = distances(strokes([stroke]))
    ax, ay, bx, by, radius, _ = stroke
    discs = [(ax + (bx - ax) * k / 500, ay + (by - ay) * k / 500, radius) for k in range(501)]
    assert np.abs(found - distances(dots(discs))).max() < 1e-3


def test_a_stroke_tapers_from_its_first_radius_to_its_second():
    found = strokes([(0.0, 0.5, 1.0, 0.5, 0.1, 0.3)])
    heights = np.array([[0.4], [0.2]], dtype=np.float32)
    ends = np.array([[0.0, 1.0]], dtype=np.float32)
    away = found.distance(ends, heights)
    assert away[0, 0] == pytest.approx(0.0, abs=1e-6)
    assert away[1, 1] == pytest.approx(0.0, abs=1e-6)


def test_ellipse_has_the_right_inside_and_slope():
    tilted = ellipse((0.5, 0.45), 0.35, 0.15, (0.8, 0.6))
    found = distances(tilted)
    for row, column, x, y in pixels():
        p = ((x - 0.5) * 0.8 + (y - 0.45) * 0.6) / 0.35
        q = ((y - 0.45) * 0.8 - (x - 0.5) * 0.6) / 0.15
        level = p * p + q * q
        if abs(level - 1) > 1e-3:
            assert (found[row, column] < 0) == (level < 1)
    # One pixel out from the outline along each axis.
    tip = np.array([[0.5 + (0.35 + 0.025) * 0.8]], dtype=np.float32)
    high = np.array([[0.45 + (0.35 + 0.025) * 0.6]], dtype=np.float32)
    assert tilted.distance(tip, high)[0, 0] == pytest.approx(0.025, rel=0.1)


def test_ellipse_is_inside_at_its_very_centre():
    centre = np.array([[0.5]], dtype=np.float32)
    assert ellipse((0.5, 0.5), 0.3, 0.1).distance(centre, centre)[0, 0] == pytest.approx(-0.1)


@pytest.mark.parametrize("sense", [1, -1])
def test_polygon_holds_what_lies_inside_every_edge_in_either_sense(sense):
    corners = [(0.2, 0.2), (0.8, 0.3), (0.5, 0.9)][::sense]
    found = distances(polygon(corners))
    for row, column, x, y in pixels():
        turns = []
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            turns.append((bx - ax) * (y - ay) - (by - ay) * (x - ax))
        if min(abs(turn) for turn in turns) > 1e-4:
            inside = all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
            assert (found[row, column] < 0) == inside


def test_both_outside_above_and_melted():
    disc, line = dots([(0.5, 0.5, 0.3)]), above((0.5, 0.5), (0.0, 1.0))
    upper = distances(both(disc, line)) < 0
    lower = distances(both(disc, outside(line))) < 0
    assert upper[: SIZE // 2].any()
    assert not upper[SIZE // 2 :].any()
    assert np.array_equal(upper | lower, distances(disc) < 0)
    pair = [dots([(0.35, 0.5, 0.18)]), dots([(0.65, 0.5, 0.18)])]
    flowing = distances(melted(pair, 0.1))
    apart = np.minimum(distances(pair[0]), distances(pair[1]))
    assert (flowing <= apart + 1e-6).all()
    assert (flowing < apart - 0.01).any()
    far = np.abs(distances(pair[0]) - distances(pair[1])) > 0.1
    assert np.allclose(flowing[far], apart[far], atol=1e-6)


SHAPES = {
    "dots": dots([(0.3, 0.4, 0.12), (0.6, 0.55, 0.2)]),
    "strokes": strokes([(0.2, 0.3, 0.7, 0.8, 0.06, 0.1), (0.1, 0.8, 0.4, 0.7, 0.02, 0.05)]),
    "ellipse": ellipse((0.5, 0.5), 0.4, 0.1, (0.6, -0.8)),
    "polygon": polygon([(0.2, 0.3), (0.9, 0.4), (0.4, 0.9)]),
    "melted": melted([dots([(0.4, 0.5, 0.15)]), dots([(0.6, 0.5, 0.15)])], 0.2),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_painting_leaves_nothing_out_at_the_edge_of_its_window(shape):
    canvas = Canvas(SIZE)
    cover = canvas.track()
    canvas.paint(shape, (1.0, 1.0, 1.0))
    whole = np.clip(0.5 - distances(shape) * SIZE, 0.0, 1.0)
    assert cover.max() == 1.0
    assert np.allclose(cover, whole, atol=1e-5)
    assert np.allclose(canvas.pixels[0], whole, atol=1e-5)


def test_a_shape_beyond_the_picture_paints_nothing():
    canvas = Canvas(SIZE, (0.2, 0.3, 0.4))
    before = canvas.pixels.copy()
    canvas.paint(dots([(1.5, -0.5, 0.2)]), (1.0, 1.0, 1.0))
    assert np.array_equal(canvas.pixels, before)


def test_noise_is_the_same_pattern_at_every_size():
    small, large = (noise(np.random.default_rng(5), 6, 3, size) for size in (24, 96))
    averaged = large.reshape(24, 4, 24, 4).mean(axis=(1, 3))
    assert np.abs(averaged - small).max() < 0.06
    assert 0.0 <= large.min() < 0.2
    assert 0.8 < large.max() <= 1.0
