"""Table 5's rivals, one number at a time in float64."""

import math

import numpy as np


def normalized(attention: np.ndarray) -> np.ndarray:
    """Each map of a batch over the root of its squares' sum."""
    result = np.zeros_like(attention)
    for b, sample in enumerate(attention):
        for m, one in enumerate(sample):
            length = math.sqrt(math.fsum(value * value for value in one.ravel().tolist()))
            result[b, m] = one / length if length else one
    return result


def entropy(attention: np.ndarray) -> np.ndarray:
    """Entropy of each map over its largest, log of the number of positions."""
    result = np.ones(attention.shape[:2])
    for b, sample in enumerate(attention):
        for m, one in enumerate(sample):
            values = one.ravel().tolist()
            mass = math.fsum(values)
            if mass and len(values) > 1:
                shares = [value / mass for value in values if value]
                bits = math.fsum(-share * math.log(share) for share in shares)
                result[b, m] = bits / math.log(len(values))
    return result
