"""What becomes of an answer when the network looks elsewhere: do(A = Ā), one image at a time."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import ImageSource, each_image, load_images, seen_image
from elsewhere.description import ClassProbability, Prediction, Preprocessing
from elsewhere.errors import DataError, ModelError
from elsewhere.functional.intervention import (
    painted_attention,
    reversed_attention,
    uniform_attention,
)
from elsewhere.inference.prediction import class_probabilities, name_classes
from elsewhere.models import AttentionNetwork
from elsewhere.models.retrieval import view_vectors
from elsewhere.retrieval.settings import Wanted
from elsewhere.retrieval.vectors import UNUSABLE, unit_vectors

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


@dataclass(frozen=True, eq=False)
class CounterfactualVector:
    """The vector that an image is compared by, and the same features' under another attention.

    Attributes:
        file: name of the image.
        image: the part of it that the network saw, values in 0..1.
        attention: learned maps A.
        elsewhere: the maps Ā in their place.
        factual: vector of length one under A, as `embed` returns it.
        counterfactual: under Ā, of length one.

    Examples:
        >>> model = elsewhere.open_model("runs/individuals/seed-0")
        >>> changed = model.counterfactual_vector("a.jpg", "reversed")
        >>> changed.similarity < 1
        True
    """

    file: str
    image: Float[np.ndarray, "3 height width"]
    attention: Float[np.ndarray, "heads rows columns"]
    elsewhere: Float[np.ndarray, "heads rows columns"]
    factual: Float[np.ndarray, " size"]
    counterfactual: Float[np.ndarray, " size"]

    @property
    def similarity(self) -> float:
        """Cosine of the two vectors, -1..1: 1 where attention makes no difference."""
        return float(self.factual @ self.counterfactual)


class Looking:
    """What can be asked of a model whose attention is replaced."""

    network: AttentionNetwork
    preprocessing: Preprocessing
    device: torch.device

    def require_classes(self, instead: str) -> None:
        """Refuse a model without classes of its own."""
        raise NotImplementedError

    def wanted(self) -> Wanted:
        """Which vector images are compared by."""
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
        self.require_classes("its attention changes a vector: model.counterfactual_vector")
        (named,) = _one(image)
        with torch.inference_mode():
            features, learned = self.network.look(self._input(named))
            output = self.network.answer(features, learned)
            changed = self._elsewhere(learned, do)
            logits = torch.stack([output.logits[0], self.network.predict(features, changed)[0]])
        (prediction,) = name_classes(self.network, [named.name], output, output.logits, 5)
        before, after = class_probabilities(logits, self.network.calibration)
        return Counterfactual(
            prediction,
            seen_image(named.source, self.preprocessing),
            learned[0].float().cpu().numpy(),
            changed[0].float().cpu().numpy(),
            self.network.class_names,
            before,
            after,
        )

    def counterfactual_vector(
        self, image: ImageSource, do: Elsewhere = "uniform"
    ) -> CounterfactualVector:
        """Embed as if the network had looked elsewhere; backbone and features stay.

        Where the mirrored image is added to the vector, it is looked at alike: what is painted
        is mirrored with it.

        Args:
            image: one image, as for `embed`.
            do: as for `counterfactual`.

        Raises:
            ModelError: nothing is painted, or a vector is zero or not finite.
            DataError: an image cannot be read.
        """
        (named,) = _one(image)
        vector, mirror, _ = self.wanted()
        views = []
        with torch.inference_mode():
            for mirrored in (False, True) if mirror else (False,):
                features, learned = self.network.look(self._input(named, mirrored))
                changed = self._elsewhere(learned, do, mirrored)
                views.append([self.network.answer(features, a) for a in (learned, changed)])
            both = [
                view_vectors(self.network, outputs, [vector])[vector][0]
                for outputs in zip(*views, strict=True)
            ]
        before, after = unit_vectors(torch.stack(both).float().cpu().numpy())
        if not np.isfinite([before, after]).all():
            raise ModelError(f"{named.name}: {UNUSABLE}")
        own, other = (output.attention[0].float().cpu().numpy() for output in views[0])
        seen = seen_image(named.source, self.preprocessing)
        return CounterfactualVector(named.name, seen, own, other, before, after)

    def _input(
        self, image: ImageSource, mirrored: bool = False
    ) -> Float[Tensor, "1 3 height width"]:
        made = load_images([image], self.preprocessing).to(self.device)
        return made.flip(-1) if mirrored else made

    def _elsewhere(self, learned: Tensor, do: Elsewhere, mirrored: bool = False) -> Tensor:
        if isinstance(do, str) and do == "uniform":
            return uniform_attention(learned)
        if isinstance(do, str) and do == "reversed":
            return reversed_attention(learned)
        if isinstance(do, np.ndarray) and do.ndim == 2:
            painted = torch.as_tensor(do, dtype=torch.float32)
            return painted_attention(learned, painted.flip(-1) if mirrored else painted)
        (other,) = _one(do)
        return self.network.look(self._input(other, mirrored))[1]


def _one(image: ImageSource) -> list[Any]:
    found = list(each_image(image))
    if len(found) != 1:
        raise DataError(f"{len(found)} images; a counterfactual is of one")
    return found
