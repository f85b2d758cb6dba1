"""What a ranking in random order would score."""

import torch
from jaxtyping import Int
from torch import Tensor


def chance_of_ranking(
    matches: Int[Tensor, " queries"], candidates: Int[Tensor, " queries"]
) -> tuple[float, float]:
    """Expected mAP and Rank-1 where every order of the gallery is equally likely (Bestgen, 2015).

    Args:
        matches: right images of each query; a query without one is left out.
        candidates: images that each query is scored by, right and wrong.

    Returns:
        mAP and Rank-1 in 0..1; NaN where no query has a match.
    """
    known = matches > 0
    right, every = matches[known].double(), candidates[known].double()
    # the harmonic number of n is digamma(n + 1) + Euler's constant
    harmonic = torch.special.digamma(every + 1) - torch.special.digamma(torch.ones_like(every))
    others = (every - 1).clamp(min=1)
    precision = ((right - 1) / others * (every - harmonic) + harmonic) / every
    return float(precision.mean()), float((right / every).mean())
