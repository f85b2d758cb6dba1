"""From what a network says of an image to the names of its likeliest classes; without torch."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from elsewhere.description import ClassProbability, Prediction
from elsewhere.export.metadata import Description


def answer(
    file: str,
    ranked: Sequence[tuple[str, float]],
    unsure_below: float | None,
    familiarity: float | None = None,
    familiar_from: float = -1.0,
) -> Prediction:
    """What is said of one image, by its likeliest classes with their probabilities, in order.

    The answer is unsure where the first probability is under `unsure_below`, always for None, and
    where the image is unlike anything trained on: its familiarity is under `familiar_from`. A
    familiarity of None is not known.
    """
    strange = None if familiarity is None else familiarity < familiar_from
    promised = unsure_below is not None and ranked[0][1] >= unsure_below and not strange
    classes = tuple(ClassProbability(*each) for each in ranked)
    return Prediction(file, classes, not promised, "", familiarity, strange)


def name_classes_of(
    file: str, outputs: Mapping[str, np.ndarray], known: Description, top: int
) -> Prediction:
    """The same of an exported network's outputs for one image."""
    calibration, familiar = known.calibration, known.familiarity
    probabilities = _softmax(outputs["logits"], calibration.temperature if calibration else 1.0)
    best = np.argsort(-probabilities, kind="stable")[:top]
    ranked = [(known.classes[place], float(probabilities[place])) for place in best]
    like = float(outputs["familiarity"]) if familiar is not None else None
    return answer(
        file,
        ranked,
        calibration.unsure_below if calibration else None,
        like,
        familiar.threshold if familiar else -1.0,
    )


def _softmax(logits: Float[np.ndarray, " classes"], temperature: float) -> np.ndarray:
    scaled = logits.astype(np.float64) / temperature
    shares: np.ndarray = np.exp(scaled - scaled.max())
    shares /= shares.sum()
    return shares
