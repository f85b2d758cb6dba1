"""The multi-head attention module M (eq. 1)."""

from typing import Any, Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.functional.regularization import attention_dropout, normalize_attention


class SpatialAttention(nn.Module):
    """A = M(X): 1×1 convolution → batch norm → ReLU, one map per head (eq. 1).

    The paper names convolution and ReLU; batch norm (ε 1e-3, and no convolution bias) is the
    published code's. Dropout and normalization are rivals of CAL in Table 5.

    Args:
        batch_norm: False leaves it out, as the paper's words do; the convolution then has a bias.
        normalization: `l2` divides every map by its own norm, at test as well (appendix B).
        dropout: probability that a value of a map is dropped in training (appendix B), drawn from
            torch's global generator, which a run seeds at every step.

    Raises:
        ModelError: for a probability outside 0..1, or another normalization.
    """

    conv: nn.Conv2d
    bn: nn.Module

    def __init__(
        self,
        batch_norm: bool = True,
        normalization: Literal["none", "l2"] = "none",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not 0 <= dropout < 1:
            raise ModelError(f"dropout must be 0 or more and below 1, got {dropout:g}")
        if normalization not in ("none", "l2"):
            raise ModelError(f"normalization is none or l2, not {normalization!r}")
        self.settings: dict[str, Any] = {
            "batch_norm": batch_norm, "normalization": normalization, "dropout": dropout
        }  # fmt: skip
        self.batch_norm = batch_norm
        self.normalization = normalization
        self.dropout = dropout

    def connect(self, channels: int, heads: int) -> None:
        """Build the layers for `channels` channels C of features and `heads` maps M."""
        self.conv = nn.Conv2d(channels, heads, kernel_size=1, bias=not self.batch_norm)
        self.bn = nn.BatchNorm2d(heads, eps=1e-3) if self.batch_norm else nn.Identity()

    def forward(
        self, features: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch heads height width"]:
        """Return one map per head, not negative."""
        maps: Tensor = F.relu(self.bn(self.conv(features)))
        if self.normalization == "l2":
            maps = normalize_attention(maps)
        return attention_dropout(maps, self.dropout) if self.training else maps
