import numpy as np
import pytest

from elsewhere.visualization.overlay import HEAT, SIGNED, colour_table, colourize, to_pixels


def lightness(table):
    """CIE L* of sRGB colours, from the definition."""
    linear = [
        [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb] for rgb in table
    ]
    luminance = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in linear]
    return np.array([116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y for y in luminance])


def test_heat_grows_lighter_evenly():
    steps = np.diff(lightness(HEAT))
    assert (steps > 0).all()
    coarse = np.diff(lightness(HEAT)[::17])
    assert coarse[1:].max() < 1.5 * coarse[1:].min(), "beyond the near-black"


def test_signed_is_lightest_at_zero_and_equally_dark_at_both_ends():
    light = lightness(SIGNED)
    assert light.argmax() in (127, 128)
    assert (np.diff(light[:128]) > 0).all()
    assert (np.diff(light[128:]) < 0).all()
    assert light[0] == pytest.approx(light[-1], abs=5)
    assert SIGNED[0, 2] > SIGNED[0, 0]
    assert SIGNED[-1, 0] > SIGNED[-1, 2]


def test_control_points_are_met():
    table = colour_table(["000000", "ff0000", "ffffff"])
    assert table[0].tolist() == [0, 0, 0]
    assert table[-1].tolist() == [1, 1, 1]
    assert table[127:129, 0].min() > 0.99


def test_values_outside_are_clipped_and_nan_is_zero():
    shown = colourize(np.array([[-3.0, 0.0, 1.0, 7.0, np.nan]]), HEAT)[0]
    assert (shown[0] == shown[1]).all()
    assert (shown[2] == shown[3]).all()
    assert (shown[4] == shown[1]).all()


def test_bytes_are_rounded_not_cut():
    assert to_pixels(np.array([[[0.5, 1.2, np.nan]]])).tolist() == [[[128, 255, 0]]]
