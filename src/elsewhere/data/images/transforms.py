"""Decoded images to network input, boxes along with them.

A transform is called with a uint8 image and its boxes and returns the normalised image and
the boxes, clipped to what is left of the image. Random ones draw from torch's global generator
and from nothing else; `ImageDataset` seeds it for every image.
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes

from elsewhere.errors import ConfigError
from elsewhere.structures import Preprocessing

Transform = Callable[[Tensor, BoundingBoxes], tuple[Tensor, BoundingBoxes]]
ErasedColour = Literal["mean", "published"]
"""What random erasing fills with: the mean colour, or the published code's mistake."""
ErasedShape = Literal["even", "published"]
"""How the shape of an erased part is drawn, see `ReidentificationTransform`."""

_PUBLISHED_FILL = (0.485, 0.456, 0.406)
_ERASED_AREA, _ERASED_ASPECT = (0.02, 0.4), (0.3, 3.33)


def evaluation_transform(preprocessing: Preprocessing) -> Transform:
    """Resize (aspect ignored), crop the centre, normalise; nothing random."""
    steps = [_resize(preprocessing), v2.CenterCrop(preprocessing.crop), *_normal(preprocessing)]
    transform: Transform = v2.Compose(steps)
    return transform


class TrainTransform:
    """Resize (aspect ignored), crop, mirror, change colours, normalise.

    The defaults are those of the published code: resize to 512 × 512, a random crop of 448, a
    mirror with probability 0.5, brightness changed by up to 0.126 and saturation by up to 0.5. Both
    are the largest relative change, 0 for none.
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        flip: float = 0.5,
        brightness: float = 0.126,
        saturation: float = 0.5,
        crop: Literal["random", "centre"] = "random",
    ) -> None:
        if not 0 <= flip <= 1:
            raise ConfigError(f"flip={flip:g} is a probability: between 0 and 1, please")
        if brightness < 0 or saturation < 0:
            raise ConfigError(f"brightness={brightness:g}, saturation={saturation:g}: ≥ 0, please")
        if crop not in ("random", "centre"):
            raise ConfigError(f"crop={crop!r}: 'random' or 'centre', please")
        cropping = v2.RandomCrop if crop == "random" else v2.CenterCrop
        steps = [_resize(preprocessing), cropping(preprocessing.crop)]
        if flip > 0:
            steps.append(v2.RandomHorizontalFlip(flip))
        if brightness > 0 or saturation > 0:
            steps.append(v2.ColorJitter(brightness=brightness, saturation=saturation))
        self._steps = v2.Compose([*steps, *_normal(preprocessing)])

    def __call__(
        self, image: UInt8[Tensor, "3 height width"], boxes: BoundingBoxes
    ) -> tuple[Float[Tensor, "3 crop_height crop_width"], BoundingBoxes]:
        """Transform one image and its boxes, at random by torch's global generator."""
        image, boxes = self._steps(image, boxes)
        return image, boxes


class IdentityAugmentation(NamedTuple):
    """How a training image of an individual is changed; the published code's numbers.

    Attributes:
        flip: probability of a horizontal mirror.
        pad: width of the black border, in pixels, around an image before its random crop.
        erase: probability of erasing a random part (Zhong et al., AAAI 2020), of 0.02 to 0.4 of
            the area with an aspect of 0.3 to 3.33.
        erase_fill: `mean` fills with the mean colour, which is 0 after normalisation. `published`
            does as the published code: it writes 0.485, 0.456, 0.406, the mean of colours in 0..1,
            into the normalised image, which makes a lighter grey.
        erase_shape: `even` is torchvision's: the logarithm of the aspect is drawn evenly, so that
            lying and standing parts are equally likely, and ten tries are made for a part that
            fits. `published` draws the aspect itself, so that three of four parts stand, and tries
            a hundred times.
    """

    flip: float = 0.5
    pad: int = 10
    erase: float = 0.5
    erase_fill: ErasedColour = "mean"
    erase_shape: ErasedShape = "even"

    def check(self) -> None:
        """Refuse numbers that are out of their range.

        Raises:
            ConfigError: naming the number.
        """
        for name, probability in (("flip", self.flip), ("erase", self.erase)):
            if not 0 <= probability <= 1:
                raise ConfigError(
                    f"{name}={probability:g} is a probability: between 0 and 1, please"
                )
        if self.pad < 0:
            raise ConfigError(f"pad={self.pad}: 0 or more pixels, please")
        if self.erase_fill not in ("mean", "published"):
            raise ConfigError(f"erase_fill={self.erase_fill!r}: 'mean' or 'published', please")
        if self.erase_shape not in ("even", "published"):
            raise ConfigError(f"erase_shape={self.erase_shape!r}: 'even' or 'published', please")


class ReidentificationTransform:
    """Resize (aspect ignored), mirror, add a border, crop, normalise, erase a part."""

    def __init__(
        self, preprocessing: Preprocessing, augment: IdentityAugmentation | None = None
    ) -> None:
        flip, pad, erase, erase_fill, erase_shape = augment = augment or IdentityAugmentation()
        augment.check()
        self._geometry = v2.Compose(
            [
                _resize(preprocessing),
                v2.RandomHorizontalFlip(flip),
                v2.Pad(pad),
                v2.RandomCrop(preprocessing.crop),
                *_normal(preprocessing),
            ]
        )
        fill = _PUBLISHED_FILL if erase_fill == "published" else (0.0, 0.0, 0.0)
        self._erase = (
            v2.RandomErasing(erase, scale=_ERASED_AREA, ratio=_ERASED_ASPECT, value=fill)
            if erase_shape == "even"
            else _PublishedErasing(erase, fill)
        )

    def __call__(
        self, image: UInt8[Tensor, "3 height width"], boxes: BoundingBoxes
    ) -> tuple[Float[Tensor, "3 crop_height crop_width"], BoundingBoxes]:
        """Transform one image and its boxes, at random by torch's global generator."""
        image, boxes = self._geometry(image, boxes)
        return self._erase(image), boxes  # boxes stay: what is erased is still there


class _PublishedErasing:
    """Random erasing as the published code draws its parts."""

    def __init__(self, probability: float, fill: tuple[float, float, float]) -> None:
        self.probability = probability
        self.fill = torch.tensor(fill).view(3, 1, 1)

    def __call__(self, image: Float[Tensor, "3 height width"]) -> Float[Tensor, "3 height width"]:
        if torch.rand(()) >= self.probability:
            return image
        height, width = image.shape[1:]
        for _ in range(100):
            area = _drawn(*_ERASED_AREA) * height * width
            aspect = _drawn(*_ERASED_ASPECT)
            tall, wide = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if tall < height and wide < width:
                top = int(torch.randint(height - tall + 1, ()))
                left = int(torch.randint(width - wide + 1, ()))
                erased = image.clone()
                erased[:, top : top + tall, left : left + wide] = self.fill
                return erased
        return image


def _drawn(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))


def denormalise(
    images: Float[Tensor, "*batch 3 height width"], preprocessing: Preprocessing
) -> Float[Tensor, "*batch 3 height width"]:
    """Network input back to colours in 0..1, to be looked at."""
    mean = torch.as_tensor(preprocessing.mean, device=images.device).view(3, 1, 1)
    std = torch.as_tensor(preprocessing.std, device=images.device).view(3, 1, 1)
    return (images * std + mean).clamp(0, 1)


def _resize(preprocessing: Preprocessing) -> v2.Transform:
    resize, crop = preprocessing.resize, preprocessing.crop
    if min(crop) < 1 or crop[0] > resize[0] or crop[1] > resize[1]:
        raise ConfigError(
            f"crop {crop[0]} x {crop[1]} (height x width) does not fit in resize {resize[0]} x "
            f"{resize[1]}: make the resize at least as large"
        )
    return v2.Resize(resize, interpolation=v2.InterpolationMode.BILINEAR, antialias=True)


def _normal(preprocessing: Preprocessing) -> list[v2.Transform]:
    if min(preprocessing.std) <= 0:
        raise ConfigError(f"std {preprocessing.std} must be positive")
    return [
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(list(preprocessing.mean), list(preprocessing.std)),
    ]
