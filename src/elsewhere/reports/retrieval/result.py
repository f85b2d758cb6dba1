"""`result.json` of a re-identification run: all that it measured, as one typed document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from elsewhere.errors import DataError
from elsewhere.reports.documents import (
    FORMAT,
    check_document,
    finite,
    read_document,
)
from elsewhere.reports.files import write_atomically
from elsewhere.reports.result import Training
from elsewhere.structures import RetrievalVector


class DrawSpread(TypedDict):
    """Sample standard deviation over the draws of a protocol."""

    mAP: float
    rank1: float


class VectorScore(TypedDict):
    """How well queries found their own by one vector; shares in 0..1.

    Of several draws, the means. Intervals are of 95 %, by resampling whole identities; null where
    fewer than two have a query with a match. `cmc` names ranks 1, 5, 10 and 20, as far as they
    exist; `cmc_curve` has every rank that was counted.
    """

    mAP: float | None
    mAP_interval: list[float | None]
    mINP: float | None
    cmc: dict[str, float]
    cmc_curve: list[float]
    rank1_interval: list[float | None]
    spread: DrawSpread | None


class Rates(TypedDict):
    """What one threshold on the cosine does to pairs; shares in 0..1."""

    threshold: float
    false_positive_rate: float
    true_positive_rate: float


class Verification(TypedDict):
    """Known or new, over pairs of pictures.

    `rates` are those reached at false positive rates of "0.1", "0.01" and "0.001", null where
    there were too few pairs; `calibrated` is what the network's own threshold does here, null
    where it has none; `curve` holds pairs of false and true positive rate.
    """

    same: int
    different: int
    area: float
    equal_error_rate: float
    rates: dict[str, Rates | None]
    calibrated: Rates | None
    curve: list[list[float]]


class WorstQuery(TypedDict):
    """A query that found its own late: its picture, and the rank of its first match."""

    path: str
    identity: str
    average_precision: float
    first_match: int


class SetResult(TypedDict):
    """What was measured on one test set, under one protocol.

    Of several draws, the counts are those of the first.
    """

    protocol: str
    queries: int
    gallery: int
    identities: int
    without_match: int
    draws: int
    vectors: dict[RetrievalVector, VectorScore]
    reranked: VectorScore | None
    verification: Verification | None
    worst: list[WorstQuery]


class RetrievalResult(TypedDict):
    """One run: one recipe, one method, one seed.

    `identities` are those trained on; `selected_on` says by what the checkpoint was chosen, null
    where the last one was taken.
    """

    format: int
    task: Literal["reidentification"]
    recipe: str
    method: str
    seed: int
    versions: dict[str, str]
    identities: int
    training: Training
    selected_on: str | None
    retrieval_vector: RetrievalVector
    mirror: bool
    metric: str
    sets: dict[str, SetResult]


def write_retrieval_result(path: Path, result: Mapping[str, Any]) -> Path:
    """Write a run's result atomically, with its format version and task.

    A number that is not finite is written as null, since JSON has no other word for it.

    Raises:
        DataError: a part is missing or of another type, or `format` or `task` is another one.
        ElsewhereError: the file cannot be written.
    """
    named = {"format": FORMAT, "task": "reidentification"}
    document = {**named, **cast("dict[str, Any]", finite(dict(result)))}
    _check(document, str(path))
    return write_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read_retrieval_result(path: Path) -> RetrievalResult:
    """Read a run's result.

    Raises:
        DataError: the file is missing, no JSON, of another format version, of another task or
            incomplete.
    """
    document = read_document(path)
    _check(document, str(path))
    return cast(RetrievalResult, document)


_PARTS: dict[str, type | tuple[type, ...]] = {
    "recipe": str,
    "method": str,
    "seed": int,
    "versions": dict,
    "identities": int,
    "training": dict,
    "selected_on": (str, type(None)),
    "retrieval_vector": str,
    "mirror": bool,
    "metric": str,
    "sets": dict,
}
_SET_PARTS: dict[str, type | tuple[type, ...]] = {
    "protocol": str,
    "queries": int,
    "gallery": int,
    "identities": int,
    "without_match": int,
    "draws": int,
    "vectors": dict,
    "reranked": (dict, type(None)),
    "verification": (dict, type(None)),
    "worst": list,
}
_SCORE_PARTS: dict[str, type | tuple[type, ...]] = {
    "mAP": (float, int, type(None)),
    "mAP_interval": list,
    "mINP": (float, int, type(None)),
    "cmc": dict,
    "cmc_curve": list,
    "rank1_interval": list,
    "spread": (dict, type(None)),
}


def _check(document: object, where: str) -> None:
    content = check_document(document, where, "reidentification")
    _check_parts(content, _PARTS, where)
    for name, measured in content["sets"].items():
        inside = f"{where}: set {name!r}"
        _check_parts(measured, _SET_PARTS, inside)
        if content["retrieval_vector"] not in measured["vectors"]:
            raise DataError(
                f"{inside} is incomplete: no score of the run's own vector, "
                f"{content['retrieval_vector']!r}"
            )
        for vector, score in measured["vectors"].items():
            _check_parts(score, _SCORE_PARTS, f"{inside}, vector {vector!r}")
        if measured["reranked"] is not None:
            _check_parts(measured["reranked"], _SCORE_PARTS, f"{inside}, re-ranked")


def _check_parts(content: object, parts: Mapping[str, type | tuple[type, ...]], where: str) -> None:
    if not isinstance(content, dict):
        raise DataError(f"{where} is incomplete: it is no object")
    for part, kind in parts.items():
        if part not in content or not isinstance(content[part], kind):
            raise DataError(f"{where} is incomplete: `{part}` is missing or of another type")
