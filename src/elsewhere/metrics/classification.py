"""How often a classifier is right: per view, together, per class, and what it confuses.

Logits come as rows of images, views second: (images, views, classes). An image whose logits hold a
NaN is wrong, whatever else they say.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from elsewhere.models.views import combine_views

TOGETHER = "together"
"""Name of the prediction that averages the logits of all views."""

Logits = Float[Tensor, "images classes"]
ViewLogits = Float[Tensor, "images views classes"]
Labels = Int[Tensor, " images"]


class Accuracy(NamedTuple):
    """Shares of images, 0..1, whose true class is first, or in the first five; NaN of no image.

    Where there are fewer classes, `top5` is among all.
    """

    top1: float
    top5: float


class ClassAccuracy(NamedTuple):
    """Images of each true class, and the share that is right; NaN for a class without images."""

    images: Int[Tensor, " classes"]
    top1: Float[Tensor, " classes"]


class Confusion(NamedTuple):
    """How many images of one class, by index, were taken for another."""

    true: int
    predicted: int
    images: int


def predicted_classes(logits: Logits) -> Labels:
    """Class of the highest logit, the lower index of equals; -1 where a logit is NaN."""
    return torch.where(logits.isnan().any(dim=1), -1, logits.argmax(dim=1))


def correct_within(logits: Logits, labels: Labels, k: int) -> Bool[Tensor, " images"]:
    """Tell whether the true class is among the k highest logits.

    Equal logits rank by class index, so a constant prediction is no lucky one.
    """
    own = logits.gather(1, labels[:, None])
    places = torch.arange(logits.shape[1], device=logits.device)
    ahead = (logits > own) | ((logits == own) & (places < labels[:, None]))
    return (ahead.sum(dim=1) < k) & ~logits.isnan().any(dim=1)


def accuracy(logits: Logits, labels: Labels) -> Accuracy:
    """Top-1 and top-5 of one set of predictions."""
    top1, top5 = (correct_within(logits, labels, k).double().mean().item() for k in (1, 5))
    return Accuracy(top1, top5)


def view_accuracies(
    logits: ViewLogits, labels: Labels, views: Sequence[str]
) -> dict[str, Accuracy]:
    """Accuracy of each view by name, in the order of `logits`, and of all together."""
    if len(views) != logits.shape[1]:
        raise ValueError(f"{len(views)} names for {logits.shape[1]} views: name every view once")
    result = {name: accuracy(logits[:, view], labels) for view, name in enumerate(views)}
    return result | {TOGETHER: accuracy(combine_views(logits), labels)}


def class_accuracy(logits: Logits, labels: Labels) -> ClassAccuracy:
    """Top-1 of each class."""
    classes = logits.shape[1]
    images = torch.bincount(labels, minlength=classes)
    right = torch.bincount(labels[correct_within(logits, labels, 1)], minlength=classes)
    return ClassAccuracy(images, right.double() / images)


def balanced_accuracy(logits: Logits, labels: Labels) -> float:
    """Mean of the classes' top-1, so that a rare class counts like a common one.

    Classes without images are left out; NaN where there is no image at all.
    """
    return class_accuracy(logits, labels).top1.nanmean().item()


def confusions(logits: Logits, labels: Labels, limit: int | None = None) -> list[Confusion]:
    """Pairs of a true and another, predicted class, the most frequent first, `limit` at most.

    Equally frequent pairs come in the order of their classes. Images without a prediction (NaN)
    confuse nothing.
    """
    predicted = predicted_classes(logits)
    wrong = (predicted != labels) & (predicted >= 0)
    pairs, images = torch.unique(
        torch.stack((labels[wrong], predicted[wrong]), dim=1), dim=0, return_counts=True
    )
    order = torch.argsort(images, descending=True, stable=True)[:limit]
    rows = zip(pairs[order].tolist(), images[order].tolist(), strict=True)
    return [Confusion(true, guess, count) for (true, guess), count in rows]
