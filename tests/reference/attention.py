"""Equations 2 and 3 and the four interventions, one number at a time in float64."""

import math

import numpy as np


def pooled(features: np.ndarray, attention: np.ndarray, pooling: str = "average") -> np.ndarray:
    """Each head's products A·X over the positions of one image: (heads, channels)."""
    heads, (channels, height, width) = len(attention), features.shape
    result = np.zeros((heads, channels))
    for m in range(heads):
        for c in range(channels):
            products = [
                float(attention[m, y, x]) * float(features[c, y, x])
                for y in range(height)
                for x in range(width)
            ]
            summary = max(products) if pooling == "max" else math.fsum(products) / len(products)
            result[m, c] = summary
    return result


def joined(parts: np.ndarray, epsilon: float) -> np.ndarray:
    """Signed root of every part of one image, then all divided by their common length."""
    roots = []
    for part in parts.ravel().tolist():
        sign = (part > 0) - (part < 0)
        roots.append(sign * math.sqrt(abs(part) + epsilon))
    length = math.sqrt(math.fsum(root * root for root in roots))
    return np.array([root / length if length else 0.0 for root in roots])


def uniform(attention: np.ndarray, average: str) -> np.ndarray:
    """Averages of a batch of maps, position by position."""
    result = np.zeros_like(attention)
    for b, sample in enumerate(attention):
        for m, one in enumerate(sample):
            values = one.ravel() if average == "map" else sample.ravel()
            result[b, m] = math.fsum(values.tolist()) / len(values)
    return result


def reversal(attention: np.ndarray) -> np.ndarray:
    """The sample's largest value less every value."""
    return np.stack([max(sample.ravel().tolist()) - sample for sample in attention])


def effect(logits: np.ndarray, counterfactuals: np.ndarray) -> np.ndarray:
    """Equation 5, number by number."""
    result = np.zeros_like(logits)
    for b in range(logits.shape[0]):
        for k in range(logits.shape[1]):
            wrong = [float(draw[b, k]) for draw in counterfactuals]
            result[b, k] = logits[b, k] - math.fsum(wrong) / len(wrong)
    return result


def hardest_of(logits: np.ndarray, labels: list[int]) -> list[int]:
    """For every image the first draw under which its true logit is largest."""
    found = []
    for image, label in enumerate(labels):
        true = [draw[image][label] for draw in logits.tolist()]
        found.append(true.index(max(true)))
    return found


def confused(logits: np.ndarray, labels: list[int]) -> list[int | None]:
    """For every image the first image of the other class in the batch with its largest logit."""
    found: list[int | None] = []
    for image, own in enumerate(labels):
        others = [(float(logits[image][k]), -n) for n, k in enumerate(labels) if k != own]
        found.append(-max(others)[1] if others else None)
    return found
