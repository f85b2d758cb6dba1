"""The effect of attention on the prediction (eq. 5)."""

from jaxtyping import Float
from torch import Tensor


def prediction_effect(
    logits: Float[Tensor, "batch classes"],
    counterfactual_logits: Float[Tensor, "draws batch classes"],
) -> Float[Tensor, "batch classes"]:
    """Y(A) − E[Y(do(A = Ā))], the expectation taken over the draws (eq. 5)."""
    return logits - counterfactual_logits.mean(dim=0)
