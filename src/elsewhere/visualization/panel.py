"""One picture, one model: what it saw, what spoke for its answer, and where each head looked."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, Canvas
from elsewhere.visualization.overlay import HEAT, SIGNED, attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import (
    Box,
    Extent,
    box_legend,
    draw_box,
    picture_tile,
    scale_legend,
    tile_extent,
)

MARGIN, GAP, NARROWEST = 24.0, 16.0, 176.0


def explanation_panel(
    image: Float[np.ndarray, "3 height width"],
    attention: Float[np.ndarray, "heads rows columns"],
    evidence: Float[np.ndarray, "heads rows columns"] | None = None,
    *,
    predicted_box: Box | None = None,
    title: str = "",
    captions: Sequence[str] = (),
    tile: float = 208,
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw input, evidence and attention side by side, and every head's map below.

    Evidence is summed over heads, attention averaged. Each map is scaled by itself, so no other
    picture changes how this one looks. Under each head stands its share of the evidence for the
    class, as a signed percentage of the sum of all heads' sizes.

    Args:
        image: values in 0..1, not normalised.
        attention: maps A, not negative.
        evidence: signed share of one logit by head and position, or None where the model has none.
        predicted_box: drawn from attention; xyxy in pixels of `image`, right and bottom exclusive.
        title: one line above everything.
        captions: lines below the title, such as the answer and its confidence.
        tile: longer side of the big pictures in layout units, each two pixels.

    Returns:
        A white sheet with the panel.
    """
    extent = tile_extent(image, tile)
    column = max(extent.width, NARROWEST)
    columns = 2 if evidence is None else 3
    inner = columns * column + (columns - 1) * GAP
    head = (22.0 if title else 0.0) + 17.0 * len(captions) + (10.0 if title or captions else 0.0)
    strip = _Strip(len(attention), inner, extent)
    canvas = Canvas(inner + 2 * MARGIN, 2 * MARGIN + head + 20 + extent.height + 22 + strip.height)
    _write_head(canvas, title, captions, inner)
    places = [(MARGIN + n * (column + GAP), MARGIN + head) for n in range(columns)]
    _draw_input(canvas, image, places[0], extent, predicted_box)
    below = MARGIN + head + 20 + extent.height
    if evidence is not None:
        drawn = evidence_overlay(image, evidence.sum(axis=0), extent.pixels)
        _titled_tile(canvas, places[1], "Evidence: what it used", drawn)
        scale_legend(canvas, (places[1][0], below + 6), SIGNED, ("against", "for the class"))
    heat = attention_overlay(image, attention.mean(axis=0), extent.pixels)
    _titled_tile(canvas, places[-1], "Attention: where it may look", heat)
    scale_legend(canvas, (places[-1][0], below + 6), HEAT, ("none", "peak"))
    strip.draw(canvas, below + 22, image, attention, evidence)
    return canvas.array()


class _Strip:
    """Every head's map, in rows of at most eight; nothing where the one head is the mean."""

    def __init__(self, heads: int, inner: float, extent: Extent) -> None:
        self.per_row = min(8, max(heads, 4))
        rows = -(-heads // self.per_row)
        width = (inner - 8 * (self.per_row - 1)) / self.per_row
        width = min(width, extent.width / 2)
        self.pitch = (inner - width) / max(self.per_row - 1, 1)
        self.extent = Extent(width * extent.height / extent.width, width)
        self.row = self.extent.height + 20
        self.height = 38 + rows * self.row - 4 if heads > 1 else 0.0

    def draw(
        self,
        canvas: Canvas,
        top: float,
        image: Float[np.ndarray, "3 height width"],
        attention: Float[np.ndarray, "heads rows columns"],
        evidence: Float[np.ndarray, "heads rows columns"] | None,
    ) -> None:
        if len(attention) == 1:
            return
        canvas.text((MARGIN, top + 14), "Heads", size=12, bold=True)
        if evidence is not None:
            note = "each map by its own peak; below: its part of the evidence for the class"
            canvas.text((MARGIN + 48, top + 16), note, size=10, colour=MUTED)
        shares = None if evidence is None else head_shares(evidence)
        for number, each in enumerate(attention):
            x = MARGIN + (number % self.per_row) * self.pitch
            y = top + 38 + (number // self.per_row) * self.row
            canvas.paste((x, y), attention_overlay(image, each, self.extent.pixels))
            canvas.text((x, y + self.extent.height + 4), f"{number + 1}", size=10, colour=MUTED)
            if shares is not None:
                right = (x + self.extent.width, y + self.extent.height + 4)
                canvas.text(right, f"{100 * shares[number]:+.0f} %", size=10, anchor="r")


def head_shares(
    evidence: Float[np.ndarray, "heads rows columns"],
) -> Float[np.ndarray, " heads"]:
    """Each head's total evidence over the sum of all heads' sizes: signed, sizes sum to 1.

    All zero where there is no evidence at all; NaN and infinities count as 0.
    """
    totals = np.nan_to_num(evidence, nan=0.0, posinf=0.0, neginf=0.0).sum(axis=(1, 2))
    size = np.abs(totals).sum()
    return totals / size if size > 0 else np.zeros_like(totals)


def _write_head(canvas: Canvas, title: str, captions: Sequence[str], width: float) -> None:
    if title:
        canvas.text((MARGIN, MARGIN), title, size=16, bold=True, width=width)
    below = (MARGIN, MARGIN + 24 * bool(title))
    canvas.lines(below, captions, 17, size=12, colour=MUTED, width=width)


def _draw_input(
    canvas: Canvas,
    image: Float[np.ndarray, "3 height width"],
    place: tuple[float, float],
    extent: Extent,
    box: Box | None,
) -> None:
    _titled_tile(canvas, place, "Input", picture_tile(image, extent))
    corner = (place[0], place[1] + 20)
    if box is not None:
        draw_box(canvas, box, image, corner, extent)
        box_legend(canvas, (place[0], corner[1] + extent.height + 6))


def _titled_tile(
    canvas: Canvas,
    place: tuple[float, float],
    title: str,
    tile: UInt8[np.ndarray, "tall wide 3"],
) -> None:
    canvas.text(place, title, size=12, bold=True)
    canvas.paste((place[0], place[1] + 20), tile)
