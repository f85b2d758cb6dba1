"""From answers to what the page shows: pieces of HTML that carry their pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from elsewhere.data.inputs import seen_image
from elsewhere.description import Calibration, Prediction, Preprocessing
from elsewhere.errors import DataError
from elsewhere.reports.found import conclusion
from elsewhere.reports.pages import png_address, render
from elsewhere.reports.predictions import promise_note
from elsewhere.reports.wording import percent
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.panel import head_shares
from elsewhere.visualization.tiles import picture_tile, thumbnail, tile_extent

if TYPE_CHECKING:
    from elsewhere.gallery.searching import FoundElsewhere
    from elsewhere.inference import Explanation
    from elsewhere.inference.counterfactual import Counterfactual, CounterfactualVector
    from elsewhere.inference.embedder import Embedder
    from elsewhere.retrieval.answers import Answer, Found

_TILE, _SHOWN = 192.0, 5
_NOTHING = "Drop an image, and the answer stands here."
_UNDER = (
    "Features stay as they are; only where the network looks is replaced, do(A = Ā). Probabilities "
    "are calibrated for the learned attention; under another one nothing was measured."
)

_UNDER_ALIKE = (
    "Features stay as they are; only where the network looks is replaced, do(A = Ā), and the "
    "vector with it. The gallery's vectors stay. What a similarity promises was measured for the "
    "learned attention; under another one nothing was."
)


def show_nothing(problem: str = "") -> str:
    """Before there is an image, or where it cannot be taken."""
    return render("app_answer", problem=problem, rows=[], said="", note=_NOTHING)


def show_answer(prediction: Prediction, calibration: Calibration | None) -> str:
    """The likeliest classes, and what the first of them promises."""
    first = prediction.ranked[0]
    said = f"{first.name}, {percent(first.probability)} %"
    if prediction.mark:
        said += f" – {prediction.mark}"
    rows = [(each.name, _share(each.probability), f"{percent(each.probability)} %")
            for each in prediction.ranked]  # fmt: skip
    note = promise_note(calibration)
    return render("app_answer", problem="", rows=rows, said=said, note=note)


def show_maps(look: "Explanation", head: int) -> str:
    """The image, attention and evidence; of all heads together, or of one from 1 on."""
    size = tile_extent(look.image, _TILE)
    each = slice(None) if head == 0 else slice(head - 1, head)
    whose = "all heads" if head == 0 else f"head {head}"
    heat = attention_overlay(look.image, look.attention[each].mean(axis=0), size.pixels)
    pictures = [
        ("Image", "as the network saw it", picture_tile(look.image, size)),
        ("Attention", f"where it may look, {whose}", heat),
    ]
    if look.evidence is not None:
        words = f"what it used for {look.target.name}, {whose}"
        if head:
            words += f", {100 * head_shares(look.evidence)[head - 1]:+.0f} % of all"
        drawn = evidence_overlay(look.image, look.evidence[each].sum(axis=0), size.pixels)
        pictures.append(("Evidence", f"{words}: orange for it, blue against", drawn))
    return render("app_maps", pictures=pictures)


def show_change(changed: "Counterfactual", elsewhere: str) -> str:
    """The answer under both attentions, side by side; `elsewhere` names the other one, in words."""
    before, after = changed.factual, changed.counterfactual
    order = np.argsort(-np.maximum(before, after), kind="stable")[:_SHOWN]
    rows = [
        (changed.class_names[row], _share(before[row]), _share(after[row]),
         (f"{percent(before[row])} %", f"{percent(after[row])} %"))
        for row in order
    ]  # fmt: skip
    pictures = _both_attentions(changed, elsewhere)
    return render("app_change", said=_said(changed), pictures=pictures, rows=rows, note=_UNDER)


def _both_attentions(
    changed: "Counterfactual | CounterfactualVector", elsewhere: str
) -> list[tuple[str, str, UInt8[np.ndarray, "tall wide 3"]]]:
    size = tile_extent(changed.image, 168)
    learned, other = (
        attention_overlay(changed.image, maps.mean(axis=0), size.pixels)
        for maps in (changed.attention, changed.elsewhere)
    )
    return [
        ("Where it looked", "the learned attention", learned),
        ("Elsewhere", elsewhere, other),
    ]


def _said(changed: "Counterfactual") -> str:
    first = int(changed.factual.argmax())
    name, now = changed.class_names[first], changed.answer
    both = f"{percent(changed.factual[first])} % → {percent(changed.counterfactual[first])} %"
    effect = f"an effect of {100 * changed.effect:+.1f} points"
    if now.name == name:
        return f"Still {name}: {both}, {effect}."
    return f"Now {now.name}, no longer {name}: {both}, {effect}."


def show_found_elsewhere(found: "FoundElsewhere", elsewhere: str) -> str:
    """Who it is under both attentions, side by side; without names, which images.

    `elsewhere` names the other attention, in words.
    """
    vectors, before, after = found
    named = bool(before.individuals or after.individuals)
    sides = [_by_name(each.individuals if named else each.images) for each in (before, after)]
    shown = list(dict.fromkeys(name for side in sides for name in list(side)[:_SHOWN]))
    rows = [
        (name, *(max(_share(side.get(name, 0.0)), 0.0) for side in sides),
         [f"{side[name]:.3f}" if name in side else "not near" for side in sides])
        for name in shown
    ]  # fmt: skip
    said = _said_of_both(sides, vectors.similarity)
    pictures = _both_attentions(vectors, elsewhere)
    return render("app_change", said=said, pictures=pictures, rows=rows, note=_UNDER_ALIKE)


def _by_name(found: "Sequence[Found]") -> dict[str, float]:
    """Similarities, the nearest first."""
    nearest: dict[str, float] = {}
    for each in found:
        nearest.setdefault(each.name or each.place, each.similarity)
    return nearest


def _said_of_both(sides: Sequence[dict[str, float]], similarity: float) -> str:
    own = f"the image's two vectors are {similarity:.3f} alike"
    if not all(sides):
        return f"Nothing to compare with in the gallery; {own}."
    (name, now), (first, after) = ((next(iter(side)), side) for side in sides)
    left = f"{now[name]:.3f} → {after[name]:.3f}" if name in after else f"{now[name]:.3f}"
    if first == name:
        return f"Still {name}: {left}; {own}."
    return f"Now {first} ({after[first]:.3f}), no longer {name} ({left}); {own}."


def show_found(answer: "Answer", model: "Embedder", note: str) -> str:
    """Who it is: the verdict, and the nearest images with their names."""
    made = model.preprocessing
    found = [
        (each.name or "unnamed", f"{each.similarity:.3f}", each.place, _thumbnail(each, made))
        for each in answer.images
    ]
    said = conclusion(answer, model.retrieval)
    if answer.itself:
        said = f"in the gallery itself; by the others {said}"
    return render("app_found", said=said, found=found, note=note)


def show_panel(said: str, panel: Image.Image | None) -> str:
    """A panel of two images; the sentence where there is none."""
    return render("app_panel", said=said, pixels=None if panel is None else np.asarray(panel))


def picture_address(image: Float[np.ndarray, "3 height width"]) -> str:
    """An image to paint on."""
    return png_address(picture_tile(image, tile_extent(image, _TILE)))


def _share(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _thumbnail(found: "Found", made: Preprocessing) -> UInt8[np.ndarray, "tall wide 3"] | None:
    if found.file is None:  # its vector is kept without it, too
        return None
    try:
        return thumbnail(seen_image(found.file, made, 216), 108)
    except DataError:
        return None


def choices(found: "Sequence[Found]") -> list[tuple[str, int]]:
    """Those of the nearest images whose file is there, and their places."""
    return [
        (f"{place}: {each.name or 'unnamed'}, {each.similarity:.3f}", place)
        for place, each in enumerate(found, start=1)
        if each.file is not None
    ]
