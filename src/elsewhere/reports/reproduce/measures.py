"""From a run's `result.json` to the numbers of a table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elsewhere.reports.documents import read_document, task_of
from elsewhere.reports.reproduce.sets import measure_of, set_of
from elsewhere.reports.result import RunResult, read_result
from elsewhere.reports.retrieval.result import RetrievalResult, read_retrieval_result

MIOU_THRESHOLD = 0.3
"""Share of the attention's maximum that the box of Table 5 is drawn round: ours, before any run."""

AnyResult = RunResult | RetrievalResult


def read_any_result(path: Path) -> AnyResult:
    """Read the result of a run of either task.

    Raises:
        DataError: the file is missing, of another format version, or incomplete.
    """
    kind = task_of(read_document(path))
    return read_retrieval_result(path) if kind == "reidentification" else read_result(path)


def measured(result: AnyResult, column: str, threshold: float = MIOU_THRESHOLD) -> float | None:
    """What a run measured for a column, as a fraction in 0..1; None where it did not.

    Accuracy is that of all views together (section 4.1), Rank-k and mAP those of the run's own
    retrieval vector.

    Args:
        result: of one run.
        column: set and measure, such as "cub/miou".
        threshold: share of the attention's maximum, of a mIoU.
    """
    document: Any = result
    if measure_of(column) in ("top1", "miou"):
        split = document.get("splits", {}).get("test")
        if split is None:
            return None
        return _accuracy(split) if measure_of(column) == "top1" else _overlap(split, threshold)
    return _retrieval(document, set_of(column), measure_of(column))


def overlaps(result: AnyResult) -> Mapping[str, Mapping[float, float]]:
    """The sweep of thresholds: mean overlap of plain boxes, and of boxes with some room around."""
    document: Any = result
    place = document.get("splits", {}).get("test", {}).get("localization")
    if place is None:
        return {}
    return {
        name: {float(at): float(value) for at, value in place[key].items()}
        for name, key in (("plain", "iou"), ("padded", "iou_padded"))
        if place.get(key)
    }


def _accuracy(split: Mapping[str, Any]) -> float | None:
    seen = split["accuracy"]
    shares = seen.get("together") or seen.get("raw")
    return None if shares is None else float(shares["top1"])


def _overlap(split: Mapping[str, Any], threshold: float) -> float | None:
    place = split.get("localization")
    if place is None:
        return None
    for at, value in place["iou"].items():
        if abs(float(at) - threshold) < 1e-9:
            return float(value)
    return None


def _retrieval(document: Mapping[str, Any], name: str, measure: str) -> float | None:
    tested = document.get("sets", {}).get(name)
    if tested is None:
        return None
    measure, _, vector = measure.partition("-")
    score = tested["vectors"].get(vector or document["retrieval_vector"])
    if score is None:
        return None
    if measure == "mAP":
        return None if score["mAP"] is None else float(score["mAP"])
    rank = measure.removeprefix("rank")
    return float(score["cmc"][rank]) if rank in score["cmc"] else None
