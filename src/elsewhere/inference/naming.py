"""From what a model says of an image to the names of its likeliest classes; without torch."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from elsewhere.description import Calibration, ClassProbability, Familiar, Prediction


def softmax(
    logits: Float[np.ndarray, "*images classes"], temperature: float = 1.0
) -> Float[np.ndarray, "*images classes"]:
    """Probabilities, float64 as the threshold was found; NaN where a logit is not finite."""
    with np.errstate(invalid="ignore"):
        scaled = logits.astype(np.float64) / temperature
        shares: np.ndarray = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def name_classes_of(
    file: str,
    logits: Float[np.ndarray, " classes"],
    class_names: Sequence[str],
    top: int,
    calibration: Calibration | None,
    like: float | None = None,
    familiar: Familiar | None = None,
) -> Prediction:
    """What is said of one image by its logits; of equal ones the lower index comes first.

    The answer is unsure where the first probability is under the calibration's threshold, always
    without one, and where the image is unlike anything trained on: its familiarity `like` is under
    the threshold of `familiar`. A familiarity of None is not known.
    """
    probabilities = softmax(logits, calibration.temperature if calibration else 1.0)
    best = np.argsort(-logits, kind="stable")[:top]
    ranked = tuple(ClassProbability(class_names[at], float(probabilities[at])) for at in best)
    below = calibration.unsure_below if calibration else None
    strange = None if like is None or familiar is None else like < familiar.threshold
    promised = below is not None and ranked[0].probability >= below and not strange
    return Prediction(file, ranked, not promised, "", like, strange)
