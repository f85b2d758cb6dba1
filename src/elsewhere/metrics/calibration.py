"""Whether a classifier's confidence can be believed, and how to make it so.

An image whose logits are not finite has no confidence: the calibration error and the temperature
leave it out, and nothing is promised of it.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from scipy.special import bdtrc
from torch import Tensor
from torchmetrics.functional.classification import binary_calibration_error

from elsewhere.structures import PROMISE_CONFIDENCE, PROMISED_ACCURACY

Logits = Float[Tensor, "images classes"]
Labels = Int[Tensor, " images"]

_COLDEST = 0.01  # and the hottest is its inverse


SHARES = (1.0, 0.8, 0.6, 0.4, 0.2)
"""Thresholds that are tried: those that so large a share of the images reaches."""


class Promise(NamedTuple):
    """From which confidence on answers are promised to be right, and what that rests on.

    `confidence` is a probability of the predicted class, in 0..1; None where nothing can be
    promised. It rests on `images`, of which `sure` reach it, and `right` of these are right.
    """

    confidence: float | None
    images: int
    sure: int = 0
    right: int = 0


def calibration_error(
    logits: Logits, labels: Labels, *, temperature: float = 1.0, bins: int = 15
) -> float:
    """Expected calibration error (Guo et al., 2017): how far confidence is from accuracy.

    The gap between mean confidence and accuracy, averaged over images by bins of equal width, in
    0..1; NaN where there is no image. Logits are divided by `temperature`.
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

    To be fitted on validation images. The likelihood has one maximum over the inverse temperature,
    found by bisection of its slope: nothing is random. Logits are to be divided by it. It is within
    1/100..100; 1 where no temperature is best (every image is right, so that colder is always
    better, or there is no image).
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


def promise(
    logits: Logits,
    labels: Labels,
    *,
    accuracy: float = PROMISED_ACCURACY,
    confidence: float = PROMISE_CONFIDENCE,
    temperature: float = 1.0,
    looks: int = 1,
    series: Sequence[str] | None = None,
) -> Promise:
    """Find the lowest confidence above which the accuracy is proven, not only seen.

    To be asked of images that nothing but the temperature was fitted to. Five thresholds are tried,
    those that the most confident 20, 40 … 100 % of the images reach. Given the confidence of the
    next image, the answers above it are as good as independent draws, so how many of them are right
    is binomial, and the exact test (Clopper and Pearson, 1934) says whether the accuracy above the
    threshold is `accuracy` at least. The tests share the doubt of 1 - `confidence` (Bonferroni): a
    promise is broken, by bad luck with these images, no more often than that.

    `looks` counts the networks of which this one was chosen by the same images; each takes its
    share of the doubt. `series` is that of every image, such as a burst; images of one stand or
    fall together and count as one, which is wrong if any of them is. None where each stands for
    itself.
    """
    measured, right = _confidence(logits, labels, temperature)
    known = ~measured.isnan()
    order = torch.argsort(measured[known], descending=True, stable=True)
    measured, right = measured[known][order], right[known][order]
    whose = [str(row) for row in range(len(labels))] if series is None else series
    rows = torch.nonzero(known)[:, 0][order].tolist()
    doubt = (1 - confidence) / (len(SHARES) * max(looks, 1))
    for share in SHARES:
        sure = math.floor(share * len(measured))
        # above the next image's confidence; whatever equals it is not above
        limit = float(measured[sure]) if sure < len(measured) else -1.0
        sure = int((measured > limit).sum())
        hits = right[:sure].tolist()
        wrong = {whose[row] for row, hit in zip(rows[:sure], hits, strict=True) if not hit}
        units = len({whose[row] for row in rows[:sure]})
        if sure and bdtrc(units - len(wrong) - 1, units, accuracy) <= doubt:
            lowest = math.nextafter(limit, math.inf) if limit >= 0 else 0.0
            return Promise(lowest, len(labels), sure, int(right[:sure].sum()))
    return Promise(None, len(labels))


def _confidence(
    logits: Logits, labels: Labels, temperature: float
) -> tuple[Float[Tensor, " images"], Bool[Tensor, " images"]]:
    """Probability of each predicted class, NaN where unknown, and whether it is right."""
    # float64: where float32 rounds many confidences to 1, their order would be lost
    confidence, predicted = (logits.double() / temperature).softmax(dim=1).max(dim=1)
    return confidence, predicted == labels
