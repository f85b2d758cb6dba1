"""The effect of the learned attention as a measure of its quality (section 3.3)."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class EffectGain(NamedTuple):
    """What the learned attention adds for the true class, over the counterfactual.

    The gain in its probability is in -1..1.
    """

    logit: Float[Tensor, " batch"]
    probability: Float[Tensor, " batch"]


def effect_gain(
    logits: Float[Tensor, "batch classes"],
    counterfactual: Float[Tensor, "draws batch classes"],
    labels: Int[Tensor, " batch"],
) -> EffectGain:
    """Compare each image's prediction with those under other attention (eq. 5), one a draw.

    Gains are averaged over the draws; their mean over images is the figure to report.
    """
    own = labels[:, None]
    elsewhere = own.expand(len(counterfactual), -1, -1)
    imagined = counterfactual.float()
    logit = logits.float().gather(1, own) - imagined.gather(2, elsewhere).mean(dim=0)
    probability = logits.float().softmax(dim=1).gather(1, own) - imagined.softmax(dim=2).gather(
        2, elsewhere
    ).mean(dim=0)
    return EffectGain(logit[:, 0], probability[:, 0])
