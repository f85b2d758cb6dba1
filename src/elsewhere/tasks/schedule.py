"""Learning-rate schedules, as factors on the optimizer's own learning rate, one a step."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, NamedTuple

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from elsewhere.errors import ConfigError


class Length(NamedTuple):
    """How long a run is.

    Attributes:
        steps: optimizer steps of the whole run.
        epoch: optimizer steps of one epoch.
    """

    steps: int
    epoch: int


class Schedule(ABC):
    """A learning rate over the steps of a run.

    Args:
        warmup_epochs: epochs over which the rate climbs in a straight line before the schedule
            rules alone; 0 for none.
        warmup_factor: where the climb begins, as a share of the rate.
        warmup_by: climb at every `step`, or once an `epoch`, as the published re-identification
            code does.

    Raises:
        ConfigError: for numbers below 0; so do all schedules.
    """

    def __init__(
        self,
        warmup_epochs: float = 0.0,
        warmup_factor: float = 0.01,
        warmup_by: Literal["step", "epoch"] = "step",
    ) -> None:
        _require(warmup_epochs=warmup_epochs, warmup_factor=warmup_factor)
        self.warmup_epochs = warmup_epochs
        self.warmup_factor = warmup_factor
        self.warmup_by = warmup_by

    @abstractmethod
    def factor(self, step: int, length: Length) -> float:
        """Return the factor of one step, counted from 0, without the warm-up."""

    def __call__(self, optimizer: Optimizer, length: Length) -> LambdaLR:
        """Bind the schedule to an optimizer; it is to be moved on after every step."""
        return LambdaLR(optimizer, lambda step: self.warmed(step, length))

    def warmed(self, step: int, length: Length) -> float:
        """Return the factor of one step with the warm-up."""
        climb = self.warmup_epochs * length.epoch
        climbed = step if self.warmup_by == "step" else step // length.epoch * length.epoch
        share = min(climbed / climb, 1.0) if climb else 1.0
        return (self.warmup_factor + (1 - self.warmup_factor) * share) * self.factor(step, length)


class StepDecay(Schedule):
    """The rate times `rate` every `every` epochs: the paper's ×0.9 every 2 epochs.

    Args:
        every: epochs between two reductions.
        rate: factor of one reduction.
        continuous: reduce a little at every step instead, as the published code does:
            rate^(epochs passed / every).
        warmup_epochs: see `Schedule`.
        warmup_factor: see `Schedule`.
    """

    def __init__(
        self,
        every: float = 2,
        rate: float = 0.9,
        continuous: bool = False,
        warmup_epochs: float = 0.0,
        warmup_factor: float = 0.01,
    ) -> None:
        super().__init__(warmup_epochs, warmup_factor)
        _require(every=every, rate=rate)
        if every == 0:
            raise ConfigError("every is 0: above 0, please")
        self.every = every
        self.rate = rate
        self.continuous = continuous

    def factor(self, step: int, length: Length) -> float:
        """Return rate^reductions."""
        epochs = step / length.epoch if self.continuous else step // length.epoch
        reductions = epochs / self.every
        return float(self.rate ** (reductions if self.continuous else math.floor(reductions)))


class Milestones(Schedule):
    """The rate times `rate` at each of some epochs or iterations.

    Args:
        milestones: when the rate falls.
        rate: factor of one fall.
        unit: what milestones count, `epoch` or `step`.
        warmup_epochs: see `Schedule`.
        warmup_factor: see `Schedule`.
        warmup_by: see `Schedule`.
    """

    def __init__(
        self,
        milestones: Sequence[int],
        rate: float = 0.1,
        unit: Literal["epoch", "step"] = "epoch",
        warmup_epochs: float = 0.0,
        warmup_factor: float = 0.01,
        warmup_by: Literal["step", "epoch"] = "step",
    ) -> None:
        super().__init__(warmup_epochs, warmup_factor, warmup_by)
        _require(rate=rate)
        self.milestones = tuple(milestones)
        self.rate = rate
        self.unit = unit

    def factor(self, step: int, length: Length) -> float:
        """Return rate^(milestones passed)."""
        now = step // length.epoch if self.unit == "epoch" else step
        return float(self.rate ** sum(now >= milestone for milestone in self.milestones))


class OneCycle(Schedule):
    """Up along a cosine for `rise` of the run, then down along a cosine to nearly nothing.

    The factors are those of torch's `OneCycleLR`, and so are the defaults; momentum stays put.

    Args:
        rise: share of the run in which the rate climbs.
        start: first factor.
        end: last factor.
    """

    def __init__(self, rise: float = 0.3, start: float = 0.04, end: float = 4e-6) -> None:
        super().__init__()
        _require(rise=rise, start=start, end=end)
        if rise > 1:
            raise ConfigError(f"rise is a share from 0 to 1, got {rise:g}")
        self.rise = rise
        self.start = start
        self.end = end

    def factor(self, step: int, length: Length) -> float:
        """Return the factor of the one cycle."""
        last = length.steps - 1
        top = self.rise * length.steps - 1
        if step < top:
            return _cosine(self.start, 1.0, step / top)
        if step >= last:
            return self.end
        return _cosine(1.0, self.end, (step - top) / (last - top))


class Constant(Schedule):
    """The same rate throughout."""

    def factor(self, step: int, length: Length) -> float:
        """Return 1."""
        return 1.0


def _require(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 <= number < math.inf:
            raise ConfigError(f"{name} is {number:g}: 0 or more, please")


def _cosine(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2
