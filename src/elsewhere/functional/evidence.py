"""What a prediction used: a logit as an exact sum over attention heads and positions.

Attention says where a network may look. The joined vector of eq. 3 is h = s·H / ‖s·H‖ with
s = √(|H| + ε) / |H|, and eq. 2 makes H a plain average of A·X over positions. With s and the norm
held fixed, a logit w·h is therefore a sum of one share per head and position.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.functional.attention import Normalize, pool_parts, rooted

CANCELLATION = 1e3
"""How far the mean of |A·X| may exceed |H| before the shares are held back."""

_SMALLEST_NORM = 1e-12  # torch.nn.functional.normalize divides by no less


def logit_evidence(
    features: Float[Tensor, "batch channels height width"],
    attention: Float[Tensor, "batch heads height width"],
    weight: Float[Tensor, "batch parts"],
    *,
    epsilon: float = 1e-6,
    normalize: Normalize = "root-l2",
) -> Float[Tensor, "batch heads height width"]:
    """Split a logit, less its bias, over heads and positions (eq. 2, 3; average pooling).

    The sum over heads and positions is ⟨weight, h⟩, the logit. Any direction in the space of h may
    stand for a class: another image's h gives the shares of a cosine similarity.

    Where A·X has both signs (features of ViT or ConvNeXt) it may cancel to a tiny H, and shares
    s·A·X would grow without limit while adding up to ±√ε. So where the mean of |A·X| exceeds
    `CANCELLATION`·|H|, s stops growing and what is missing is spread by |A·X|: the absolute shares
    of one pooled value stay within about `CANCELLATION` times its part of the logit, and the sum
    stays exact. Features that are not negative never cancel.

    H is pooled as the model pools it, so that its sign and rounding are the model's; the shares
    are computed in float64, except on devices without it.

    Args:
        features: feature maps X.
        attention: maps A.
        weight: the class's classifier row for each image, times the scale that the head puts on
            h; heads vary slowest (entry m·channels + c belongs to head m, channel c).
        epsilon: ε of the signed square root.
        normalize: of eq. 3, as in `join_parts`; without the root s is 1.

    Returns:
        Shares, float64 for float64 features, else float32.
    """
    heads, channels = attention.shape[1], features.shape[1]
    precision = torch.float32 if features.device.type == "mps" else torch.float64
    x, a = features.to(precision).flatten(2), attention.to(precision).flatten(2)
    a = a / a.shape[2]
    modelled = pool_parts(features, attention).to(precision)
    root = rooted(modelled, epsilon, normalize)
    norm = torch.linalg.vector_norm(root, dim=(1, 2), keepdim=True).clamp_min(_SMALLEST_NORM)
    direction = weight.to(precision).reshape(-1, heads, channels) / norm

    pooled, absolute = a @ x.mT, a.abs() @ x.abs().mT
    slope = _divide(root.abs(), torch.maximum(pooled.abs(), absolute / CANCELLATION))
    missing = _divide(root - slope * pooled, absolute)
    shares: Tensor = a * ((direction * slope) @ x) + a.abs() * ((direction * missing) @ x.abs())
    result = torch.float64 if features.dtype == torch.float64 else torch.float32
    return shares.to(result).reshape(attention.shape)


def _divide(values: Tensor, divisors: Tensor) -> Tensor:
    """Divide; zero where the divisor is."""
    return torch.where(divisors == 0, 0.0, values / divisors)
