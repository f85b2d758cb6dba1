"""Two pictures: where each was looked at, and what made them alike, view by view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, Canvas, wrap_text
from elsewhere.visualization.overlay import HEAT, SIGNED, attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import Extent, picture_tile, scale_legend, tile_extent

VIEWS = ("picture", "mirror")
MARGIN, GAP, APART, NARROWEST = 22.0, 8.0, 34.0, 116.0
_WIDEST = 1120.0  # a wider pair is drawn one below the other
_HEAD, _LINE = 40.0, 15.0


@dataclass(frozen=True)
class MatchSide:
    """One of the two pictures.

    Attributes:
        name: above it, such as "query".
        picture: values in 0..1.
        attention: its maps A, not negative.
        evidence: signed share of the similarity by view, head and position, the other picture's
            vector held fixed: the picture's own share, then that of its mirror image where it
            counts, flipped back so that it lies over the picture. None where the network has none.
        constant: share of the similarity that lies at no position; it and the sum of `evidence`
            make up the whole.
        captions: lines below it, such as its file, identity and camera.
    """

    name: str
    picture: Float[np.ndarray, "3 height width"]
    attention: Float[np.ndarray, "heads rows columns"]
    evidence: Float[np.ndarray, "views heads rows columns"] | None
    constant: float = 0.0
    captions: Sequence[str] = ()


class _Layout(NamedTuple):
    """How a side is laid out: size of a tile, widths of a column and of all, room below."""

    extent: Extent
    column: float
    width: float
    below: float


def match_panel(
    query: MatchSide,
    match: MatchSide,
    *,
    said: str,
    right: bool | None = None,
    title: str = "",
    tile: float = 168,
    below: bool = False,
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw both pictures, each with its mean attention and each view's evidence for the match.

    Evidence is summed over heads, attention averaged. Each attention map is scaled by itself; all
    evidence is on one scale, that of the strongest position in any view of the two. The second
    picture stands to the right of the first, or below it where that would be too wide.

    Args:
        query: the first.
        match: the second.
        said: how similar the two are and what follows, in a sentence.
        right: whether the two are the same individual; None where unknown.
        title: one line above everything.
        tile: longer side of each picture in layout units, each two pixels.
        below: put the second picture below the first, however narrow the two are.
    """
    sides = (query, match)
    plans = [_lay_out(side, tile) for side in sides]
    inner = sum(plan.width for plan in plans) + APART
    stacked = below or inner > _WIDEST
    if stacked:
        inner = max(plan.width for plan in plans)
    lines = wrap_text(said, 12, inner)
    head = 22.0 * bool(title) + 17.0 * len(lines) + 17.0 * (right is not None) + 9.0
    tallest = max(plan.extent.height for plan in plans)
    tiles = [plan.extent.height if stacked else tallest for plan in plans]
    heights = [
        _HEAD + down + plan.below + _LINE * len(side.captions)
        for side, plan, down in zip(sides, plans, tiles, strict=True)
    ]
    tall = sum(heights) + APART / 2 if stacked else max(heights)
    canvas = Canvas(inner + 2 * MARGIN, 2 * MARGIN + head + tall)
    _write_head(canvas, title, lines, right, inner)
    peak = _peak(sides)
    x, y = MARGIN, MARGIN + head
    for side, plan, down, height in zip(sides, plans, tiles, heights, strict=True):
        _draw_side(canvas, side, (x, y), plan, down, peak)
        x, y = (x, y + height + APART / 2) if stacked else (x + plan.width + APART, y)
    return canvas.array()


def _lay_out(side: MatchSide, tile: float) -> _Layout:
    extent = tile_extent(side.picture, tile)
    column = max(extent.width, NARROWEST)
    views = 0 if side.evidence is None else len(side.evidence)
    width = (2 + views) * (column + GAP) - GAP
    return _Layout(extent, column, width, 56.0 if views else 26.0)


def _peak(sides: Sequence[MatchSide]) -> float:
    """The largest size of evidence at any position of any view, summed over heads."""
    maps = [side.evidence.sum(axis=1) for side in sides if side.evidence is not None]
    sizes = [float(np.abs(each[np.isfinite(each)]).max(initial=0.0)) for each in maps]
    return max(sizes, default=0.0)


def _write_head(
    canvas: Canvas, title: str, lines: Sequence[str], right: bool | None, width: float
) -> None:
    if title:
        canvas.text((MARGIN, MARGIN), title, size=14, bold=True, width=width)
    y = MARGIN + 22 * bool(title)
    canvas.lines((MARGIN, y), lines, 17, size=12, width=width)
    y += 17 * len(lines)
    if right is not None:
        canvas.mark((MARGIN, y + 2), right)
        truth = "the same individual" if right else "another individual"
        canvas.text((MARGIN + 15, y), f"in truth {truth}", size=12, width=width - 15)


def _draw_side(
    canvas: Canvas,
    side: MatchSide,
    place: tuple[float, float],
    plan: _Layout,
    height: float,
    peak: float,
) -> None:
    x, y = place
    extent, step = plan.extent, plan.column + GAP
    corner = y + _HEAD
    below = corner + height + 6
    canvas.text((x, y), side.name, size=13, bold=True, width=plan.width)
    canvas.text((x, y + 21), "picture", size=11, colour=MUTED)
    canvas.paste((x, corner), picture_tile(side.picture, extent))
    canvas.text((x + step, y + 21), "attention", size=11, colour=MUTED)
    attention = attention_overlay(side.picture, side.attention.mean(axis=0), extent.pixels)
    canvas.paste((x + step, corner), attention)
    scale_legend(canvas, (x + step, below), HEAT, ("none", "peak"))
    if side.evidence is not None:
        _draw_evidence(canvas, side, side.evidence, (x + 2 * step, corner), plan, below, peak)
    lower = (x, below + plan.below - 6)
    canvas.lines(lower, side.captions, _LINE, size=11, colour=MUTED, width=plan.width)


def _draw_evidence(
    canvas: Canvas,
    side: MatchSide,
    evidence: Float[np.ndarray, "views heads rows columns"],
    place: tuple[float, float],
    plan: _Layout,
    below: float,
    peak: float,
) -> None:
    """A tile for each view with the sum of all that is shown on it; then the constant."""
    x, corner = place
    names = VIEWS[: len(evidence)]
    for number, (name, view) in enumerate(zip(names, evidence, strict=True)):
        left = x + number * (plan.column + GAP)
        heading = "evidence" if len(evidence) == 1 else f"evidence, {name}"
        canvas.text((left, corner - 19), heading, size=11, colour=MUTED)
        overlay = evidence_overlay(side.picture, view.sum(axis=0), plan.extent.pixels, peak)
        canvas.paste((left, corner), overlay)
        total = float(np.nan_to_num(view).sum())
        canvas.text((left, below + _LINE), f"{name} {total:+.3f}", size=10, colour=MUTED)
    scale_legend(canvas, (x, below), SIGNED, ("apart", "alike"))
    words = f"constant {side.constant:+.3f}"
    canvas.text((x, below + 2 * _LINE), words, size=10, colour=MUTED)
