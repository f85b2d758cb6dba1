"""`result.json`: all that a run measured, as one typed document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

from elsewhere.errors import DataError
from elsewhere.reports.documents import FORMAT, check_document, finite, read_document
from elsewhere.reports.files import write_atomically


class Accuracy(TypedDict):
    """Shares of the images, 0..1, whose class was the first, or among the first five answers."""

    top1: float
    top5: float


class Effect(TypedDict):
    """Mean gain of the true class over the counterfactual (eq. 5)."""

    logit: float
    probability: float


class Localization(TypedDict):
    """Where attention and evidence lie, over the images whose box is known.

    Overlaps are by threshold; the padded ones have a tenth of the side as room around the
    attention's box.
    """

    images: int
    iou: dict[str, float]
    iou_padded: dict[str, float]
    attention_inside: float
    evidence_inside: float | None
    box_area: float


class Calibration(TypedDict):
    """Expected calibration error, before and after dividing logits by a temperature."""

    error: float
    temperature: float
    error_after: float | None


ClassAccuracy = TypedDict("ClassAccuracy", {"class": str, "images": int, "top1": float})
"""One class, its images and the share of them answered right."""


class Confusion(TypedDict):
    """How many images of one class were taken for another."""

    true: str
    predicted: str
    images: int


class SplitResult(TypedDict):
    """What was measured on one split."""

    images: int
    accuracy: dict[str, Accuracy]
    balanced_accuracy: float
    per_class: list[ClassAccuracy]
    confusions: list[Confusion]
    effect: Effect | None
    localization: Localization | None
    calibration: Calibration | None


class Training(TypedDict):
    """How long the run was."""

    epochs: int
    steps: int
    seconds: float
    images: int


class EffectProtocol(TypedDict):
    """How the effect was measured."""

    intervention: str
    draws: int
    seed: int


class Protocol(TypedDict):
    """How the run was measured; `selected_on` is null where the last checkpoint was taken."""

    views: list[str]
    effect: EffectProtocol | None
    selected_on: str | None


class RunResult(TypedDict):
    """One run: one recipe, one method, one seed."""

    format: int
    recipe: str
    method: str
    seed: int
    versions: dict[str, str]
    classes: list[str]
    training: Training
    protocol: Protocol
    splits: dict[str, SplitResult]


def write_result(path: Path, result: Mapping[str, Any]) -> Path:
    """Write a run's result atomically, with its format version.

    A number that is not finite is written as null, since JSON has no other word for it.

    Raises:
        DataError: a part is missing or of another type, or `format` is not this package's.
        ElsewhereError: the file cannot be written.
    """
    document = {"format": FORMAT, **cast("dict[str, Any]", finite(dict(result)))}
    _check(document, str(path))
    return write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read_result(path: Path) -> RunResult:
    """Read a run's result.

    Raises:
        DataError: the file is missing, no JSON, of another format version, of another task or
            incomplete.
    """
    document = read_document(path)
    _check(document, str(path))
    return cast(RunResult, document)


_PARTS: dict[str, type | tuple[type, ...]] = {
    "recipe": str,
    "method": str,
    "seed": int,
    "versions": dict,
    "classes": list,
    "training": dict,
    "protocol": dict,
    "splits": dict,
}


def _check(document: object, where: str) -> None:
    content = check_document(document, where, "classification")
    for part, kind in _PARTS.items():
        if not isinstance(content.get(part), kind):
            raise DataError(f"{where} is incomplete: `{part}` is missing or of another type")
    for name, split in content["splits"].items():
        good = isinstance(split, dict) and isinstance(split.get("images"), int)
        if not (good and isinstance(split.get("accuracy"), dict)):
            raise DataError(f"{where} is incomplete: split {name!r} needs `images` and `accuracy`")
