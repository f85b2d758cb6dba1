"""What becomes of an answer when the network looks elsewhere: do(A = Ā), one image at a time."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import ImageSource, each_image, load_images, seen_image
from elsewhere.errors import DataError
from elsewhere.functional.intervention import (
    painted_attention,
    reversed_attention,
    uniform_attention,
)
from elsewhere.inference.prediction import class_probabilities, name_classes
from elsewhere.meaning import ClassProbability, Prediction, Preprocessing
from elsewhere.models import AttentionNetwork

Elsewhere = Literal["uniform", "reversed"] | Float[np.ndarray, "rows columns"] | ImageSource
"""Another attention: the learned one evened out or reversed, a painted map, another image's."""


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """An answer, and the answer to the same features under another attention (eq. 4).

    Attributes:
        prediction: under the learned attention.
        image: the part of the image that the network saw, values in 0..1.
        attention: learned maps A.
        elsewhere: the maps Ā in their place.
        class_names: of every class.
        factual: probability of every class under A, calibrated.
        counterfactual: under Ā, with the same temperature; no promise was measured there.

    Examples:
        >>> model = elsewhere.open_model("runs/folder/seed-0")
        >>> changed = model.counterfactual("a.jpg", "uniform")
        >>> changed.prediction.ranked[0].name in model.class_names, abs(changed.effect) <= 1
        (True, True)
    """

    prediction: Prediction
    image: Float[np.ndarray, "3 height width"]
    attention: Float[np.ndarray, "heads rows columns"]
    elsewhere: Float[np.ndarray, "heads rows columns"]
    class_names: tuple[str, ...]
    factual: Float[np.ndarray, " classes"]
    counterfactual: Float[np.ndarray, " classes"]

    @property
    def effect(self) -> float:
        """How much of the answer's probability its attention is worth: before less after, -1..1."""
        first = int(self.factual.argmax())
        return float(self.factual[first] - self.counterfactual[first])

    @property
    def answer(self) -> ClassProbability:
        """The likeliest class under the other attention."""
        first = int(self.counterfactual.argmax())
        return ClassProbability(self.class_names[first], float(self.counterfactual[first]))


class Looking:
    """What can be asked of a model whose attention is replaced."""

    network: AttentionNetwork
    preprocessing: Preprocessing
    device: torch.device

    def require_classes(self, instead: str) -> None:
        """Refuse a model without classes of its own."""
        raise NotImplementedError

    def counterfactual(self, image: ImageSource, do: Elsewhere = "uniform") -> Counterfactual:
        """Answer as if the network had looked elsewhere; backbone and features stay.

        Args:
            image: one image, as for `predict`.
            do: `uniform` gives every place the average of each map, `reversed` the image's largest
                value less the map; a float array of two axes is painted, 0 and more: each map keeps
                its average, spread as painted; anything else is an image, whose attention is taken.

        Raises:
            ModelError: the model was trained to find individuals again, or nothing is painted.
            DataError: an image cannot be read.
        """
        self.require_classes("its attention changes a vector, not an answer")
        (named,) = _one(image)
        with torch.inference_mode():
            features, learned = self.network.look(self._input(named))
            output = self.network.answer(features, learned)
            changed = self._elsewhere(learned, do)
            logits = torch.stack([output.logits[0], self.network.predict(features, changed)[0]])
        (prediction,) = name_classes(self.network, [named.name], output, output.logits, 5)
        before, after = class_probabilities(logits, self.network.calibration).numpy()
        return Counterfactual(
            prediction,
            seen_image(named.source, self.preprocessing),
            learned[0].float().cpu().numpy(),
            changed[0].float().cpu().numpy(),
            self.network.class_names,
            before,
            after,
        )

    def _input(self, image: ImageSource) -> Float[Tensor, "1 3 height width"]:
        return load_images([image], self.preprocessing).to(self.device)

    def _elsewhere(self, learned: Tensor, do: Elsewhere) -> Tensor:
        if isinstance(do, str) and do == "uniform":
            return uniform_attention(learned)
        if isinstance(do, str) and do == "reversed":
            return reversed_attention(learned)
        if isinstance(do, np.ndarray) and do.ndim == 2:
            return painted_attention(learned, torch.as_tensor(do, dtype=torch.float32))
        (other,) = _one(do)
        return self.network.look(self._input(other))[1]


def _one(image: ImageSource) -> list[Any]:
    found = list(each_image(image))
    if len(found) != 1:
        raise DataError(f"{len(found)} images; a counterfactual is of one")
    return found
