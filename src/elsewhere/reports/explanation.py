"""Where models looked in somebody's pictures and what they used: panels and the page of them."""

import base64
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from elsewhere.reports.pages import render
from elsewhere.reports.predictions import Prediction, Ranked, runners_up
from elsewhere.reports.wording import percent
from elsewhere.visualization.comparison import Look, comparison_panel
from elsewhere.visualization.panel import explanation_panel
from elsewhere.visualization.tiles import Box

Sheet = UInt8[np.ndarray, "tall wide 3"]
EMBEDDED = 60
"""Pictures that a page carries; of more it would grow too large to open."""
_MARGIN = 24


@dataclass(frozen=True)
class Explained:
    """What one model did with one picture.

    Attributes:
        model: its name.
        picture: what it saw, values in 0..1.
        prediction: its answer.
        target: the class that the evidence is for, and its probability.
        unsure_below: probability under which it calls an answer unsure.
        attention: maps A, not negative.
        evidence: signed share of the target's logit by head and position; None where the model
            has none.
        box: drawn from the attention, xyxy in pixels of `picture`.
    """

    model: str
    picture: Float[np.ndarray, "3 height width"]
    prediction: Prediction
    target: Ranked
    unsure_below: float
    attention: Float[np.ndarray, "heads rows columns"]
    evidence: Float[np.ndarray, "heads rows columns"] | None
    box: Box

    @property
    def of_another_class(self) -> bool:
        """Whether the evidence is for another class than the one predicted."""
        return self.target.name != self.prediction.ranked[0].name


def draw_panel(looks: Sequence[Explained]) -> Sheet:
    """The panel of one picture: one model with all its heads, or several models side by side.

    Models that see other parts of the picture (another crop) stand below each other, each with
    the part that it sees.
    """
    if len(looks) == 1:
        return _single(looks[0])
    if len({look.picture.shape for look in looks}) == 1:
        return comparison_panel(looks[0].picture, [_look(look) for look in looks])
    return _below_each_other([comparison_panel(look.picture, [_look(look)]) for look in looks])


def describe(look: Explained, *, model: bool) -> list[str]:
    """The answer in words, a line each: what it is, what else it might be, what is drawn.

    Args:
        look: what the model did.
        model: whether to name it.
    """
    first = look.prediction.ranked[0]
    answer = f"{first.name}, {percent(first.probability)} %"
    if look.prediction.unsure:
        answer += f" (unsure: below {percent(look.unsure_below)} %)"
    lines = [f"{look.model}: {answer}" if model else answer]
    rest = runners_up(look.prediction, 3)
    if rest:
        lines.append(f"then {rest}")
    if look.evidence is not None and look.of_another_class:
        target, probability = look.target
        lines.append(f"evidence drawn for {target}, {percent(probability)} %")
    return lines


def panel_names(places: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """A file name for each picture's panel, by the picture's own, no two alike on any system."""
    taken: set[str] = set()
    names = []
    for place in places:
        stem = place.with_suffix("")
        numbered = (stem.with_name(f"{stem.name}-{number}.png") for number in itertools.count(2))
        first = (stem.with_name(f"{stem.name}.png"), place.with_name(f"{place.name}.png"))
        for name in itertools.chain(first, numbered):
            key = unicodedata.normalize("NFC", str(name)).casefold()
            if key not in taken:
                taken.add(key)
                names.append(name)
                break
    return names


def encode_panel(panel: Sheet) -> bytes:
    """A panel as PNG, for its file and for the page alike."""
    buffer = BytesIO()
    Image.fromarray(panel).save(buffer, "PNG")
    return buffer.getvalue()


def page_section(name: str, looks: Sequence[Explained], png: bytes) -> str:
    """One picture's part of the page, as HTML; it carries the panel."""
    words = "; ".join(line for look in looks for line in describe(look, model=len(looks) > 1))
    address = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return render("explained_image", name=name, words=words, address=address)


def explanation_page(
    models: Sequence[str],
    sections: Sequence[str],
    *,
    total: int,
    notes: Sequence[str] = (),
    unread: Sequence[Prediction] = (),
) -> str:
    """The page of all panels.

    Args:
        models: their names.
        sections: of each picture, as `page_section` makes them.
        total: how many pictures were explained.
        notes: remarks, a sentence each.
        unread: pictures that could not be read.
    """
    return render(
        "explanation",
        verb="explain",
        title="Where it looks, and what it uses",
        lead=", ".join(models),
        sections=sections,
        total=total,
        notes=notes,
        unread=unread,
    )


def _single(look: Explained) -> Sheet:
    return explanation_panel(
        look.picture,
        look.attention,
        look.evidence,
        predicted_box=look.box,
        title=PurePosixPath(look.prediction.file).name,
        captions=describe(look, model=False),
    )


def _look(look: Explained) -> Look:
    first = look.prediction.ranked[0]
    aside = f", evidence for {look.target.name}" if look.of_another_class else ""
    return Look(
        name=f"{look.model}{aside if look.evidence is not None else ''}",
        attention=look.attention,
        evidence=look.evidence,
        predicted=f"{first.name} (unsure)" if look.prediction.unsure else first.name,
        confidence=first.probability,
        box=look.box,
    )


def _below_each_other(sheets: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> Sheet:
    width = max(sheet.shape[1] for sheet in sheets)
    padded = [
        np.pad(sheet, ((0, _MARGIN), (0, width - sheet.shape[1]), (0, 0)), constant_values=255)
        for sheet in sheets
    ]
    return np.concatenate(padded)
