"""The joined vector and its logit's shares, one product at a time."""

import math

import numpy as np


def pooled(features: np.ndarray, attention: np.ndarray) -> np.ndarray:
    """Average of A·X for one image: (heads, channels)."""
    heads, channels = len(attention), len(features)
    result = np.zeros((heads, channels))
    for m in range(heads):
        for c in range(channels):
            result[m, c] = math.fsum((attention[m] * features[c]).ravel()) / attention[m].size
    return result


def joined(features: np.ndarray, attention: np.ndarray, epsilon: float) -> np.ndarray:
    """Signed root, then L2 over the whole vector: (heads * channels)."""
    parts = pooled(features, attention).ravel()
    rooted = np.array([math.copysign(math.sqrt(abs(p) + epsilon), p) if p else 0.0 for p in parts])
    return rooted / max(math.sqrt(math.fsum(rooted**2)), 1e-12)


def shares(
    features: np.ndarray, attention: np.ndarray, weight: np.ndarray, epsilon: float
) -> np.ndarray:
    """w·s·A·X / (positions·norm), with s = sqrt(|H| + epsilon) / |H|: (heads, height, width)."""
    parts = pooled(features, attention)
    rooted = np.sqrt(np.abs(parts) + epsilon)
    norm = math.sqrt(math.fsum((rooted[parts != 0] ** 2).ravel()))
    result = np.zeros(attention.shape)
    for m, head in enumerate(attention):
        for c, channel in enumerate(features):
            if parts[m, c] == 0:
                continue
            s = rooted[m, c] / abs(parts[m, c])
            result[m] += weight[m * len(features) + c] * s * head * channel / (head.size * norm)
    return result
