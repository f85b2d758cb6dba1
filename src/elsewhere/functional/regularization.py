"""Other ways to regularize attention: the rivals of Table 5 (appendix B)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from elsewhere.functional.attention import at_least_float32

_SMALLEST_MASS = 1e-12  # torch.nn.functional.normalize divides by no less


def attention_dropout(
    attention: Float[Tensor, "batch heads height width"],
    rate: float,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "batch heads height width"]:
    """Set single values to zero at random, and enlarge the others so that the mean stays.

    "We apply the Dropout method to the attention maps": every position of every map is dropped by
    itself.

    Args:
        attention: maps A.
        rate: probability that a value is dropped, from 0 to below 1.
        generator: source of the randomness; the default one if None.
    """
    if rate == 0:
        return attention
    kept = torch.empty_like(attention).bernoulli_(1 - rate, generator=generator)
    return attention * kept / (1 - rate)


def normalize_attention(
    attention: Float[Tensor, "batch heads height width"],
) -> Float[Tensor, "batch heads height width"]:
    """Divide every map by its own L2 norm over positions; a map of zeros stays one.

    "We add ℓ2 normalization to the attention maps": of which axes is not said; here each head
    counts alike afterwards.
    """
    with torch.autocast(attention.device.type, enabled=False):
        maps = at_least_float32(attention)
        return F.normalize(maps.flatten(2), dim=2).reshape(maps.shape)


def attention_entropy(
    attention: Float[Tensor, "batch heads height width"],
) -> Float[Tensor, "batch heads"]:
    """Entropy of each map as a distribution over positions, as a share of the largest, in 0..1.

    "Maximize the entropy of the attention maps": 1 is an even map, 0 has all in one position. A map
    of zeros counts as even, and has no gradient; so does one that adds up to less than 1e-12, whose
    gradient would have no bound, and one of a single position.
    """
    with torch.autocast(attention.device.type, enabled=False):
        maps = at_least_float32(attention).flatten(2)
        positions = maps.shape[2]
        mass = maps.sum(2, keepdim=True)
        even = (mass < _SMALLEST_MASS) | (positions == 1)
        shares = maps / torch.where(even, 1.0, mass)
        # at a share of zero both p·log p and its slope would be lost in 0·∞
        logs = torch.where(shares > 0, shares, 1.0).log()
        entropy = -(shares * logs).sum(2) / math.log(max(positions, 2))
        return torch.where(even[:, :, 0], 1.0, entropy.clamp_max(1.0))
