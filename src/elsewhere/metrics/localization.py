"""Whether attention lies on the object, where a box says what the object is.

The paper reports the mean overlap of a box drawn round the attention (Table 5) without its
threshold: so it is measured over a sweep of them. The mass inside the box needs no threshold.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.functional.region import attention_to_box, box_iou, mass_inside, mean_attention

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
PADDING = 0.1
"""Room around an attention's box, as a share of the image's side, where a test also measures
with some: that of the crops in training."""

Maps = Float[Tensor, "batch height width"]
HeadMaps = Float[Tensor, "batch heads height width"]


class LocalizationRows(NamedTuple):
    """Measures of each image; NaN for an image without a box.

    Attributes:
        iou: overlap of the attention's box with the object's, by threshold, in 0..1.
        attention_inside: share of the attention's mass inside the object's box, in 0..1.
        evidence_inside: the same of the positive evidence; NaN where none was given.
        box_area: the object's box as a share of the image, in 0..1: what an even map would score.
    """

    iou: Float[Tensor, "batch thresholds"]
    attention_inside: Float[Tensor, " batch"]
    evidence_inside: Float[Tensor, " batch"]
    box_area: Float[Tensor, " batch"]


def localize(
    attention: HeadMaps | Maps,
    boxes: Float[Tensor, "batch 4"],
    size: tuple[int, int],
    *,
    evidence: HeadMaps | Maps | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    padding: float = 0.0,
) -> LocalizationRows:
    """Measure each image's attention against its box.

    Args:
        attention: one map per image, or all heads, which are averaged.
        boxes: object boxes, xyxy in pixels of the image, right and bottom exclusive; NaN, or
            without area, where there is none.
        size: height and width of the images in pixels.
        evidence: shares of the prediction by position, or by head and position, which are summed
            over heads first.
        thresholds: shares of the map's maximum from which attention counts, in 0..1.
        padding: share of the image's side that the attention's box is widened by on each side.
    """
    maps = mean_attention(attention) if attention.ndim == 4 else attention
    sides = (boxes[:, 2:] - boxes[:, :2]).float()
    known = boxes.isfinite().all(dim=1) & (sides > 0).all(dim=1)
    truth = torch.where(known[:, None], boxes.float(), torch.nan)
    found = [attention_to_box(maps, at, size=size, padding=padding) for at in thresholds]
    overlaps = [box_iou(box, truth) for box in found]
    used = torch.full_like(truth[:, 0], torch.nan)
    if evidence is not None:
        shares = evidence.float().sum(dim=1) if evidence.ndim == 4 else evidence
        used = mass_inside(shares, truth, size)
    area = torch.where(known, sides.prod(dim=1) / (size[0] * size[1]), torch.nan)
    return LocalizationRows(
        torch.stack(overlaps, dim=1), mass_inside(maps, truth, size), used, area
    )
