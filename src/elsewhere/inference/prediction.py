"""The likeliest classes of an image, and how sure that is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import InputBatch
from elsewhere.inference.naming import answer
from elsewhere.models import AttentionNetwork
from elsewhere.models.familiarity import familiarity_of
from elsewhere.models.views import TestViews, combine_views
from elsewhere.structures import AttentionOutput, Calibration, Prediction

Views = Literal["raw", "all"]
"""The image as it is, or its attended crops and all their mirrors too."""


def unsure_below(network: AttentionNetwork) -> float | None:
    """Probability of the likeliest class under which a network's answer is called unsure.

    None where no promise can be made, so that every answer is.
    """
    return network.calibration.unsure_below if network.calibration else None


def class_probabilities(
    logits: Float[Tensor, "batch classes"], calibration: Calibration | None
) -> Float[Tensor, "batch classes"]:
    """Calibrated probabilities, float64 as the threshold was found; on the CPU.

    Without a calibration they are the plain softmax.
    """
    temperature = calibration.temperature if calibration else 1.0
    return (logits.cpu().double() / temperature).softmax(dim=1)


def rank_classes(
    files: Sequence[str],
    probabilities: Float[Tensor, "batch classes"],
    class_names: Sequence[str],
    *,
    top: int,
    unsure_below: float | None = 0.0,
    familiarity: Sequence[float] | None = None,
    familiar_from: float = -1.0,
) -> list[Prediction]:
    """Name the `top` likeliest classes of each image; the last arguments are those of `answer`."""
    best = probabilities.topk(min(top, len(class_names)), dim=1)
    known: Sequence[float | None] = familiarity or [None] * len(files)
    return [
        answer(
            file,
            [(class_names[place], value) for place, value in zip(places, values, strict=True)],
            unsure_below,
            like,
            familiar_from,
        )
        for file, values, places, like in zip(
            files, best.values.tolist(), best.indices.tolist(), known, strict=True
        )
    ]


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
    known = network.familiarity
    return rank_classes(
        files,
        class_probabilities(logits, network.calibration),
        network.class_names,
        top=top,
        unsure_below=unsure_below(network),
        familiarity=familiarity_of(raw.embedding, known.means).tolist() if known else None,
        familiar_from=known.threshold if known else -1.0,
    )


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
        raw, logits = _looking(network, views)(batch.images)
        files = [batch.inputs[row].name for row in batch.read]
        ranked = name_classes(network, files, raw, logits, top)
        answers.update(zip(batch.read, ranked, strict=True))
    return [answers[row] for row in range(len(batch.inputs))]


def predictions_of(
    network: AttentionNetwork, batches: Iterator[InputBatch], top: int, views: Views
) -> Iterator[Prediction]:
    """One prediction an image, batch after batch."""
    for batch in batches:
        yield from predict_batch(network, batch, top, views)


def _looking(
    network: AttentionNetwork, views: Views
) -> Callable[[Tensor], tuple[AttentionOutput, Tensor]]:
    """What the network says of whole images, and the logits to answer by."""

    def look(images: Tensor) -> tuple[AttentionOutput, Tensor]:
        if views == "all":
            raw, logits = TestViews()(network, images)
            return raw, combine_views(logits.transpose(0, 1))
        raw = network(images)
        return raw, raw.logits

    return look
