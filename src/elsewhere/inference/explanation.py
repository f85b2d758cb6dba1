"""Where models looked in an image, and what they used of it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image

from elsewhere.data.inputs import InputBatch, InputImage, seen_image
from elsewhere.errors import DataError
from elsewhere.functional.region import attention_to_box
from elsewhere.inference.prediction import class_probabilities, name_classes, unsure_below
from elsewhere.models import AttentionNetwork
from elsewhere.reports.predictions import runners_up
from elsewhere.reports.wording import percent
from elsewhere.structures import ClassProbability, Prediction, Preprocessing
from elsewhere.visualization.canvas import Canvas
from elsewhere.visualization.comparison import Look, comparison_panel
from elsewhere.visualization.panel import explanation_panel
from elsewhere.visualization.sheet import grid
from elsewhere.visualization.tiles import Box, Sheet

TOP = 4
"""Classes that an explanation names."""
_MARGIN = 24


@dataclass(frozen=True, eq=False)
class Explanation:
    """What one model did with one image; in a notebook it shows its panel.

    Attributes:
        model: its name.
        prediction: its answer; it says so where the image could not be read, and all else is empty.
        target: the class that the evidence is for, and its probability.
        unsure_below: probability under which it calls an answer unsure; None where every one is.
        image: the part that it saw, values in 0..1.
        attention: maps A, not negative.
        evidence: signed share of the target's logit by head and position; None where the model
            has none.
        box: drawn from the attention, xyxy in pixels of `image`, right and bottom exclusive.

    Examples:
        >>> model = elsewhere.open_model("runs/folder/seed-0")
        >>> (look,) = model.explain("a.jpg")
        >>> look.attention.ndim, look.evidence.shape == look.attention.shape
        (3, True)
        >>> look.panel().mode
        'RGB'
    """

    model: str
    prediction: Prediction
    target: ClassProbability
    unsure_below: float | None
    image: Float[np.ndarray, "3 height width"]
    attention: Float[np.ndarray, "heads rows columns"]
    evidence: Float[np.ndarray, "heads rows columns"] | None
    box: Box

    @property
    def problem(self) -> str:
        """Why the image was not read; empty where it was."""
        return self.prediction.problem

    @property
    def of_another_class(self) -> bool:
        """Whether the evidence is for another class than the one predicted; none if not read."""
        return not self.problem and self.target.name != self.prediction.ranked[0].name

    def panel(self) -> Image.Image:
        """Input, evidence and attention side by side, and every head's map below."""
        if self.problem:
            canvas = Canvas(480, 40)
            words = f"{self.prediction.file}: {describe(self, False)[0]}"
            canvas.text((_MARGIN, 14), words, width=480 - 2 * _MARGIN)
            return Image.fromarray(canvas.array())
        return Image.fromarray(draw_panel([self]))

    def as_dict(self) -> dict[str, Any]:
        """Plain values: the prediction, and unless it was not read, maps as lists of rows."""
        said = self.prediction.as_dict()
        if self.problem:
            return said
        evidence = None if self.evidence is None else self.evidence.tolist()
        name, likely = self.target
        return said | {
            "target": {"class": name, "probability": likely if math.isfinite(likely) else None},
            "attention": self.attention.tolist(),
            "evidence": evidence,
            "box": list(self.box),
        }

    def _repr_png_(self) -> bytes | None:
        shown: bytes | None = self.panel()._repr_png_()
        return shown


def draw_panel(looks: Sequence[Explanation]) -> Sheet:
    """The panel of one image: one model with all its heads, or several models side by side.

    Models that see other parts of the image (another crop) stand below each other, each with
    the part that it sees.
    """
    if len(looks) == 1:
        return _single(looks[0])
    if len({look.image.shape for look in looks}) == 1:
        return comparison_panel(looks[0].image, [_shown(look) for look in looks])
    return grid([comparison_panel(look.image, [_shown(look)]) for look in looks])


def describe(look: Explanation, model: bool) -> list[str]:
    """The answer in words, a line each: what it is, what else it might be, what is drawn.

    With `model`, the model is named. Of an image that was not read it says why.
    """
    if look.problem:
        why = f"not read: {look.problem}"
        return [f"{look.model}: {why}" if model else why]
    first = look.prediction.ranked[0]
    answer = f"{first.name}, {percent(first.probability)} %"
    if look.prediction.unfamiliar:
        answer += " (unlike anything trained on)"
    elif look.prediction.unsure and look.unsure_below is None:
        answer += " (unsure: no promise can be made)"
    elif look.prediction.unsure:
        answer += f" (unsure: below {percent(look.unsure_below)} %)"
    lines = [f"{look.model}: {answer}" if model else answer]
    rest = runners_up(look.prediction, 3)
    if rest:
        lines.append(f"then {rest}")
    if look.evidence is not None and look.of_another_class:
        target, probability = look.target
        lines.append(f"evidence drawn for {target}, {percent(probability)} %")
    return lines


def explanations_of(
    network: AttentionNetwork,
    preprocessing: Preprocessing,
    batches: Iterator[InputBatch],
    target: int | None,
    name: str,
) -> Iterator[Explanation]:
    """One explanation an image, in order."""
    for batch in batches:
        looked = _look(network, batch, target) if batch.read else {}
        for row, image in enumerate(batch.inputs):
            if row in looked:
                yield _explained(network, preprocessing, looked[row], image, name)
            else:
                yield _unread(name, Prediction(image.name, problem=batch.problems[row]))


@dataclass(frozen=True, eq=False)
class _Looked:
    """What a model made of an image, the image itself not yet opened to be shown."""

    prediction: Prediction
    target: ClassProbability
    attention: torch.Tensor
    evidence: torch.Tensor | None


@torch.inference_mode()
def _look(network: AttentionNetwork, batch: InputBatch, target: int | None) -> dict[int, _Looked]:
    output = network(batch.images)
    probabilities = class_probabilities(output.logits, network.calibration)
    files = [batch.inputs[row].name for row in batch.read]
    predictions = name_classes(network, files, output, output.logits, TOP)
    targets = (
        output.logits.argmax(dim=1)
        if target is None
        else torch.full_like(batch.images[:, 0, 0, 0], target, dtype=torch.long)
    )
    evidence = network.evidence(output, targets).cpu() if network.pooling == "average" else None
    attention = output.attention.float().cpu()
    return {
        row: _Looked(
            predictions[place],
            ClassProbability(network.class_names[chosen], float(probabilities[place, chosen])),
            attention[place],
            None if evidence is None else evidence[place],
        )
        for place, (row, chosen) in enumerate(zip(batch.read, targets.tolist(), strict=True))
    }


def _explained(
    network: AttentionNetwork,
    preprocessing: Preprocessing,
    looked: _Looked,
    image: InputImage,
    name: str,
) -> Explanation:
    try:
        seen = seen_image(image.source, preprocessing)
    except DataError as error:  # it was there a moment ago
        return _unread(name, Prediction(image.name, problem=str(error)))
    size = (seen.shape[1], seen.shape[2])
    left, top, right, bottom = attention_to_box(looked.attention[None], size=size)[0].tolist()
    return Explanation(
        model=name,
        prediction=looked.prediction,
        target=looked.target,
        unsure_below=unsure_below(network),
        image=seen,
        attention=looked.attention.numpy(),
        evidence=None if looked.evidence is None else looked.evidence.numpy(),
        box=(left, top, right, bottom),
    )


def _unread(name: str, prediction: Prediction) -> Explanation:
    nothing = np.zeros((0, 0, 0), np.float32)
    return Explanation(
        model=name,
        prediction=prediction,
        target=ClassProbability("", float("nan")),
        unsure_below=0.0,
        image=np.zeros((3, 0, 0), np.float32),
        attention=nothing,
        evidence=None,
        box=(0.0, 0.0, 0.0, 0.0),
    )


def _single(look: Explanation) -> Sheet:
    return explanation_panel(
        look.image,
        look.attention,
        look.evidence,
        predicted_box=look.box,
        title=PurePosixPath(look.prediction.file).name,
        captions=describe(look, False),
    )


def _shown(look: Explanation) -> Look:
    first = look.prediction.ranked[0]
    aside = f", evidence for {look.target.name}" if look.of_another_class else ""
    return Look(
        name=f"{look.model}{aside if look.evidence is not None else ''}",
        attention=look.attention,
        evidence=look.evidence,
        predicted=f"{first.name} ({look.prediction.mark})" if look.prediction.mark else first.name,
        confidence=first.probability,
        box=look.box,
    )
