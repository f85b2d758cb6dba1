"""All that counterfactual attention learning asks of a model."""

from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.errors import ModelError


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


class Moment(NamedTuple):
    """What a training knows of a batch besides the model's answer.

    Attributes:
        labels: true classes; None where they are not known.
        progress: how much of the training is past, 0..1.
    """

    labels: Int[Tensor, " batch"] | None = None
    progress: float = 0.0


NOTHING_KNOWN = Moment()


def require_predict(model: object) -> None:
    """See that a model can predict with somebody else's attention.

    Raises:
        ModelError: it cannot.
    """
    if not callable(getattr(model, "predict", None)):
        raise ModelError(
            f"{type(model).__name__} has no method predict(features, attention) that returns "
            "logits: it is how the counterfactual is asked; give the model one, or wrap it in an "
            "object that has"
        )


def require_observation(output: object) -> None:
    """See that what a model said has logits, attention and features.

    Raises:
        ModelError: it is a bare tuple, say.
    """
    missing = [name for name in ("logits", "attention", "features") if not hasattr(output, name)]
    if missing:
        raise ModelError(
            f"the model's output is a {type(output).__name__} without {', '.join(missing)}: give "
            "elsewhere.AttentionOutput(logits, embedding, attention, features), or anything with "
            "attributes logits, attention and features"
        )
