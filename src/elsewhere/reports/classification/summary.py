"""From what a test saw of every image to the figures of `result.json`."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from elsewhere.metrics.calibration import calibration_error, fit_temperature, promise
from elsewhere.metrics.classification import (
    balanced_accuracy,
    class_accuracy,
    confusions,
    view_accuracies,
)
from elsewhere.metrics.localization import THRESHOLDS
from elsewhere.models.views import combine_views
from elsewhere.reports.result import Calibration, Effect, Localization, SplitResult
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.structures import Calibration as BundleCalibration
from elsewhere.tasks.evaluation import TestRows


def calibrate(
    rows: TestRows, *, looks: int = 1, series: Sequence[str] | None = None
) -> BundleCalibration:
    """Fit the temperature to the plain view of a validation split, and see what it can promise.

    Args:
        rows: what was seen of the validation split.
        looks: checkpoints of which it chose one.
        series: what each image belongs to, such as a burst.
    """
    logits = rows.logits[:, 0]
    temperature = fit_temperature(logits, rows.labels)
    promised = promise(logits, rows.labels, temperature=temperature, looks=looks, series=series)
    return BundleCalibration(temperature, *promised)


def summarize_split(
    rows: TestRows,
    views: Sequence[str],
    class_names: Sequence[str],
    temperature: float | None = None,
) -> SplitResult:
    """Every figure of one split; the calibration where validation images gave a temperature."""
    together, labels = combine_views(rows.logits), rows.labels
    per_class = class_accuracy(together, labels)
    return {
        "images": len(labels),
        "accuracy": {
            name: {"top1": shares.top1, "top5": shares.top5}
            for name, shares in view_accuracies(rows.logits, labels, views).items()
        },
        "balanced_accuracy": balanced_accuracy(together, labels),
        "per_class": [
            {"class": name, "images": int(count), "top1": float(top1)}
            for name, count, top1 in zip(class_names, *per_class, strict=True)
        ],
        "confusions": [
            {"true": class_names[true], "predicted": class_names[guess], "images": count}
            for true, guess, count in confusions(together, labels, limit=50)
        ],
        "effect": _effect(rows),
        "localization": _localization(rows),
        "calibration": _calibration(rows.logits[:, 0], labels, temperature),
    }


def images_table(
    rows: TestRows, views: Sequence[str], class_names: Sequence[str], paths: Sequence[str]
) -> str:
    """Return one CSV line an image: classes, every view's answer, effect, where it looked."""
    answers = [f"predicted ({view})" for view in (*views, "together")]
    measures = ["effect on logit", "effect on probability", "attention inside", "evidence inside"]
    head = ["path", "class", *answers, "confidence", "true probability", *measures]
    lines: list[list[str]] = [head]
    every = torch.cat([rows.logits, combine_views(rows.logits).unsqueeze(1)], dim=1)
    probabilities = every[:, -1].softmax(1)
    measured = torch.stack(
        [rows.logit_gain, rows.probability_gain, rows.attention_inside, rows.evidence_inside], 1
    )
    for row, path in enumerate(paths):
        label = int(rows.labels[row])
        guesses = [class_names[guess] for guess in every[row].argmax(1).tolist()]
        sure = float(probabilities[row].max()), float(probabilities[row, label])
        numbers = ["" if value != value else f"{value:.6g}" for value in measured[row].tolist()]
        lines.append([path, class_names[label], *guesses, *(f"{p:.6f}" for p in sure), *numbers])
    return csv_text(lines)


def _effect(rows: TestRows) -> Effect | None:
    if rows.logit_gain.isnan().all():
        return None
    return {"logit": _mean(rows.logit_gain), "probability": _mean(rows.probability_gain)}


def _localization(rows: TestRows) -> Localization | None:
    known = ~rows.box_area.isnan()
    if not known.any():
        return None
    evidence = rows.evidence_inside[known]
    return {
        "images": int(known.sum()),
        "iou": _by_threshold(rows.iou[known]),
        "iou_padded": _by_threshold(rows.iou_padded[known]),
        "attention_inside": _mean(rows.attention_inside[known]),
        "evidence_inside": None if evidence.isnan().all() else _mean(evidence),
        "box_area": _mean(rows.box_area[known]),
    }


def _by_threshold(overlaps: Tensor) -> dict[str, float]:
    means = overlaps.double().mean(0).tolist()
    return {f"{at:g}": mean for at, mean in zip(THRESHOLDS, means, strict=True)}


def _calibration(logits: Tensor, labels: Tensor, temperature: float | None) -> Calibration | None:
    if temperature is None:
        return None
    return {
        "error": calibration_error(logits, labels),
        "temperature": temperature,
        "error_after": calibration_error(logits, labels, temperature=temperature),
    }


def _mean(values: Tensor) -> float:
    return cast(float, values.double().nanmean().item())
