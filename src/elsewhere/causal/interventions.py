"""Interventions do(A = Ā), one small class each (section 3.3, appendix B)."""

import math
import warnings
from abc import ABC, abstractmethod
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.causal.protocol import NOTHING_KNOWN, AttentionModel, Moment, Observation
from elsewhere.errors import ConfigError
from elsewhere.functional.intervention import (
    annealed_attention,
    derangement,
    hardest,
    most_confused,
    permutation,
    random_attention,
    reversed_attention,
    shuffled_attention,
    uniform_attention,
)


class Intervention(ABC):
    """Replaces learned attention; to add one, write `__call__`.

    Examples:
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

    def watch(self, attention: Float[Tensor, "batch heads height width"]) -> None:  # noqa: B027
        """See A at every step of training, to warn where it does not fit; most have no say."""

    def draw(
        self,
        model: AttentionModel,  # noqa: ARG002
        output: Observation,
        generator: torch.Generator | None = None,
        moment: Moment = NOTHING_KNOWN,  # noqa: ARG002
    ) -> Float[Tensor, "batch heads height width"]:
        """Return Ā for what a model said of a batch.

        An intervention that goes by more than the attention overrides this; `__call__` is then
        what it does where nothing else is known.
        """
        return self(output.attention.detach(), generator)


class RandomAttention(Intervention):
    """Attention drawn from U(low, high), the paper's default with U(0, 2).

    Random attention is a fair rival only in the range of the learned one: when more than 5 % of
    the learned values lie outside in training, this warns once. It looks at every hundredth step,
    since looking makes a GPU wait.

    Args:
        low: least value drawn.
        high: largest value drawn.

    Raises:
        ConfigError: for a range that is none.

    Examples:
        >>> wrong = elsewhere.RandomAttention(0.0, 2.0)(torch.zeros(2, 3, 4, 4))
        >>> wrong.shape, bool((wrong >= 0).all() and (wrong <= 2).all())
        (torch.Size([2, 3, 4, 4]), True)
    """

    def __init__(self, low: float = 0.0, high: float = 2.0) -> None:
        if not -math.inf < low <= high < math.inf:
            raise ConfigError(f"attention is drawn from low to high, got {low:g} to {high:g}")
        self.low = low
        self.high = high
        self._steps = 0
        self._warned = False

    def __call__(
        self, attention: Tensor, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch heads height width"]:
        """Draw Ā; `attention` gives its shape."""
        return random_attention(attention, self.low, self.high, generator)

    def watch(self, attention: Float[Tensor, "batch heads height width"]) -> None:
        """Compare its range with the one that is drawn from."""
        if self._steps % 100 == 0 and not self._warned:
            self._compare_range(attention.detach())
        self._steps += 1

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

    Examples:
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

    Examples:
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

    Examples:
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


class AnnealedAttention(RandomAttention):
    """Random at first, and the learned attention by and by: ever harder to tell from it.

    The learned share of Ā climbs in a straight line from 0 to `end` over the training. No part of
    the paper. Where the moment is not known it is random.

    Args:
        end: learned share at the end of the training, 0..1.
        low: least value drawn.
        high: largest value drawn.

    Raises:
        ConfigError: for an end outside 0..1, or a range that is none.

    Examples:
        >>> from elsewhere.causal import Moment
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=3)
        >>> out = net(torch.rand(4, 3, 32, 32))
        >>> wrong = elsewhere.AnnealedAttention().draw(net, out, moment=Moment(progress=1.0))
        >>> bool((wrong == out.attention).all())  # at the end
        True
    """

    def __init__(self, end: float = 1.0, low: float = 0.0, high: float = 2.0) -> None:
        super().__init__(low, high)
        if not 0 <= end <= 1:
            raise ConfigError(f"end is a share from 0 to 1, got {end}")
        self.end = end

    def draw(
        self,
        model: AttentionModel,  # noqa: ARG002
        output: Observation,
        generator: torch.Generator | None = None,
        moment: Moment = NOTHING_KNOWN,
    ) -> Float[Tensor, "batch heads height width"]:
        """Mix by the moment's progress."""
        attention = output.attention.detach()
        share = self.end * moment.progress
        return annealed_attention(attention, self(attention, generator), share)


class HardestAttention(Intervention):
    """Of several draws, for each image the one that leaves its true class most likely.

    No part of the paper. Costs one prediction more for each draw. Where labels are not known it
    is one draw.

    Args:
        of: what is drawn; random attention if None.
        draws: number of draws.

    Raises:
        ConfigError: for less than one draw.

    Examples:
        >>> from elsewhere.causal import Moment
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=3)
        >>> out = net(torch.rand(4, 3, 32, 32))
        >>> branch = elsewhere.CounterfactualBranch(elsewhere.HardestAttention(draws=3))
        >>> branch(net, out, moment=Moment(torch.tensor([0, 1, 2, 0]))).shape
        torch.Size([4, 3])
    """

    def __init__(self, of: Intervention | None = None, draws: int = 4) -> None:
        if draws < 1:
            raise ConfigError(f"draws is {draws}: 1 or more, please")
        self.of = of or RandomAttention()
        self.draws = draws

    def __call__(
        self, attention: Tensor, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch heads height width"]:
        """Draw once."""
        return self.of(attention, generator)

    def watch(self, attention: Float[Tensor, "batch heads height width"]) -> None:
        """Warn of what is drawn."""
        self.of.watch(attention)

    def draw(
        self,
        model: AttentionModel,
        output: Observation,
        generator: torch.Generator | None = None,
        moment: Moment = NOTHING_KNOWN,
    ) -> Float[Tensor, "batch heads height width"]:
        """Ask the model about every draw."""
        if moment.labels is None:
            return super().draw(model, output, generator)
        drawn = [self.of.draw(model, output, generator, moment) for _ in range(self.draws)]
        with torch.no_grad():
            asked = torch.stack([model.predict(output.features, wrong) for wrong in drawn])
        chosen = hardest(asked, moment.labels)
        return torch.stack(drawn)[chosen, torch.arange(len(chosen), device=chosen.device)]


class SimilarAttention(ShuffledAttention):
    """The attention of an image of another class, the one that the image is most taken for.

    No part of the paper. Where labels are not known, or all images of a batch are of one class, it
    is any other image's.

    Examples:
        >>> from elsewhere.causal import Moment
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=2)
        >>> out = net(torch.rand(2, 3, 32, 32))
        >>> wrong = elsewhere.SimilarAttention().draw(net, out, moment=Moment(torch.tensor([0, 1])))
        >>> bool((wrong == out.attention.flip(0)).all())  # the only other class is the other image
        True
    """

    def __init__(self) -> None:
        super().__init__("derangement")

    def draw(
        self,
        model: AttentionModel,
        output: Observation,
        generator: torch.Generator | None = None,
        moment: Moment = NOTHING_KNOWN,
    ) -> Float[Tensor, "batch heads height width"]:
        """Choose partners by what the model said.

        Raises:
            ModelError: for one image, which has nobody to swap with.
        """
        if moment.labels is None:
            return super().draw(model, output, generator)
        others = self.draw_partners(len(output.attention), generator)
        partners = most_confused(output.logits.detach(), moment.labels, others)
        return shuffled_attention(output.attention.detach(), partners)
