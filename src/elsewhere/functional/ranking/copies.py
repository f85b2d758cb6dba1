"""Rows that occur more than once."""

import torch
from jaxtyping import Int, Shaped
from torch import Tensor

_WORDS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


def distinct_rows(
    rows: Shaped[Tensor, "rows size"],
) -> tuple[Int[Tensor, " distinct"], Int[Tensor, " rows"]]:
    """Find one row of each kind, and for every row which of these it equals, bit for bit."""
    words = rows.contiguous().view(_WORDS[rows.element_size()])
    generator = torch.Generator().manual_seed(0)
    factors = torch.randint(-(2**62), 2**62, (words.shape[1],), generator=generator)
    # whole numbers wrap around, so that their sum is the same in any order
    marks = (words.long() * factors.to(rows.device)).sum(dim=1)
    _, kinds = torch.unique(marks, return_inverse=True)
    every = torch.arange(len(rows), device=rows.device)
    first = torch.full_like(every, len(rows)).scatter_reduce(0, kinds, every, "amin")
    first = first[: int(kinds.max()) + 1]
    if not torch.equal(words[first][kinds], words):  # two kinds that share a mark
        return every, every
    return first, kinds
