"""What a ranking in random order would score."""

import torch
from jaxtyping import Int
from torch import Tensor


def chance_of_ranking(
    matches: Int[Tensor, " queries"], candidates: Int[Tensor, " queries"]
) -> tuple[float, float]:
    """Expected mAP and Rank-1 where every order of the gallery is equally likely (Bestgen, 2015).

    `matches` counts the right images of each query, `candidates` all that it is scored by. A query
    without a match is left out. mAP and Rank-1 are in 0..1; NaN where no query has one.
    """
    known = matches > 0
    right, every = matches[known].double(), candidates[known].double()
    # the harmonic number of n is digamma(n + 1) + Euler's constant
    harmonic = torch.special.digamma(every + 1) - torch.special.digamma(torch.ones_like(every))
    others = (every - 1).clamp(min=1)
    precision = ((right - 1) / others * (every - harmonic) + harmonic) / every
    return float(precision.mean()), float((right / every).mean())
