"""Attention pooling: equations 2 and 3."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Pooling = Literal["average", "max"]
Normalize = Literal["root-l2", "l2"]
"""What "normalize" of eq. 3 is: a signed square root and then L2, or L2 alone."""


def pool_parts(
    features: Float[Tensor, "batch channels height width"],
    attention: Float[Tensor, "batch heads height width"],
    pooling: Pooling = "average",
) -> Float[Tensor, "batch heads channels"]:
    """Weight the features by each attention map and pool over positions (eq. 2).

    `average` is the paper's; `max` is the published code's `BAP(pool="GMP")`. Always computed in
    float32 at least: a sum over positions overflows float16.
    """
    with torch.autocast(features.device.type, enabled=False):
        features, attention = at_least_float32(features), at_least_float32(attention)
        if pooling == "max":
            # one head at a time: all products at once would need `heads` copies of the features
            maps = attention.unsqueeze(2).unbind(1)
            return torch.stack([(features * one).amax(dim=(2, 3)) for one in maps], dim=1)
        positions = attention.shape[-2] * attention.shape[-1]
        weights = attention.flatten(2) / positions
        return weights @ features.flatten(2).transpose(1, 2)


def join_parts(
    parts: Float[Tensor, "batch heads channels"],
    epsilon: float = 1e-6,
    normalize: Normalize = "root-l2",
) -> Float[Tensor, "batch size"]:
    """Join the parts into one normalised vector h (eq. 3), of length heads · channels.

    The paper says "normalize"; as in the published code this is the signed square root
    sign(x)·√(|x| + ε), then L2 over the whole vector. ε is 1e-6 there for classification and
    1e-12 for re-identification. A zero stays zero. `l2` is the plainest reading of the word.
    """
    with torch.autocast(parts.device.type, enabled=False):
        joined = at_least_float32(parts).flatten(1)
        return F.normalize(rooted(joined, epsilon, normalize), dim=1)


def rooted(
    values: Float[Tensor, "*shape"], epsilon: float, normalize: Normalize
) -> Float[Tensor, "*shape"]:
    """What eq. 3 makes of every pooled value before the L2 norm: its signed root, or itself."""
    if normalize == "l2":
        return values
    return values.sign() * (values.abs() + epsilon).sqrt()


def at_least_float32(values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The values in float32, float64 left as it is: sums over positions overflow float16."""
    return values if values.dtype == torch.float64 else values.float()
