"""Centre loss for one row after the other."""

import math

import numpy as np


def step(
    centers: np.ndarray, embedding: np.ndarray, labels: list[int], rate: float
) -> tuple[float, np.ndarray]:
    """The loss of a batch, and the centres after it."""
    total, moved = 0.0, centers.copy()
    for row, label in zip(embedding, labels, strict=True):
        length = math.sqrt(math.fsum(centers[label] ** 2))
        target = centers[label] / length if length else np.zeros_like(row)
        total += math.fsum((row - target) ** 2)
        moved[label] += rate * (row - target)
    return total / len(labels), moved
