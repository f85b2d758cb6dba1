"""All that counterfactual attention learning asks of a model."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class AttentionModel(Protocol):
    """A model that can predict with somebody else's attention."""

    def predict(
        self,
        features: Float[Tensor, "batch channels height width"],
        attention: Float[Tensor, "batch heads height width"],
    ) -> Float[Tensor, "batch classes"]:
        """Predict under do(A = attention), features unchanged (eq. 4)."""
        ...


@runtime_checkable
class Observation(Protocol):
    """What the model said of the images, its attention being what it is."""

    @property
    def logits(self) -> Tensor:
        """Prediction Y(A)."""
        ...

    @property
    def attention(self) -> Tensor:
        """Learned attention A."""
        ...

    @property
    def features(self) -> Tensor:
        """Features X."""
        ...
