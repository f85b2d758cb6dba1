"""What objectives have in common: named terms, each with a weight."""

import math
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.errors import ConfigError


@runtime_checkable
class Weights(Protocol):
    """The weight of every term, a NamedTuple; a term of weight 0 is not computed."""

    def _asdict(self) -> dict[str, float]: ...


class Objective(nn.Module):
    """Weighs and adds named terms; subclasses say which there are.

    Attributes:
        weight_of: the weight of every term, by its name.

    Args:
        weights: weight of every term.

    Raises:
        ConfigError: if every weight is 0, or one is negative or no number.
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.weight_of = weights._asdict()
        for name, weight in self.weight_of.items():
            if not 0 <= weight < math.inf:
                raise ConfigError(f"the weight of term {name} must be 0 or more, got {weight:g}")
        if not any(self.weight_of.values()):
            raise ConfigError("every term of the objective has weight 0: nothing would be learned")

    def total(self, terms: Mapping[str, Tensor], effect_share: float = 1.0) -> Float[Tensor, ""]:
        """Add the terms up by their weights; `effect_share` of 0..1 eases the effect term in.

        Raises:
            ConfigError: if there is no term, such as for a baseline that weighs the effect alone.
        """
        if not terms:
            raise ConfigError(
                "no term of the objective applies: every weight of what is computed is 0"
            )
        shares = {"effect": effect_share}
        weighted = [
            self.weight_of[name] * shares.get(name, 1.0) * term for name, term in terms.items()
        ]
        return torch.stack(weighted).sum()
