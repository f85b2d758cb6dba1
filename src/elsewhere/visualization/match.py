"""Two pictures side by side: where each was looked at, and what made them alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, Canvas
from elsewhere.visualization.colormap import HEAT, SIGNED
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import Extent, picture_tile, scale_legend, tile_extent

MARGIN, GAP, APART, NARROWEST = 22.0, 8.0, 34.0, 116.0


@dataclass(frozen=True)
class MatchSide:
    """One of the two pictures.

    Attributes:
        name: above it, such as "query".
        picture: values in 0..1.
        attention: its maps A, not negative.
        evidence: signed share of the similarity by head and position of this picture, the other
            picture's vector held fixed; None where the network has none.
        constant: share of the similarity that lies at no position; it and the sum of `evidence`
            make up the whole.
        captions: lines below it, such as its file, identity and camera.
    """

    name: str
    picture: Float[np.ndarray, "3 height width"]
    attention: Float[np.ndarray, "heads rows columns"]
    evidence: Float[np.ndarray, "heads rows columns"] | None
    constant: float = 0.0
    captions: Sequence[str] = ()


def match_panel(
    query: MatchSide,
    match: MatchSide,
    *,
    similarity: float,
    verdict: str = "",
    right: bool | None = None,
    title: str = "",
    tile: float = 168,
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw both pictures, each with its mean attention and its evidence for the match.

    Evidence is summed over heads, attention averaged; each map is scaled by itself.

    Args:
        query: on the left.
        match: on the right.
        similarity: cosine of their vectors, -1..1.
        verdict: what is said of the two, such as "called the same (from 0.61 on)".
        right: whether the two are the same individual; None where unknown.
        title: one line above everything.
        tile: longer side of each picture in layout units, each two pixels.
    """
    extents = [tile_extent(side.picture, tile) for side in (query, match)]
    columns = [max(extent.width, NARROWEST) for extent in extents]
    widths = [
        column * (2 if side.evidence is None else 3) + GAP * (1 if side.evidence is None else 2)
        for side, column in zip((query, match), columns, strict=True)
    ]
    height = max(extent.height for extent in extents)
    lines = max(len(side.captions) for side in (query, match))
    head = (22.0 if title else 0.0) + 26.0
    total = sum(widths) + APART
    canvas = Canvas(total + 2 * MARGIN, 2 * MARGIN + head + 40 + height + 54 + 15 * lines)
    _write_head(canvas, title, similarity, verdict, right, total)
    x = MARGIN
    for side, extent, column, width in zip((query, match), extents, columns, widths, strict=True):
        _draw_side(canvas, side, (x, MARGIN + head), extent, column, height)
        x += width + APART
    return canvas.array()


def _write_head(
    canvas: Canvas, title: str, similarity: float, verdict: str, right: bool | None, width: float
) -> None:
    y = MARGIN
    if title:
        canvas.text((MARGIN, y), title, size=14, bold=True, width=width)
        y += 22
    said = f"similarity {similarity:.3f}" + (f", {verdict}" if verdict else "")
    indent = 0.0
    if right is not None:
        canvas.mark((MARGIN, y + 2), right)
        indent = 15.0
        said += "; the same individual" if right else "; another individual"
    canvas.text((MARGIN + indent, y), said, size=12, width=width - indent)


def _draw_side(
    canvas: Canvas,
    side: MatchSide,
    place: tuple[float, float],
    extent: Extent,
    column: float,
    height: float,
) -> None:
    x, y = place
    step = column + GAP
    corner = y + 40
    below = corner + height + 6
    canvas.text((x, y), side.name, size=13, bold=True, width=3 * column)
    canvas.text((x, y + 21), "picture", size=11, colour=MUTED)
    canvas.paste((x, corner), picture_tile(side.picture, extent))
    canvas.text((x + step, y + 21), "attention", size=11, colour=MUTED)
    attention = attention_overlay(side.picture, side.attention.mean(axis=0), extent.pixels)
    canvas.paste((x + step, corner), attention)
    scale_legend(canvas, (x + step, below), HEAT, ("none", "peak"))
    if side.evidence is not None:
        right = x + 2 * step
        canvas.text((right, y + 21), "evidence", size=11, colour=MUTED)
        evidence = evidence_overlay(side.picture, side.evidence.sum(axis=0), extent.pixels)
        canvas.paste((right, corner), evidence)
        scale_legend(canvas, (right, below), SIGNED, ("apart", "alike"))
        total = float(np.nan_to_num(side.evidence).sum())
        for number, words in enumerate(
            (f"picture {total:+.3f}", f"constant {side.constant:+.3f}"), start=1
        ):
            canvas.text((right, below + 15 * number), words, size=10, colour=MUTED)
    for number, line in enumerate(side.captions):
        canvas.text((x, below + 50 + 15 * number), line, size=11, colour=MUTED, width=3 * column)
