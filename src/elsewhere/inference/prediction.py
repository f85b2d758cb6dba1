"""The likeliest classes of an image, and how sure that is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import InputBatch
from elsewhere.inference.naming import name_classes_of, softmax
from elsewhere.models import AttentionNetwork
from elsewhere.models.familiarity import familiarity_of
from elsewhere.models.views import TestViews, combine_views
from elsewhere.structures import AttentionOutput, Calibration, Prediction

Views = Literal["raw", "all"]
"""The image as it is, or its attended crops and all their mirrors too."""
Computed = Callable[[Tensor], AttentionOutput]
"""A network, however it is computed."""


def unsure_below(network: AttentionNetwork) -> float | None:
    """Probability of the likeliest class under which a network's answer is called unsure.

    None where no promise can be made, so that every answer is.
    """
    return network.calibration.unsure_below if network.calibration else None


def class_probabilities(
    logits: Float[Tensor, "batch classes"], calibration: Calibration | None
) -> Float[np.ndarray, "batch classes"]:
    """Calibrated probabilities, float64; without a calibration they are the plain softmax."""
    return softmax(logits.cpu().double().numpy(), calibration.temperature if calibration else 1.0)


def name_classes(
    network: AttentionNetwork,
    files: Sequence[str],
    raw: AttentionOutput,
    logits: Float[Tensor, "batch classes"],
    top: int,
) -> list[Prediction]:
    """Name the likeliest classes of each image, as far as the network's measures go.

    `raw` is what it said of the whole images; `logits` are of all views together.
    """
    names, calibration, known = network.class_names, network.calibration, network.familiarity
    likes: Sequence[float | None] = [None] * len(files)
    if known is not None:
        likes = familiarity_of(raw.embedding, known.means).tolist()
    limit = known and known.limit
    return [
        name_classes_of(file, row, names, top, calibration, like, limit)
        for file, row, like in zip(files, logits.cpu().double().numpy(), likes, strict=True)
    ]


@torch.inference_mode()
def predict_batch(
    network: AttentionNetwork, computed: Computed, batch: InputBatch, top: int, views: Views
) -> list[Prediction]:
    """One prediction for each image of a batch, in order."""
    answers = {
        row: Prediction(batch.inputs[row].name, problem=problem)
        for row, problem in batch.problems.items()
    }
    if batch.read:
        raw, logits = _looked(computed, batch.images, views)
        files = [batch.inputs[row].name for row in batch.read]
        ranked = name_classes(network, files, raw, logits, top)
        answers.update(zip(batch.read, ranked, strict=True))
    return [answers[row] for row in range(len(batch.inputs))]


def predictions_of(
    network: AttentionNetwork,
    computed: Computed,
    batches: Iterator[InputBatch],
    top: int,
    views: Views,
) -> Iterator[Prediction]:
    """One prediction an image, batch after batch; `computed` is the network, or a faster way."""
    for batch in batches:
        yield from predict_batch(network, computed, batch, top, views)


def _looked(
    computed: Computed, images: Tensor, views: Views
) -> tuple[AttentionOutput, Float[Tensor, "batch classes"]]:
    """What the network says of whole images, and the logits to answer by."""
    if views == "all":
        raw, logits = TestViews()(computed, images)
        return raw, combine_views(logits.transpose(0, 1))
    raw = computed(images)
    return raw, raw.logits
