"""Centre loss on the pooled vector, as in WS-DAN and the published code."""

from typing import Literal, NamedTuple, get_args

import torch
import torch.distributed
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from elsewhere.errors import ConfigError
from elsewhere.functional.attention import at_least_float32

MovedBy = Literal["all", "published"]
"""Whose images move a centre, see `CenterLoss`."""


class CenterMoves(NamedTuple):
    """How the centres of the centre loss follow their images, see `CenterLoss`.

    Attributes:
        rate: share of the way a centre moves in a step; 0.05 is the published code's.
        moved_by: `all` images move it, or as in the `published` code.
    """

    rate: float = 0.05
    moved_by: MovedBy = "all"


class CenterLoss(nn.Module):
    """Pull each embedding to its class's centre: Σ‖h − ĉ‖² / batch.

    ĉ is the L2-normalised centre before this step's update. Then every image moves the centre of
    its class, c += rate · (h − ĉ), the images of all processes together; centres start at zero.

    Args:
        classes: number of classes.
        size: length of the embedding.
        rate: share of the way a centre moves in a step; 0.05 is the published code's.
        moved_by: `all` images; `published` writes `center[y] += …` as that code does, which keeps
            only the last image of a repeated label, and lets each process move centres by
            its own images alone; `Classification` keeps them apart.

    Raises:
        ConfigError: for anything else that centres could be moved by.
    """

    centers: Tensor

    def __init__(
        self, classes: int, size: int, rate: float = 0.05, moved_by: MovedBy = "all"
    ) -> None:
        super().__init__()
        if moved_by not in get_args(MovedBy):
            raise ConfigError(f"centres are moved by all or published, not {moved_by!r}")
        self.rate = rate
        self.moved_by = moved_by
        self.register_buffer("centers", torch.zeros(classes, size))

    def forward(
        self, embedding: Float[Tensor, "batch size"], labels: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """Return the loss; in training, move the centres."""
        embedding = at_least_float32(embedding)
        targets = F.normalize(self.centers[labels], dim=1)
        loss = (embedding - targets).square().sum() / len(embedding)
        if self.training:
            self._move(embedding.detach() - targets, labels)
        return loss

    @torch.no_grad()
    def _move(self, distances: Tensor, labels: Tensor) -> None:
        if self.moved_by == "published":
            last = {label: row for row, label in enumerate(labels.tolist())}
            rows = list(last.values())
            self.centers[labels[rows]] += self.rate * distances[rows]
            return
        moves = torch.zeros_like(self.centers).index_add_(0, labels, distances)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(moves)
        self.centers.add_(moves, alpha=self.rate)
