"""The multi-head attention module M (eq. 1)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class SpatialAttention(nn.Module):
    """A = M(X): 1×1 convolution → batch norm → ReLU, one map per head (eq. 1).

    The paper names convolution and ReLU; batch norm (ε 1e-3, and no convolution bias) is the
    published code's.

    Args:
        channels: channels C of the features.
        heads: number of attention maps M, one or more.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, heads, kernel_size=1, bias=False)
        self.bn = nn.BatchNorm2d(heads, eps=1e-3)

    def forward(
        self, features: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch heads height width"]:
        """Return one map per head, not negative."""
        maps: Tensor = F.relu(self.bn(self.conv(features)))
        return maps
