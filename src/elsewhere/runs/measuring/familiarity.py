"""What a classifier's training images look like to it, and from when on another is unlike them."""

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from elsewhere.data.records import RecordTable
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.class_means import look_at, mean_by_class, some_of_each
from elsewhere.runs.features import known_features
from elsewhere.structures import Familiarity
from elsewhere.tasks.evaluation import TestRows

FLAGGED = 0.05
"""Share of images like those trained on that may be called unlike them."""


def learn_familiarity(run: BuiltRun) -> Familiarity | None:
    """Average each class's training images; no threshold yet. None where there are none to see."""
    if "train" not in run.data.table.splits:
        return None
    table = some_of_each(run.data.table.split("train"))
    with known_features(run):
        means = mean_by_class(_embeddings(run, table), len(run.task.network.class_names))
    return Familiarity(means, -1.0, 0, 0)


def set_familiarity(
    familiarity: Familiarity | None, held_out: Iterable[TestRows]
) -> Familiarity | None:
    """Set the threshold by all images that training has not seen, whatever their class.

    Of a further image like them, the chance to be under it is `FLAGGED` at most (split conformal;
    where there are fewer than 19 images, one in so many and one). No label is looked at.
    """
    scores = torch.cat([rows.familiarity for rows in held_out])
    scores = scores[scores.isfinite()].sort().values
    if familiarity is None or not len(scores):
        return None
    flagged = min(math.floor(FLAGGED * (len(scores) + 1)), len(scores) - 1)
    threshold = float(scores[flagged])
    under = int((scores < threshold).sum())
    return familiarity._replace(threshold=threshold, images=len(scores), flagged=under)


def _embeddings(run: BuiltRun, table: RecordTable) -> Iterator[tuple[Tensor, Tensor]]:
    for answer, labels in look_at(run, table):
        yield torch.nn.functional.normalize(answer.embedding), labels
