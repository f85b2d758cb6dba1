"""The likeliest classes of an image, and how sure that is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import InputBatch
from elsewhere.models import AttentionNetwork
from elsewhere.models.views import TestViews, combine_views
from elsewhere.structures import Calibration, ClassProbability, Prediction

Views = Literal["raw", "all"]
"""The image as it is, or its attended crops and all their mirrors too."""


def unsure_below(network: AttentionNetwork) -> float:
    """Probability of the likeliest class under which a network's answer is called unsure."""
    return network.calibration.unsure_below if network.calibration else 0.0


def class_probabilities(
    logits: Float[Tensor, "batch classes"], calibration: Calibration | None
) -> Float[Tensor, "batch classes"]:
    """Calibrated probabilities, float64 as the threshold was found; on the CPU.

    Args:
        logits: predictions.
        calibration: of the network; None leaves the softmax as it is.
    """
    temperature = calibration.temperature if calibration else 1.0
    return (logits.cpu().double() / temperature).softmax(dim=1)


def rank_classes(
    files: Sequence[str],
    probabilities: Float[Tensor, "batch classes"],
    class_names: Sequence[str],
    *,
    top: int,
    unsure_below: float = 0.0,
) -> list[Prediction]:
    """Name the likeliest classes of each image.

    Args:
        files: names of the images.
        probabilities: of every class.
        class_names: of every class.
        top: how many to name; all where there are fewer.
        unsure_below: probability of the likeliest class under which the answer is unsure.
    """
    best = probabilities.topk(min(top, len(class_names)), dim=1)
    predictions = []
    for file, values, places in zip(
        files, best.values.tolist(), best.indices.tolist(), strict=True
    ):
        ranked = tuple(map(ClassProbability, (class_names[place] for place in places), values))
        predictions.append(Prediction(file, ranked, not values[0] >= unsure_below))
    return predictions


@torch.inference_mode()
def predict_batch(
    network: AttentionNetwork, batch: InputBatch, top: int, views: Views
) -> list[Prediction]:
    """One prediction for each image of a batch, in order."""
    answers = {
        row: Prediction(batch.inputs[row].name, problem=problem)
        for row, problem in batch.problems.items()
    }
    if batch.read:
        ranked = rank_classes(
            [batch.inputs[row].name for row in batch.read],
            class_probabilities(_looking(network, views)(batch.images), network.calibration),
            network.class_names,
            top=top,
            unsure_below=unsure_below(network),
        )
        answers.update(zip(batch.read, ranked, strict=True))
    return [answers[row] for row in range(len(batch.inputs))]


def predictions_of(
    network: AttentionNetwork, batches: Iterator[InputBatch], top: int, views: Views
) -> Iterator[Prediction]:
    """One prediction an image, batch after batch."""
    for batch in batches:
        yield from predict_batch(network, batch, top, views)


def _looking(network: AttentionNetwork, views: Views) -> Callable[[Tensor], Tensor]:
    if views == "all":
        return lambda images: combine_views(TestViews()(network, images)[1].transpose(0, 1))
    return lambda images: network(images).logits
