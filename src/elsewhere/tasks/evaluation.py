"""What a test sees of every image, gathered and counted once."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.data.features import FeatureDataset
from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.metrics.effect import effect_gain
from elsewhere.metrics.gather import gather_by_index
from elsewhere.metrics.localization import PADDING, localize
from elsewhere.models import AttentionNetwork
from elsewhere.models.familiarity import familiarity_of
from elsewhere.models.views import TestViews
from elsewhere.structures import AttentionOutput, Batch
from elsewhere.tasks.measurement import EffectMeasure


class TestRows(NamedTuple):
    """All that a test keeps of an image, by its row in its split; NaN where it was not measured.

    Logits are of every view; gains are effects on the true class's logit and probability. `iou` is
    the overlap of the attention's box with the object's, over a sweep of thresholds, `iou_padded`
    the same with `PADDING` of the image's side as room around the box. In the object's box, which
    covers `box_area` of the image, lie `attention_inside` of the mean attention and
    `evidence_inside` of the positive evidence for the predicted class. `familiarity` is the cosine
    to the nearest of the classes trained on.
    """

    __test__ = False  # a name that pytest would take for a test

    indices: Int[Tensor, " rows"]
    labels: Int[Tensor, " rows"]
    logits: Float[Tensor, "rows views classes"]
    logit_gain: Float[Tensor, " rows"]
    probability_gain: Float[Tensor, " rows"]
    iou: Float[Tensor, "rows thresholds"]
    iou_padded: Float[Tensor, "rows thresholds"]
    attention_inside: Float[Tensor, " rows"]
    evidence_inside: Float[Tensor, " rows"]
    box_area: Float[Tensor, " rows"]
    familiarity: Float[Tensor, " rows"]


class Evaluation:
    """Looks at one split, batch by batch: at images, or features where the network is fed by them.

    `views` are looked at of every image; `measure` is of the effect, and None leaves it out.
    """

    def __init__(
        self,
        network: AttentionNetwork,
        dataset: ImageDataset | FeatureDataset,
        views: TestViews,
        measure: EffectMeasure | None,
    ) -> None:
        self.network = network
        self.dataset = dataset
        self.views = views
        self.measure = measure
        self._boxed = any(record.box is not None for record in dataset.table.records)
        self._seen: list[TestRows] = []

    @torch.no_grad()
    def add(self, batch: Batch) -> None:
        """Look at one batch."""
        output, logits = self.views(self.network, batch.images)
        gain = self._gain(output, batch)
        size = (batch.images.shape[-2], batch.images.shape[-1])
        if isinstance(self.dataset, FeatureDataset):
            size = self.dataset.size  # boxes are in pixels of the images
        plain, *shares = localize(
            output.attention, batch.boxes, size, evidence=self._evidence(output)
        )
        padded = localize(output.attention, batch.boxes, size, padding=PADDING).iou
        located = (plain, padded, *shares)
        known = self.network.familiarity
        like = torch.full((len(batch.labels),), torch.nan)
        if known is not None:
            like = familiarity_of(output.embedding, known.means)
        rows = (batch.indices, batch.labels, logits.transpose(0, 1), *gain, *located, like)
        self._seen.append(TestRows(*(column.detach().cpu() for column in rows)))

    def rows(self) -> TestRows:
        """All images of all processes, in order, each once."""
        return gather_by_index(TestRows(*map(torch.cat, zip(*self._seen, strict=True))))

    def _gain(self, output: AttentionOutput, batch: Batch) -> tuple[Tensor, Tensor]:
        if self.measure is None:
            unknown = torch.full_like(output.logits[:, 0], torch.nan)
            return unknown, unknown
        wrong = self.measure(
            self.network, output, batch.indices.tolist(), len(self.dataset), self._images_of
        )
        return effect_gain(output.logits, wrong, batch.labels)

    def _evidence(self, output: AttentionOutput) -> Tensor | None:
        if self.network.pooling != "average" or not self._boxed:
            return None
        return self.network.evidence(output, output.logits.argmax(1))

    def _images_of(self, indices: Sequence[int]) -> Tensor:
        return collate([self.dataset[index] for index in indices]).images
