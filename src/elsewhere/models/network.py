"""The attention network: backbone → attention → pooling → head."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.functional.attention import Pooling, join_parts, pool_parts
from elsewhere.functional.evidence import logit_evidence
from elsewhere.models.attention import SpatialAttention
from elsewhere.models.head import ClassifierHead
from elsewhere.structures import AttentionOutput, Calibration, Preprocessing


class AttentionNetwork(nn.Module):
    """A network that says where it looks (section 3.1).

    Args:
        backbone: images → features; has an integer `channels`.
        heads: number of attention maps M; 32 in the paper for classification.
        classes: number of classes, or their names.
        head: from pooled vector to logits; a `ClassifierHead` if not given.
        pooling: `average` is eq. 2; `max` is the published code's alternative.
        epsilon: ε of the signed square root (eq. 3).
        preprocessing: how pictures become inputs; travels with the weights.
    """

    def __init__(
        self,
        backbone: nn.Module,
        heads: int = 32,
        classes: int | Sequence[str] = 2,
        head: ClassifierHead | None = None,
        pooling: Pooling = "average",
        epsilon: float = 1e-6,
        preprocessing: Preprocessing | None = None,
    ) -> None:
        super().__init__()
        if heads < 1:
            raise ModelError(f"heads must be 1 or more, got {heads}")
        if not epsilon > 0:
            raise ModelError(f"epsilon must be above 0, got {epsilon:g}")
        if pooling not in ("average", "max"):
            raise ModelError(f"pooling is average or max, not {pooling!r}")
        count, names = _classes(classes)
        channels: Any = backbone.channels
        self.backbone = backbone
        self.attention = SpatialAttention(channels, heads)
        self.head = head or ClassifierHead()
        self.head.connect(heads * channels, count)
        self.heads = heads
        self.embedding_size: int = heads * channels
        self.class_names = names
        self.pooling: Pooling = pooling
        self.epsilon = epsilon
        self.preprocessing = preprocessing
        self.calibration: Calibration | None = None

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> AttentionOutput:
        """Look at the images; they must be normalised already."""
        features = self.backbone(images)
        attention = self.attention(features)
        logits, embedding = self.head(self._pool(features, attention))
        return AttentionOutput(logits, embedding, attention, features)

    def predict(
        self,
        features: Float[Tensor, "batch channels h w"],
        attention: Float[Tensor, "batch heads h w"],
    ) -> Float[Tensor, "batch classes"]:
        """Predict under do(A = attention), features unchanged (eq. 4)."""
        logits: Tensor = self.head(self._pool(features, attention))[0]
        return logits

    @torch.no_grad()
    def evidence(
        self, output: AttentionOutput, labels: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch heads h w"]:
        """Share the logit of each image's label out over heads and positions.

        Raises:
            ModelError: with max pooling, whose logit is no sum over positions.
        """
        if self.pooling != "average":
            raise ModelError("evidence needs average pooling; this network pools by maximum")
        weight = self.head.class_weight(labels)
        return logit_evidence(output.features, output.attention, weight, epsilon=self.epsilon)

    def _pool(self, features: Tensor, attention: Tensor) -> Tensor:
        return join_parts(pool_parts(features, attention, self.pooling), self.epsilon)


def _classes(classes: int | Sequence[str]) -> tuple[int, tuple[str, ...]]:
    names = (
        tuple(f"class {number}" for number in range(classes))
        if isinstance(classes, int)
        else tuple(classes)
    )
    if not names:
        raise ModelError("a network needs at least one class")
    return len(names), names
