"""The objective of re-identification (section 4.2): identity, triplets, effect."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor, nn

from elsewhere.errors import ConfigError
from elsewhere.functional.attention import at_least_float32
from elsewhere.losses.terms import Objective


class ReidentificationWeights(NamedTuple):
    """The weight of every term; a term of weight 0 is not computed.

    The published code's weights, on which the paper is silent.

    Attributes:
        identity: label-smoothed cross-entropy of the training identities.
        triplet: batch-hard triplet loss of the embeddings.
        effect: label-smoothed cross-entropy of the effect (eq. 6); only with CAL.
    """

    identity: float = 1.0
    triplet: float = 1.0
    effect: float = 1.0


class ReidentificationObjective(Objective):
    """Weighs and adds identity, triplet and effect terms.

    Args:
        classes: number of training identities.
        weights: weight of every term.
        smoothing: share ε of a label that is spread over all classes, 0..1.
        smoothing_classes: number that ε is divided by; `classes` if not given. The published
            code leaves 751 whatever the data set, so that its targets do not add up to one.
        margin: of the triplet loss.

    Raises:
        ConfigError: for a number out of its range, or if every weight is 0.
    """

    def __init__(
        self,
        classes: int,
        weights: ReidentificationWeights,
        smoothing: float = 0.1,
        smoothing_classes: int | None = None,
        margin: float = 0.3,
    ) -> None:
        super().__init__(weights)
        if not 0 <= smoothing < 1:
            raise ConfigError(f"smoothing must be 0 or more and below 1, got {smoothing:g}")
        if smoothing_classes is not None and smoothing_classes < 1:
            raise ConfigError(f"smoothing_classes must be 1 or more, got {smoothing_classes}")
        if not margin >= 0:
            raise ConfigError(f"margin must be 0 or more, got {margin:g}")
        self.weights = weights
        self.smoothing = smoothing
        self.spread = smoothing_classes or classes
        self.triplet = BatchHardTriplet(margin)

    def terms(
        self,
        labels: Int[Tensor, " batch"],
        logits: Float[Tensor, "batch classes"],
        embedding: Float[Tensor, "batch size"],
        effect: Float[Tensor, "batch classes"] | None = None,
    ) -> dict[str, Tensor]:
        """Return every term that has a weight, unweighted."""
        terms: dict[str, Tensor] = {}
        if self.weights.identity:
            terms["identity"] = self._cross_entropy(logits, labels)
        if self.weights.triplet:
            terms["triplet"] = self.triplet(embedding, labels)
        if self.weights.effect and effect is not None:
            terms["effect"] = self._cross_entropy(effect, labels)
        return terms

    def _cross_entropy(self, logits: Tensor, labels: Tensor) -> Tensor:
        return smoothed_cross_entropy(logits, labels, self.smoothing, self.spread)


def smoothed_cross_entropy(
    logits: Float[Tensor, "batch classes"],
    labels: Int[Tensor, " batch"],
    smoothing: float,
    spread: int | None = None,
) -> Float[Tensor, ""]:
    """Cross-entropy with targets (1 - ε)·onehot + ε / K, the mean over the batch.

    Args:
        logits: predictions.
        labels: class indices.
        smoothing: ε.
        spread: K; the number of classes if not given. Another number makes targets that do not
            add up to one, as in the published code.
    """
    logits = at_least_float32(logits)
    classes = logits.shape[1]
    if spread is None or spread == classes:
        return F.cross_entropy(logits, labels, label_smoothing=smoothing)
    every = -logits.log_softmax(1).sum(1).mean() / spread
    return (1 - smoothing) * F.cross_entropy(logits, labels) + smoothing * every


class BatchHardTriplet(nn.Module):
    """Farthest image of the same identity against the nearest of another: [d⁺ - d⁻ + margin]₊.

    Euclidean distances of the embeddings as they are, in float32 at least; the mean over every
    image of the batch that has both, the others being no anchors. Without any it is zero.

    Args:
        margin: by how much the farther must be nearer.
    """

    def __init__(self, margin: float = 0.3) -> None:
        super().__init__()
        distance = _ExactDistance(normalize_embeddings=False, p=2)
        self.miner = BatchHardMiner(distance=distance)
        self.loss = TripletMarginLoss(margin, distance=distance, reducer=MeanReducer())

    def forward(
        self, embedding: Float[Tensor, "batch size"], labels: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """Return the loss; its gradient is finite where embeddings are equal."""
        with torch.autocast(embedding.device.type, enabled=False):
            embedding = at_least_float32(embedding)
            loss: Tensor = self.loss(embedding, labels, self.miner(embedding, labels))
        return loss


class _ExactDistance(LpDistance):
    """Differences before squares: products of matrices lose the distance of near neighbours."""

    def compute_mat(self, query_emb: Tensor, ref_emb: Tensor | None) -> Tensor:
        other = query_emb if ref_emb is None else ref_emb
        return torch.cdist(query_emb, other, compute_mode="donot_use_mm_for_euclid_dist")
