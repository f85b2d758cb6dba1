"""Counterfactual attention Ā (section 3.3, appendix B).

Every function takes learned attention and returns maps of the same shape, type and device.
"""

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from elsewhere.errors import ModelError


def random_attention(
    attention: Float[Tensor, "batch heads height width"],
    low: float = 0.0,
    high: float = 2.0,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "batch heads height width"]:
    """Draw every value from U(low, high); the paper's γ is U(0, 2)."""
    device = attention.device if generator is None else generator.device
    drawn = torch.empty(attention.shape, device=device).uniform_(low, high, generator=generator)
    return drawn.to(attention)


def uniform_attention(
    attention: Float[Tensor, "batch heads height width"],
    average: Literal["map", "sample"] = "map",
) -> Float[Tensor, "batch heads height width"]:
    """Give every position the average of the real attention.

    `map` averages each map by itself; `sample` takes one value for all maps of an image. The
    paper leaves this open. Equation 3's L2 norm makes `sample` the same as an all-ones map (up
    to ε): no head is then preferred to another.
    """
    axes = (2, 3) if average == "map" else (1, 2, 3)
    return attention.mean(dim=axes, keepdim=True).expand_as(attention)


def reversed_attention(
    attention: Float[Tensor, "batch heads height width"],
) -> Float[Tensor, "batch heads height width"]:
    """Subtract the attention from the largest value of its sample."""
    return attention.amax(dim=(1, 2, 3), keepdim=True) - attention


def shuffled_attention(
    attention: Float[Tensor, "batch heads height width"], partners: Int[Tensor, " batch"]
) -> Float[Tensor, "batch heads height width"]:
    """Give image i the attention of image `partners[i]` of the same batch."""
    return attention.index_select(0, partners.to(attention.device))


def painted_attention(
    attention: Float[Tensor, "batch heads height width"],
    painted: Float[Tensor, "rows columns"],
) -> Float[Tensor, "batch heads height width"]:
    """Spread each map's average as somebody has painted it, pooled to the maps' grid.

    A picture of one tone is uniform attention. No part of the paper.
    """
    if not (bool(painted.isfinite().all()) and bool((painted >= 0).all()) and painted.any()):
        raise ModelError("nothing is painted: give values of 0 and more, one of them above 0")
    rows, columns = attention.shape[2:]
    place = adaptive_avg_pool2d(painted.to(attention)[None, None], (rows, columns))
    return attention.mean(dim=(2, 3), keepdim=True) * (place / place.mean())


def annealed_attention(
    attention: Float[Tensor, "batch heads height width"],
    wrong: Float[Tensor, "batch heads height width"],
    share: float,
) -> Float[Tensor, "batch heads height width"]:
    """Mix wrong attention with a share, 0..1, of the learned one."""
    return torch.lerp(wrong, attention, share)


def hardest(
    logits: Float[Tensor, "draws batch classes"], labels: Int[Tensor, " batch"]
) -> Int[Tensor, " batch"]:
    """The draw under which each image's true logit is largest."""
    true = labels.view(1, -1, 1).expand(len(logits), -1, 1)
    return logits.gather(2, true).squeeze(2).argmax(dim=0)


def most_confused(
    logits: Float[Tensor, "batch classes"],
    labels: Int[Tensor, " batch"],
    otherwise: Int[Tensor, " batch"],
) -> Int[Tensor, " batch"]:
    """The image of another class that each image is taken for most: whose class has its logit.

    Of several images of that class the first; `otherwise` where the batch holds no other class.
    """
    same = labels.unsqueeze(1) == labels.unsqueeze(0)
    partners = logits[:, labels].masked_fill(same, -torch.inf).argmax(dim=1)
    return torch.where(same.all(dim=1), otherwise.to(partners), partners)


def derangement(size: int, generator: torch.Generator | None = None) -> Int[Tensor, " size"]:
    """Draw partners such that no image is its own partner.

    Drawn as one random cycle through all images, so there is nothing to reject. A fixed point
    would be an image whose counterfactual is the fact: its effect is zero and teaches nothing.

    Raises:
        ModelError: for fewer than two images.
    """
    if size < 2:
        raise ModelError(
            f"shuffled attention needs at least two images, got {size}: "
            "use a larger batch or another intervention"
        )
    cycle = permutation(size, generator)
    partners = torch.empty_like(cycle)
    partners[cycle] = cycle.roll(-1)
    return partners


def permutation(size: int, generator: torch.Generator | None = None) -> Int[Tensor, " size"]:
    """Draw partners by any permutation, appendix B to the letter; some images may stay put."""
    device = torch.device("cpu") if generator is None else generator.device
    return torch.randperm(size, generator=generator, device=device)
