"""The attention network: backbone → attention → pooling → head."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.functional.attention import Normalize, Pooling, join_parts, pool_parts
from elsewhere.functional.evidence import logit_evidence
from elsewhere.models.attention import SpatialAttention
from elsewhere.models.head import ClassifierHead, EmbeddingHead
from elsewhere.structures import (
    AttentionOutput,
    Calibration,
    Familiarity,
    Preprocessing,
    Retrieval,
    RetrievalVector,
)


class AttentionNetwork(nn.Module):
    """A network that says where it looks (section 3.1).

    Args:
        backbone: images → features; has an integer `channels`.
        heads: number of attention maps M; 32 in the paper for classification.
        classes: number of classes, or their names.
        head: from pooled vector to logits; a `ClassifierHead` if not given, an `EmbeddingHead`
            for re-identification.
        attention: the attention module M; a `SpatialAttention` as published if not given.
        pooling: `average` is eq. 2; `max` is the published code's alternative.
        epsilon: ε of the signed square root (eq. 3).
        normalize: what eq. 3 means by the word: `root-l2`, a signed square root and then L2, is
            the published code's; `l2` is L2 alone.
        preprocessing: how images become inputs; travels with the weights.

    Attributes:
        pooled_size: length of h, heads · channels.
        embedding_size: length of the head's embedding.
        calibration: how far a classifier's confidence goes, once measured.
        familiarity: what a classifier's training images look like, once measured.
        retrieval: how images are compared, once that is known.

    Examples:
        >>> names = ["robin", "wren"]
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=names)
        >>> out = net(torch.rand(3, 3, 64, 64))
        >>> tuple(out.logits.shape), out.attention.shape[:2], bool((out.attention >= 0).all())
        ((3, 2), torch.Size([3, 2]), True)
        >>> torch.equal(net.predict(out.features, out.attention), out.logits)  # do(A = A)
        True
    """

    def __init__(
        self,
        backbone: nn.Module,
        heads: int = 32,
        classes: int | Sequence[str] = 2,
        head: ClassifierHead | EmbeddingHead | None = None,
        attention: SpatialAttention | None = None,
        pooling: Pooling = "average",
        epsilon: float = 1e-6,
        normalize: Normalize = "root-l2",
        preprocessing: Preprocessing | None = None,
    ) -> None:
        super().__init__()
        if heads < 1:
            raise ModelError(f"heads must be 1 or more, got {heads}")
        if not epsilon > 0:
            raise ModelError(f"epsilon must be above 0, got {epsilon:g}")
        if pooling not in ("average", "max"):
            raise ModelError(f"pooling is average or max, not {pooling!r}")
        if normalize not in ("root-l2", "l2"):
            raise ModelError(f"normalize is root-l2 or l2, not {normalize!r}")
        count, names = _classes(classes)
        channels: Any = backbone.channels
        self.backbone = backbone
        self.attention = attention or SpatialAttention()
        self.attention.connect(channels, heads)
        self.head = head or ClassifierHead()
        self.pooled_size: int = heads * channels
        self.head.connect(self.pooled_size, count)
        self.heads = heads
        self.embedding_size: int = self.head.embedding_size
        self.class_names = names
        self.pooling: Pooling = pooling
        self.epsilon = epsilon
        self.normalize: Normalize = normalize
        self.preprocessing = preprocessing
        self.calibration: Calibration | None = None
        self.familiarity: Familiarity | None = None
        self.retrieval: Retrieval | None = None

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> AttentionOutput:
        """Look at the images and answer; they must be normalised already."""
        return self.answer(*self.look(images))

    def look(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch channels h w"], Float[Tensor, "batch heads h w"]]:
        """Return features X and attention A (eq. 1), the first half of `forward`."""
        features = self.backbone(images)
        return features, self.attention(features)

    def answer(
        self,
        features: Float[Tensor, "batch channels h w"],
        attention: Float[Tensor, "batch heads h w"],
    ) -> AttentionOutput:
        """Pool and predict, the second half of `forward`."""
        logits, embedding = self.head(self.pool(features, attention))
        return AttentionOutput(logits, embedding, attention, features)

    def pool(
        self,
        features: Float[Tensor, "batch channels h w"],
        attention: Float[Tensor, "batch heads h w"],
    ) -> Float[Tensor, "batch size"]:
        """Return h (eq. 2, 3)."""
        parts = pool_parts(features, attention, self.pooling)
        return join_parts(parts, self.epsilon, self.normalize)

    def predict(
        self,
        features: Float[Tensor, "batch channels h w"],
        attention: Float[Tensor, "batch heads h w"],
    ) -> Float[Tensor, "batch classes"]:
        """Predict under do(A = attention), features unchanged (eq. 4)."""
        logits: Tensor = self.head(self.pool(features, attention))[0]
        return logits

    def vector(
        self, output: AttentionOutput, kind: RetrievalVector
    ) -> Float[Tensor, "batch length"]:
        """One of the vectors that images can be compared by, not of length one.

        Raises:
            ModelError: for the neck of a head that has none, and for any other word.
        """
        if kind == "pooled":
            return self.pool(output.features, output.attention)
        if kind == "neck":
            return self.head.neck(output.embedding)
        if kind in ("embedding", "logits"):
            return output.logits if kind == "logits" else output.embedding
        raise ModelError(f"no vector {kind!r}; there are {', '.join(get_args(RetrievalVector))}")

    @contextmanager
    def fed_by_features(self) -> Iterator[None]:
        """Take features X for images within this context; the backbone rests."""
        self.look = lambda features: (features, self.attention(features))  # type: ignore
        self.forward = lambda features: self.answer(*self.look(features))  # type: ignore
        try:
            yield
        finally:
            del self.look, self.forward

    @torch.no_grad()
    def evidence(
        self, output: AttentionOutput, labels: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch heads h w"]:
        """Share the logit of each image's label out over heads and positions.

        With an `EmbeddingHead` the sum is the logit less what the neck adds to every image's
        alike.

        Raises:
            ModelError: with max pooling, whose logit is no sum over positions; with an
                `EmbeddingHead` in training.
        """
        return self.share(output, self.head.class_weight(labels))

    def share(
        self, output: AttentionOutput, row: Float[Tensor, "batch size"]
    ) -> Float[Tensor, "batch heads h w"]:
        """Share ⟨row, h⟩ out over heads and positions, for one row an image.

        Raises:
            ModelError: with max pooling.
        """
        if self.pooling != "average":
            raise ModelError("evidence needs average pooling; this network pools by maximum")
        return logit_evidence(
            output.features, output.attention, row, epsilon=self.epsilon, normalize=self.normalize
        )


def numbered_classes(count: int) -> tuple[str, ...]:
    """What classes are called that have no names."""
    return tuple(f"class {number}" for number in range(count))


def _classes(classes: int | Sequence[str]) -> tuple[int, tuple[str, ...]]:
    names = numbered_classes(classes) if isinstance(classes, int) else tuple(classes)
    if not names:
        raise ModelError("a network needs at least one class")
    return len(names), names
