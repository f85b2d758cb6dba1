"""One picture, several models: where each looked, what it used, and what it answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from elsewhere.visualization.canvas import MUTED, RIGHT, WRONG, Canvas, text_width, wrap_text
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import Box, Extent, Sheet, draw_box, picture_tile, tile_extent

MARGIN, GAP, BETWEEN, NARROWEST = 20.0, 8.0, 22.0, 132.0
_HEAD, _LINE, _MOST_LINES = 38.0, 15.0, 5


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
    tile: float = 168,
) -> Sheet:
    """Draw the input once, then attention and evidence of every model, its answer below.

    Attention is averaged and evidence summed over heads. Each map is scaled by itself. Long names
    are broken into lines, and cut only where a word alone is wider than its picture.

    Args:
        image: values in 0..1, not normalised.
        looks: one for each model, in the order to show them.
        true_class: name of the right answer, where known.
        tile: longer side of each picture in layout units, each two pixels.
    """
    extent = tile_extent(image, tile)
    column = max(extent.width, NARROWEST)
    widths = [column if look.evidence is None else 2 * column + GAP for look in looks]
    names = [_name_lines(true_class or "", column)]
    names += [
        _name_lines(look.predicted, width - _indent(look))
        for look, width in zip(looks, widths, strict=True)
    ]
    total = column + sum(BETWEEN + width for width in widths)
    below = 8 + _LINE * max(map(len, names)) + 14
    canvas = Canvas(total + 2 * MARGIN, 2 * MARGIN + _HEAD + extent.height + below)
    canvas.text((MARGIN, MARGIN), "Input", size=13, bold=True)
    canvas.paste((MARGIN, MARGIN + _HEAD), picture_tile(image, extent))
    if true_class is not None:
        place = (MARGIN, MARGIN + _HEAD + extent.height + 8)
        canvas.lines(place, names[0], _LINE, size=12, bold=True, width=column)
        lower = (MARGIN, place[1] + _LINE * len(names[0]) + 1)
        canvas.text(lower, "the true class", size=10, colour=MUTED)
    x = MARGIN + column + BETWEEN
    for look, width, lines in zip(looks, widths, names[1:], strict=True):
        _draw_look(canvas, image, look, extent, x, column)
        canvas.text((x, MARGIN), look.name, size=13, bold=True, width=width)
        _write_answer(canvas, look, lines, (x, MARGIN + _HEAD + extent.height + 8), width)
        x += width + BETWEEN
    return canvas.array()


def _indent(look: Look) -> float:
    """Room for a tick or a cross."""
    return 0.0 if look.correct is None else 15.0


def _name_lines(name: str, width: float) -> list[str]:
    lines = wrap_text(name, 12, width) or [""]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], " ".join(lines[_MOST_LINES - 1 :])]
    return lines


def _draw_look(
    canvas: Canvas,
    image: Float[np.ndarray, "3 height width"],
    look: Look,
    extent: Extent,
    x: float,
    column: float,
) -> None:
    corner = (x, MARGIN + _HEAD)
    canvas.text((x, MARGIN + 20), "attention", size=11, colour=MUTED)
    canvas.paste(corner, attention_overlay(image, look.attention.mean(axis=0), extent.pixels))
    draw_box(canvas, look.box, image, corner, extent)
    if look.evidence is not None:
        right = x + column + GAP
        canvas.text((right, MARGIN + 20), "evidence", size=11, colour=MUTED)
        evidence = evidence_overlay(image, look.evidence.sum(axis=0), extent.pixels)
        canvas.paste((right, corner[1]), evidence)


def _write_answer(
    canvas: Canvas, look: Look, lines: Sequence[str], place: tuple[float, float], width: float
) -> None:
    x, y = place[0] + _indent(look), place[1]
    verdict = {True: "right", False: "wrong", None: ""}[look.correct]
    colour = {True: RIGHT, False: WRONG, None: MUTED}[look.correct]
    if look.correct is not None:
        canvas.mark((place[0], y + 3), look.correct)
    canvas.lines((x, y), lines, _LINE, size=12, bold=True, width=width - _indent(look))
    y += _LINE * len(lines) + 1
    canvas.text((x, y), verdict, size=10, colour=colour)
    offset = text_width(verdict, 10) + 7 if verdict else 0.0
    confidence = f"{100 * look.confidence:.0f} % sure"
    canvas.text((x + offset, y), confidence, size=10, colour=MUTED)
