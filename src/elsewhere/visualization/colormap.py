"""Numbers to colours: tables of 256 colours made from a few control points."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

ColourTable = Float[np.ndarray, "256 3"]


def colour_table(control_points: Sequence[str]) -> ColourTable:
    """Spread evenly spaced control points over 256 colours.

    Args:
        control_points: hexadecimal sRGB colours such as `"bc3754"`, from the lowest value to the
            highest; the colours between two of them are straight lines in sRGB.

    Returns:
        Red, green and blue in 0..1.
    """
    points = np.array(
        [[int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)] for colour in control_points]
    )
    places = np.linspace(0, 1, len(points))
    levels = np.linspace(0, 1, 256)
    return np.stack([np.interp(levels, places, points[:, c]) for c in range(3)], axis=1)


_INFERNO = "000004 160b39 420a68 6a176e 932667 bc3754 dd513a f37819 fca50a f6d746 fcffa4"
_BLUE_ORANGE = "053061 1f5fa8 4a98cf a9d3ea f6f3ee fcbf8a f0742c c9350f 650f05"

HEAT: ColourTable = colour_table(_INFERNO.split())
"""For amounts from zero, such as attention: matplotlib's "inferno" (public domain) at eleven
points; its lightness rises evenly."""

SIGNED: ColourTable = colour_table(_BLUE_ORANGE.split())
"""For signed amounts, zero pale in the middle: blue below, orange above, dark at both ends."""


def colourize(
    values: Float[np.ndarray, "height width"], table: ColourTable
) -> Float[np.ndarray, "height width 3"]:
    """Look up each value's colour.

    Args:
        values: in 0..1; values outside are clipped, NaN counts as 0.
        table: one of this module's tables.

    Returns:
        Red, green and blue in 0..1.
    """
    levels = np.nan_to_num(np.clip(values, 0, 1)) * 255
    return np.asarray(table[np.rint(levels).astype(np.intp)])


def to_pixels(colours: Float[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width 3"]:
    """Round colours in 0..1 to bytes; NaN becomes black."""
    return np.asarray(np.rint(np.nan_to_num(np.clip(colours, 0, 1)) * 255), dtype=np.uint8)
