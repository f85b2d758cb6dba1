"""`result.json` of either task: all that a run measured, as one typed document."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from elsewhere.description import RetrievalVector
from elsewhere.errors import DataError
from elsewhere.files.writing import write_atomically
from elsewhere.reports.documents import as_json, check_parts, finite, read_document, task_of
from elsewhere.reports.grounds import (
    Against,
    FamiliarityResult,
    OwnThreshold,
    Promise,
    RankingAgainst,
    Untrained,
)

FORMAT = 1
"""The version of the layout that this package reads and writes."""


class Training(TypedDict):
    """How long the run was."""

    epochs: int
    steps: int
    seconds: float
    images: int


class RunFacts(TypedDict):
    """What every result says of its run: one recipe, one method, one seed.

    `data` is a digest of the images that it was tested on; older results have none.
    """

    format: int
    recipe: str
    method: str
    seed: int
    versions: dict[str, str]
    training: Training
    untrained: NotRequired[Untrained | None]
    data: NotRequired[str]


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
    against: NotRequired[Against]


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


class RunResult(RunFacts):
    """A run of classification."""

    classes: list[str]
    protocol: Protocol
    splits: dict[str, SplitResult]
    promise: NotRequired[Promise | None]
    familiarity: NotRequired[FamiliarityResult | None]


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
    """Known or new, over pairs of images.

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
    """A query that found its own late: its image, and the rank of its first match."""

    path: str
    identity: str
    average_precision: float
    first_match: int


class LeftOut(TypedDict):
    """Pairs of a query and a gallery image with the same bytes, of which none was scored."""

    pairs: int
    first: list[list[str]]


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
    against: NotRequired[RankingAgainst]
    copies: NotRequired[LeftOut]


class RetrievalResult(RunFacts):
    """A run of re-identification.

    `identities` are those trained on; `selected_on` says by what the checkpoint was chosen, null
    where the last one was taken; `own_threshold` is null where no individuals were held out for
    validation.
    """

    task: Literal["reidentification"]
    identities: int
    selected_on: str | None
    retrieval_vector: RetrievalVector
    mirror: bool
    metric: str
    sets: dict[str, SetResult]
    own_threshold: NotRequired[OwnThreshold | None]


AnyResult = RunResult | RetrievalResult


def write_result(path: Path, result: Mapping[str, Any]) -> Path:
    """Write the result of either task atomically, with its format version.

    A number that is not finite is written as null, since JSON has no other word for it.

    Raises:
        DataError: a part is missing or of another type, or `format` is not this package's.
        ElsewhereError: the file cannot be written.
    """
    document = {"format": FORMAT, **result}
    _check(finite(document), str(path))
    return write_atomically(path, as_json(document))


def read_result(path: Path) -> AnyResult:
    """Read the result of a run of either task.

    Raises:
        DataError: the file is missing, no JSON, of another format version or incomplete.
    """
    document = read_document(path)
    _check(document, str(path))
    return cast(AnyResult, document)


def run_title(result: RunFacts) -> str:
    """Recipe, method and seed of a run."""
    return f"{result['recipe']} · {result['method']} · seed {result['seed']}"


def _check(document: object, where: str) -> None:
    """Refuse what is no result, of another format, or incomplete."""
    if not isinstance(document, dict) or "format" not in document:
        raise DataError(f"{where} is no result of a run: it has no `format`")
    if document["format"] != FORMAT:
        raise DataError(
            f"{where} has format {document['format']!r}, this version reads {FORMAT}; "
            "run `elsewhere test` again with this version"
        )
    if task_of(document) == "reidentification":
        _check_sets(document, where)
    else:
        _check_splits(document, where)


def _check_splits(document: Any, where: str) -> None:
    check_parts(document, RunResult, where)
    for name, split in document["splits"].items():
        good = isinstance(split, dict) and isinstance(split.get("images"), int)
        if not (good and isinstance(split.get("accuracy"), dict)):
            raise DataError(f"{where} is incomplete: split {name!r} needs `images` and `accuracy`")


def _check_sets(document: Any, where: str) -> None:
    check_parts(document, RetrievalResult, where)
    own = document["retrieval_vector"]
    for name, measured in document["sets"].items():
        inside = f"{where}: set {name!r}"
        check_parts(measured, SetResult, inside)
        if own not in measured["vectors"]:
            raise DataError(f"{inside} is incomplete: no score of the run's own vector, {own!r}")
        for vector, score in measured["vectors"].items():
            check_parts(score, VectorScore, f"{inside}, vector {vector!r}")
        if measured["reranked"] is not None:
            check_parts(measured["reranked"], VectorScore, f"{inside}, re-ranked")
