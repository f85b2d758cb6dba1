"""The views of an image that a test looks at: itself, its attended crops, and their mirrors."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.functional.region import attention_to_box, crop_region
from elsewhere.structures import AttentionOutput

Crop = tuple[float, float]
PUBLISHED_CROPS: tuple[Crop, ...] = ((0.3, 0.1), (0.2, 0.1), (0.1, 0.05))


def combine_views(
    logits: Float[Tensor, "images views classes"],
) -> Float[Tensor, "images classes"]:
    """Average the views' logits, as the published test does."""
    return logits.mean(dim=1)


class TestViews:
    """Looks at the image and at what its attention points to, each also mirrored.

    The published test: the image and three crops, on image and mirror, the mirror's crops by the
    mirror's own attention; predictions are averaged over the 8 logits.

    Args:
        crops: threshold of each crop as a share of the largest attention, and its padding as a
            share of the image's side.
        mirror: look at the mirror image as well.
        short_end: leave out a crop's last row and column, as the published code does.
    """

    __test__ = False  # a name that pytest would take for a test

    def __init__(
        self,
        crops: Sequence[Crop] = PUBLISHED_CROPS,
        mirror: bool = True,
        short_end: bool = False,
    ) -> None:
        self.crops = tuple((threshold, padding) for threshold, padding in crops)
        self.mirror = mirror
        self.short_end = short_end

    @property
    def names(self) -> tuple[str, ...]:
        """Name the views, in the order of their logits."""
        plain = ("raw", *(f"crop {threshold:g}" for threshold, _ in self.crops))
        mirrored = ("mirror", *(f"mirror {name}" for name in plain[1:]))
        return plain + (mirrored if self.mirror else ())

    def __call__(
        self,
        network: Callable[[Tensor], AttentionOutput],
        images: Float[Tensor, "batch channels height width"],
    ) -> tuple[AttentionOutput, Float[Tensor, "views batch classes"]]:
        """Return what the network says of the plain image, and the logits of every view."""
        raw, logits = self._crops(network, images)
        if self.mirror:
            logits += self._crops(network, images.flip(-1))[1]
        return raw, torch.stack(logits)

    def _crops(
        self, network: Callable[[Tensor], AttentionOutput], images: Tensor
    ) -> tuple[AttentionOutput, list[Tensor]]:
        whole = network(images)
        closer = [
            look_closer(network, images, whole, crop, short_end=self.short_end)
            for crop in self.crops
        ]
        return whole, [whole.logits, *(output.logits for output in closer)]


def look_closer(
    network: Callable[[Tensor], AttentionOutput],
    images: Float[Tensor, "batch 3 height width"],
    whole: AttentionOutput,
    crop: Crop,
    *,
    short_end: bool = False,
) -> AttentionOutput:
    """What a network says of the parts that it attends to in whole images.

    `whole` is what it said of those; `crop` and `short_end` are as in `TestViews`.
    """
    size, (threshold, padding) = (images.shape[-2], images.shape[-1]), crop
    boxes = attention_to_box(
        whole.attention, threshold, size=size, padding=padding, short_end=short_end
    )
    return network(crop_region(images, boxes, size))
