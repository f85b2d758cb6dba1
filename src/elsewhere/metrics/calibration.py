"""Whether a classifier's confidence can be believed, and how to make it so.

An image whose logits are not finite has no confidence: the calibration error and the temperature
leave it out, and the threshold never keeps it.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torchmetrics.functional.classification import binary_calibration_error

Logits = Float[Tensor, "images classes"]
Labels = Int[Tensor, " images"]

_COLDEST = 0.01  # and the hottest is its inverse


class KeepThreshold(NamedTuple):
    """From which confidence on a prediction is kept; below it the model says "unsure".

    Attributes:
        confidence: lowest kept probability of the predicted class, in 0..1.
        coverage: share of the images that is kept, in 0..1.
        accuracy: share of the kept that is right, in 0..1.
    """

    confidence: float
    coverage: float
    accuracy: float


def calibration_error(
    logits: Logits, labels: Labels, *, temperature: float = 1.0, bins: int = 15
) -> float:
    """Expected calibration error (Guo et al., 2017): how far confidence is from accuracy.

    Args:
        logits: predictions.
        labels: true classes.
        temperature: what the logits are divided by.
        bins: confidences fall into so many bins of equal width.

    Returns:
        The gap between mean confidence and accuracy, averaged over images by bin, in 0..1; NaN
        where there is no image.
    """
    confidence, right = _confidence(logits, labels, temperature)
    known = ~confidence.isnan()
    if not known.any():
        return math.nan
    # of any number of classes: "right" is the one event that the confidence speaks of
    error = binary_calibration_error(confidence[known], right[known].long(), n_bins=bins)
    return float(error)


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """Find the temperature under which the labels are most likely (Guo et al., 2017).

    To be fitted on validation images. The likelihood has one maximum over the inverse
    temperature, found by bisection of its slope: nothing is random.

    Returns:
        What to divide logits by, within 1/100..100; 1 where no temperature is best (every image
        is right, so that colder is always better, or there is no image).
    """
    known = logits.isfinite().all(dim=1)
    scores = logits[known].double()
    own = scores.gather(1, labels[known, None])
    margins = scores - own
    if (margins <= 0).all():
        return 1.0
    low, high = math.log(_COLDEST), -math.log(_COLDEST)
    for _ in range(60):
        middle = (low + high) / 2
        # slope of the likelihood over the scale: own score less the expected one
        expected = ((margins * math.exp(middle)).softmax(dim=1) * margins).sum(dim=1)
        low, high = (middle, high) if expected.mean() < 0 else (low, middle)
    return math.exp(-(low + high) / 2)


def keep_threshold(
    logits: Logits, labels: Labels, *, accuracy: float = 0.95, temperature: float = 1.0
) -> KeepThreshold | None:
    """Find the lowest confidence from which kept predictions are as accurate as wanted.

    To be found on validation images. Predictions of equal confidence are kept or not together.

    Args:
        logits: predictions.
        labels: true classes.
        accuracy: wanted share of right ones among the kept, in 0..1.
        temperature: what the logits are divided by.

    Returns:
        The threshold and what it kept; None where no threshold reaches the wanted accuracy.
    """
    confidence, right = _confidence(logits, labels, temperature)
    order = confidence.nan_to_num(nan=-1.0).argsort(descending=True, stable=True)
    confidence, right = confidence[order], right[order]
    counts = torch.arange(1, len(order) + 1, device=logits.device)
    reached = right.double().cumsum(dim=0) / counts
    last_of_equals = torch.ones_like(right)
    last_of_equals[:-1] = confidence[:-1] != confidence[1:]
    places = torch.nonzero((reached >= accuracy) & last_of_equals & ~confidence.isnan())
    if not len(places):
        return None
    place = int(places[-1])
    return KeepThreshold(float(confidence[place]), (place + 1) / len(order), float(reached[place]))


def _confidence(
    logits: Logits, labels: Labels, temperature: float
) -> tuple[Float[Tensor, " images"], Bool[Tensor, " images"]]:
    """Probability of each predicted class, NaN where unknown, and whether it is right."""
    # float64: where float32 rounds many confidences to 1, their order would be lost
    confidence, predicted = (logits.double() / temperature).softmax(dim=1).max(dim=1)
    return confidence, predicted == labels
