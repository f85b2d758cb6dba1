"""What the backbone does before it is trained on these images: what a score stands against.

Measured once, before the first step of a training, and kept in the run's folder for every test.
"""

import time
from collections.abc import Iterator
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.image_data import ImageData
from elsewhere.data.records import RecordTable
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.errors import DataError, ModelError
from elsewhere.files.writing import write_atomically
from elsewhere.reports.documents import as_json, read_document
from elsewhere.reports.grounds import Untrained
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.class_means import PER_CLASS, look_at, mean_by_class, some_of_each
from elsewhere.runs.features import tested_features
from elsewhere.tasks.scoring import mean_score, score

UNTRAINED = "untrained.json"


def measure_untrained(run: BuiltRun) -> None:
    """Score the backbone as it was given, and write that beside the run.

    Its features are averaged over positions and brought to length one. Individuals are ranked by
    them under the run's own protocols; an image gets the class whose mean, over at most
    `PER_CLASS` training images, is nearest.
    """
    started = time.monotonic()
    images, scores = 0, {}
    individuals = isinstance(run.data, ReidentificationData)
    with tested_features(run):
        for name, table, figures in (_retrieval if individuals else _classification)(run):
            scores[name] = {"images": len(table), **figures}
            images += len(table)
    found = {
        "how": _HOW[individuals],
        "images": images,
        "seconds": round(time.monotonic() - started, 1),
        "scores": scores,
    }
    write_atomically(run.folder / UNTRAINED, as_json(found))


_HOW = {
    True: "ranked by the untrained backbone's mean features",
    False: f"nearest class mean ({PER_CLASS} training images of each at most) of the untrained "
    "backbone's mean features",
}

Scored = Iterator[tuple[str, RecordTable, dict[str, float]]]


def read_untrained(run: BuiltRun) -> Untrained | None:
    """What was measured before training; None where nothing was."""
    try:
        found = read_document(run.folder / UNTRAINED)
    except DataError:
        return None
    return cast(Untrained, found) if isinstance(found, dict) and "scores" in found else None


def untrained_score(untrained: Untrained | None, name: str, images: int) -> dict[str, Any] | None:
    """The score of one split or set; None where it was not of these images."""
    found = untrained["scores"].get(name) if untrained else None
    return found if found and found["images"] == images else None


def _classification(run: BuiltRun) -> Scored:
    data = cast(ImageData, run.data)
    train = some_of_each(data.table.split("train"))
    means = mean_by_class(_each(run, train), len(data.class_names))
    yield "train", train, {}
    for name in dict.fromkeys(("val", *data.test_splits)):
        if name in data.table.splits:
            table = data.table.split(name)
            guesses = (mean_features(run, table) @ means.T).argmax(dim=1)
            right = guesses == torch.tensor(table.labels)
            yield name, table, {"top1": float(right.double().mean())}


def _retrieval(run: BuiltRun) -> Scored:
    data = cast(ReidentificationData, run.data)
    for name, tested in data.test_sets.items():
        try:
            mean_precision, first = mean_score(score(mean_features(run, tested.table), tested))
        except ModelError:  # drawn at random, a backbone may answer with zeros
            continue
        yield name, tested.table, {"mAP": mean_precision, "rank1": first}


def mean_features(run: BuiltRun, table: RecordTable) -> Float[Tensor, "images channels"]:
    """The backbone's features of each image, averaged over positions, of length one."""
    return torch.cat([features for features, _ in _each(run, table)])


def _each(run: BuiltRun, table: RecordTable) -> Iterator[tuple[Tensor, Tensor]]:
    for answer, labels in look_at(run, table):
        features = answer.features.mean(dim=(2, 3)).float().cpu()
        yield torch.nn.functional.normalize(features), labels
