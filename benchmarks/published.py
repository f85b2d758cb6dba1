"""The peer: crops and drops the published way, one image after another.

Written after the description of the published code, not copied from it: a map drawn with numpy
for every image, `nonzero` and four values read back for every box, one `F.interpolate` per image.
"""

import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from elsewhere.tasks import CropAndDrop


class PublishedCropAndDrop(CropAndDrop):
    """Takes the place of ours, with the same settings; it draws from global state."""

    @torch.no_grad()
    def __call__(
        self,
        images: Tensor,
        attention: Tensor,
        generator: torch.Generator | None = None,  # noqa: ARG002
    ) -> Tensor:
        """Return all crops, then all drops."""
        maps = _drawn_maps(attention.detach().float())
        return torch.cat([self._crops(images, maps[:, :1]), self._drops(images, maps[:, 1:])])

    def _crops(self, images: Tensor, maps: Tensor) -> Tensor:
        height, width = size = images.shape[-2:]
        above, aside = int(self.padding * height), int(self.padding * width)
        crops = []
        for image, one in zip(images, maps, strict=True):
            mask = _raised(one, size) >= random.uniform(*self.crop) * one.max()
            places = torch.nonzero(mask)
            top = max(int(places[:, 0].min().item()) - above, 0)
            bottom = min(int(places[:, 0].max().item()) + above, height)
            left = max(int(places[:, 1].min().item()) - aside, 0)
            right = min(int(places[:, 1].max().item()) + aside, width)
            part = image[None, :, top:bottom, left:right]
            crops.append(F.interpolate(part, size=size, mode="bilinear", align_corners=True))
        return torch.cat(crops)

    def _drops(self, images: Tensor, maps: Tensor) -> Tensor:
        size = images.shape[-2:]
        kept = [_raised(one, size) < random.uniform(*self.drop) * one.max() for one in maps]
        return images * torch.stack(kept)[:, None].float()


def _drawn_maps(attention: Tensor) -> Tensor:
    """Two maps of each image, the busier ones more often, maybe the same one twice."""
    drawn = []
    for maps in attention:
        weights = torch.sqrt(maps.sum(dim=(1, 2)) + 1e-6)
        shares = F.normalize(weights, p=1, dim=0).cpu().numpy().astype(float)
        drawn.append(maps[np.random.choice(len(maps), 2, p=shares / shares.sum())])  # noqa: NPY002
    return torch.stack(drawn)


def _raised(one: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(one[None], size=size, mode="bilinear", align_corners=True)[0, 0]
