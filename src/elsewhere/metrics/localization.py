"""Whether attention lies on the object, where a box says what the object is.

The paper reports the mean overlap of a box drawn round the attention (Table 5) without its
threshold: so it is measured over a sweep of them. The mass inside the box needs no threshold.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torchmetrics import Metric

from elsewhere.functional.region import attention_to_box, box_iou, mass_inside, mean_attention
from elsewhere.metrics.gather import gather_by_index

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


class Localization(NamedTuple):
    """Means of `LocalizationRows` over the images that have a box; NaN where none has.

    `iou` is by threshold; `evidence_inside` is None where none was given.
    """

    images: int
    without_box: int
    iou: dict[float, float]
    attention_inside: float
    evidence_inside: float | None
    box_area: float


class _Held(NamedTuple):
    indices: Int[Tensor, " images"]
    measures: Float[Tensor, "images columns"]


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


class AttentionLocalization(Metric):
    """Mean of `localize` over a test set, every image once; thresholds and padding as there.

    Rows are kept by index and gathered when computed, so images that a sampler repeats, in one
    process or in several, count once, and the result does not depend on how they were batched.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False

    indices: list[Tensor]
    rows: list[Tensor]

    def __init__(self, thresholds: Sequence[float] = THRESHOLDS, padding: float = 0.0) -> None:
        # gathered by index at the end: joining the states would count repeated images twice
        super().__init__(sync_on_compute=False)
        self.thresholds = tuple(thresholds)
        self.padding = padding
        self.add_state("indices", default=[], dist_reduce_fx=None)
        self.add_state("rows", default=[], dist_reduce_fx=None)

    def update(
        self,
        attention: HeadMaps | Maps,
        boxes: Float[Tensor, "batch 4"],
        indices: Int[Tensor, " batch"],
        *,
        size: tuple[int, int],
        evidence: HeadMaps | Maps | None = None,
    ) -> None:
        """Take in a batch as `localize` does; `indices` are its rows in the table of records."""
        found = localize(
            attention,
            boxes,
            size,
            evidence=evidence,
            thresholds=self.thresholds,
            padding=self.padding,
        )
        self.indices.append(indices)
        self.rows.append(torch.cat((found.iou, torch.stack(found[1:], dim=1)), dim=1))

    def compute(self) -> Localization:
        """Average over the images that have a box."""
        rows = gather_by_index(self._held()).measures.double()
        boxed = rows[~rows[:, -1].isnan()]
        *overlaps, attention, evidence, area = boxed.mean(dim=0).tolist()
        iou = dict(zip(self.thresholds, overlaps, strict=True))
        used = None if boxed[:, -2].isnan().all() else evidence
        return Localization(len(boxed), len(rows) - len(boxed), iou, attention, used, area)

    def _held(self) -> _Held:
        """What this process has taken in; no rows, of the right width, if nothing."""
        columns = len(self.thresholds) + 3
        no_index = torch.empty(0, dtype=torch.int64, device=self.device)
        no_row = torch.empty(0, columns, device=self.device)
        return _Held(torch.cat((no_index, *self.indices)), torch.cat((no_row, *self.rows)))
