"""Interventions do(A = Ā), one small class each (section 3.3, appendix B)."""

import warnings
from abc import ABC, abstractmethod
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.functional.intervention import (
    derangement,
    permutation,
    random_attention,
    reversed_attention,
    shuffled_attention,
    uniform_attention,
)


class Intervention(ABC):
    """Replaces learned attention; to add one, write `__call__`.

    Example:
        >>> class Mirrored(elsewhere.Intervention):
        ...     def __call__(self, attention, generator=None):
        ...         return attention.flip(-1)
        >>> Mirrored()(torch.arange(4.0).view(1, 1, 1, 4)).flatten().tolist()
        [3.0, 2.0, 1.0, 0.0]
    """

    @abstractmethod
    def __call__(
        self,
        attention: Float[Tensor, "batch heads height width"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "batch heads height width"]:
        """Return Ā for the learned A; all randomness comes from `generator`."""


class RandomAttention(Intervention):
    """Attention drawn from U(low, high), the paper's default with U(0, 2).

    Random attention is a fair rival only in the range of the learned one: when more than 5 % of
    the learned values lie outside, this warns once. It looks at every hundredth call, since
    looking makes a GPU wait.

    Args:
        low: least value drawn.
        high: largest value drawn.

    Example:
        >>> wrong = elsewhere.RandomAttention(0.0, 2.0)(torch.zeros(2, 3, 4, 4))
        >>> wrong.shape, bool((wrong >= 0).all() and (wrong <= 2).all())
        (torch.Size([2, 3, 4, 4]), True)
    """

    def __init__(self, low: float = 0.0, high: float = 2.0) -> None:
        self.low = low
        self.high = high
        self._calls = 0
        self._warned = False

    def __call__(
        self, attention: Tensor, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch heads height width"]:
        """Draw Ā; `attention` gives its shape."""
        if self._calls % 100 == 0 and not self._warned:
            self._compare_range(attention)
        self._calls += 1
        return random_attention(attention, self.low, self.high, generator)

    def _compare_range(self, attention: Tensor) -> None:
        outside = ((attention < self.low) | (attention > self.high)).float().mean().item()
        if outside > 0.05:
            self._warned = True
            warnings.warn(
                f"{outside:.0%} of the learned attention lies outside {self.low:g}…{self.high:g}, "
                "the range that random attention is drawn from: "
                "set low and high of RandomAttention to the learned range",
                stacklevel=3,
            )


class UniformAttention(Intervention):
    """The average of the real attention everywhere.

    Args:
        average: `map` averages each map by itself (our default, used by the recipes), `sample`
            takes one value for all maps of an image.

    Example:
        >>> elsewhere.UniformAttention()(torch.tensor([[[[0.0, 2.0]]]])).flatten().tolist()
        [1.0, 1.0]
    """

    def __init__(self, average: Literal["map", "sample"] = "map") -> None:
        self.average: Literal["map", "sample"] = average

    def __call__(
        self,
        attention: Tensor,
        generator: torch.Generator | None = None,  # noqa: ARG002
    ) -> Float[Tensor, "batch heads height width"]:
        """Average A; nothing is random."""
        return uniform_attention(attention, self.average)


class ReversedAttention(Intervention):
    """The largest value of each sample minus its attention.

    Example:
        >>> elsewhere.ReversedAttention()(torch.tensor([[[[0.0, 0.5, 2.0]]]])).flatten().tolist()
        [2.0, 1.5, 0.0]
    """

    def __call__(
        self,
        attention: Tensor,
        generator: torch.Generator | None = None,  # noqa: ARG002
    ) -> Float[Tensor, "batch heads height width"]:
        """Reverse A; nothing is random."""
        return reversed_attention(attention)


class ShuffledAttention(Intervention):
    """Another image's attention.

    Args:
        partners: `derangement` (our default) never gives an image its own attention back: one
            cycle through the batch is drawn, any cycle alike, and no other derangement;
            `permutation` is appendix B to the letter, where it may.

    Example:
        >>> attention = torch.arange(3.0).view(3, 1, 1, 1)  # one map for each of three images
        >>> wrong = elsewhere.ShuffledAttention()(attention)
        >>> bool((wrong != attention).all())  # nobody keeps their own
        True
    """

    def __init__(self, partners: Literal["derangement", "permutation"] = "derangement") -> None:
        self.partners = partners

    def __call__(
        self, attention: Tensor, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch heads height width"]:
        """Shuffle A along the batch.

        Raises:
            ModelError: for one image, which has nobody to swap with.
        """
        return shuffled_attention(attention, self.draw_partners(len(attention), generator))

    def draw_partners(self, size: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw whose attention each of `size` images gets."""
        draw = derangement if self.partners == "derangement" else permutation
        return draw(size, generator)
