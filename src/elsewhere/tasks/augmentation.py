"""Attention-guided crop and drop, WS-DAN's weakly supervised augmentation, as the paper uses it."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.errors import ConfigError
from elsewhere.functional.region import (
    attention_to_box,
    crop_region,
    drop_region,
    sample_uniform,
    select_attention,
)


class CropAndDrop:
    """Makes one crop and one drop of every training image, guided by its own attention.

    Each is guided by a map drawn by its strength; the defaults are the published code's.

    Args:
        crop: range of the crop's threshold, as a share of the map's largest value.
        drop: range of the drop's threshold.
        padding: room around the crop's box, as a share of the image's side.
        short_end: leave out the box's last row and column, as the published code does.
        blank_silent: drop all of an image whose map is constant or zero, as the published code
            does; else nothing of it.

    Raises:
        ConfigError: a range that is none, or reaches outside 0..1, or padding below 0.
    """

    def __init__(
        self,
        crop: tuple[float, float] = (0.4, 0.6),
        drop: tuple[float, float] = (0.2, 0.5),
        padding: float = 0.1,
        short_end: bool = False,
        blank_silent: bool = False,
    ) -> None:
        for name, (low, high) in (("crop", crop), ("drop", drop)):
            if not 0 <= low <= high <= 1:
                raise ConfigError(
                    f"{name} is a range of thresholds within 0 and 1, got {low:g} to {high:g}"
                )
        if not 0 <= padding < math.inf:
            raise ConfigError(f"padding is {padding:g}: 0 or more, please")
        self.crop = crop
        self.drop = drop
        self.padding = padding
        self.short_end = short_end
        self.blank_silent = blank_silent

    @torch.no_grad()
    def __call__(
        self,
        images: Float[Tensor, "batch channels height width"],
        attention: Float[Tensor, "batch heads h w"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "views channels height width"]:
        """Return all crops, then all drops: twice as many images as came in."""
        attention = attention.detach().float()
        count, size = len(images), (images.shape[-2], images.shape[-1])
        device = images.device
        focus = select_attention(attention, generator)
        threshold = sample_uniform(count, *self.crop, generator=generator, device=device)
        boxes = attention_to_box(
            focus, threshold, size=size, padding=self.padding, short_end=self.short_end
        )
        hidden = select_attention(attention, generator)
        threshold = sample_uniform(count, *self.drop, generator=generator, device=device)
        dropped = drop_region(images, hidden, threshold, blank_silent=self.blank_silent)
        return torch.cat([crop_region(images, boxes, size), dropped])
