"""The objective L = L_ce(Y_effect, y) + L_others (eq. 6), as named terms with weights."""

from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.functional.attention import at_least_float32
from elsewhere.functional.regularization import attention_entropy
from elsewhere.losses.center import CenterLoss, CenterMoves
from elsewhere.losses.terms import Objective


class TermWeights(NamedTuple):
    """The weight of every term; a term of weight 0 is not computed.

    The published code's weights, on which the paper is silent.

    Attributes:
        raw: cross-entropy of the whole images.
        augmented: cross-entropy of their attention-guided crops and drops.
        effect: cross-entropy of the effect, over all of these (eq. 6); only with CAL.
        center: centre loss of the whole images.
        entropy: by how much the entropy of the whole images' attention falls short of the largest,
            0..1; a rival of CAL in Table 5, and no term of the published code.
    """

    raw: float = 1 / 3
    augmented: float = 2 / 3
    effect: float = 1.0
    center: float = 1.0
    entropy: float = 0.0


class ClassificationObjective(Objective):
    """Weighs and adds the terms of eq. 6.

    Args:
        classes: number of classes.
        size: length of the embedding that the centre loss sees.
        weights: weight of every term.
        center: how centres follow their images.
    """

    def __init__(
        self,
        classes: int,
        size: int,
        weights: TermWeights,
        center: CenterMoves | None = None,
    ) -> None:
        super().__init__(weights)
        self.weights = weights
        self.center = (
            CenterLoss(classes, size, *(center or CenterMoves())) if weights.center else None
        )

    def terms(
        self,
        labels: Int[Tensor, " batch"],
        raw: Float[Tensor, "batch classes"],
        embedding: Float[Tensor, "batch size"],
        augmented: Float[Tensor, "views classes"] | None = None,
        effect: Float[Tensor, "rows classes"] | None = None,
        attention: Float[Tensor, "batch heads h w"] | None = None,
    ) -> dict[str, Tensor]:
        """Return every term that has a weight, unweighted; several views repeat the labels."""
        terms: dict[str, Tensor] = {}
        if self.weights.raw:
            terms["raw"] = F.cross_entropy(at_least_float32(raw), labels)
        if self.weights.augmented and augmented is not None:
            terms["augmented"] = _repeated_cross_entropy(augmented, labels)
        if self.weights.effect and effect is not None:
            terms["effect"] = _repeated_cross_entropy(effect, labels)
        if self.center is not None:
            terms["center"] = self.center(embedding, labels)
        if self.weights.entropy and attention is not None:
            terms["entropy"] = (1 - attention_entropy(attention)).mean()
        return terms


def _repeated_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(at_least_float32(logits), labels.repeat(len(logits) // len(labels)))
