"""One picture, several models: where each looked, what it used, and what it answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, RIGHT, WRONG, Canvas, text_width
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import (
    Box,
    Extent,
    box_legend,
    draw_box,
    picture_tile,
    tile_extent,
)

MARGIN, GAP, BETWEEN, NARROWEST = 20.0, 8.0, 22.0, 132.0


@dataclass(frozen=True)
class Look:
    """What one model did with one picture.

    Attributes:
        name: of the model or method.
        attention: its maps A, not negative.
        evidence: signed share of its predicted logit by head and position; None leaves it out.
        predicted: name of the class it answered.
        confidence: its probability, in 0..1.
        correct: whether the answer is right; None where the true class is unknown.
        box: drawn from its attention, xyxy in pixels of the picture; None for none.
    """

    name: str
    attention: Float[np.ndarray, "heads rows columns"]
    evidence: Float[np.ndarray, "heads rows columns"] | None
    predicted: str
    confidence: float
    correct: bool | None = None
    box: Box | None = None


def comparison_panel(
    image: Float[np.ndarray, "3 height width"],
    looks: Sequence[Look],
    *,
    true_class: str | None = None,
    true_box: Box | None = None,
    tile: float = 168,
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw the input once, then attention and evidence of every model, its answer below.

    Attention is averaged and evidence summed over heads. Each map is scaled by itself.

    Args:
        image: values in 0..1, not normalised.
        looks: one for each model, in the order to show them.
        true_class: name of the right answer, where known.
        true_box: annotated box, xyxy in pixels of `image`; None for none.
        tile: longer side of each picture in layout units, each two pixels.
    """
    extent = tile_extent(image, tile)
    column = max(extent.width, NARROWEST)
    widths = [_look_width(look, column) for look in looks]
    total = column + sum(BETWEEN + width for width in widths)
    canvas = Canvas(total + 2 * MARGIN, 2 * MARGIN + 38 + extent.height + 32)
    _draw_input(canvas, image, extent, column, true_class, true_box)
    x = MARGIN + column + BETWEEN
    for look, width in zip(looks, widths, strict=True):
        _draw_look(canvas, image, look, extent, (x, MARGIN), column, true_box)
        x += width + BETWEEN
    return canvas.array()


def _look_width(look: Look, column: float) -> float:
    return column if look.evidence is None else 2 * column + GAP


def _draw_input(
    canvas: Canvas,
    image: Float[np.ndarray, "3 height width"],
    extent: Extent,
    column: float,
    true_class: str | None,
    true_box: Box | None,
) -> None:
    corner = (MARGIN, MARGIN + 38)
    canvas.text((MARGIN, MARGIN), "Input", size=13, bold=True)
    canvas.paste(corner, picture_tile(image, extent))
    draw_box(canvas, true_box, image, corner, extent, predicted=False)
    below = corner[1] + extent.height + 8
    if true_class is not None:
        canvas.text((MARGIN, below), true_class, size=12, bold=True, width=column)
        canvas.text((MARGIN, below + 16), "the true class", size=10, colour=MUTED)
    if true_box is not None and np.isfinite(true_box).all():
        box_legend(canvas, (MARGIN, MARGIN + 20), predicted=False, true=True)


def _draw_look(
    canvas: Canvas,
    image: Float[np.ndarray, "3 height width"],
    look: Look,
    extent: Extent,
    place: tuple[float, float],
    column: float,
    true_box: Box | None,
) -> None:
    x, y = place
    canvas.text((x, y), look.name, size=13, bold=True, width=_look_width(look, column))
    corner = (x, y + 38)
    canvas.text((x, y + 20), "attention", size=11, colour=MUTED)
    canvas.paste(corner, attention_overlay(image, look.attention.mean(axis=0), extent.pixels))
    draw_box(canvas, look.box, image, corner, extent, predicted=True)
    if look.evidence is not None:
        right = (x + column + GAP, y + 38)
        canvas.text((right[0], y + 20), "evidence", size=11, colour=MUTED)
        canvas.paste(right, evidence_overlay(image, look.evidence.sum(axis=0), extent.pixels))
        draw_box(canvas, true_box, image, right, extent, predicted=False)
    _write_answer(canvas, look, (x, corner[1] + extent.height + 8), _look_width(look, column))


def _write_answer(canvas: Canvas, look: Look, position: tuple[float, float], width: float) -> None:
    x, y = position
    verdict = {True: "right", False: "wrong", None: ""}[look.correct]
    colour = {True: RIGHT, False: WRONG, None: MUTED}[look.correct]
    indent = 0.0
    if look.correct is not None:
        canvas.mark((x, y + 3), look.correct)
        indent = 15.0
    canvas.text((x + indent, y), look.predicted, size=12, bold=True, width=width - indent)
    confidence = f"{100 * look.confidence:.0f} % sure"
    canvas.text((x + indent, y + 16), verdict, size=10, colour=colour)
    offset = text_width(verdict, 10) + 7 if verdict else 0.0
    canvas.text((x + indent + offset, y + 16), confidence, size=10, colour=MUTED)
