"""Images that a person names or holds in memory, opened and made ready for a network."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.images.decode import decode_image
from elsewhere.data.images.opening import ImageContent
from elsewhere.data.images.transforms import evaluation_transform
from elsewhere.data.naming import ImageSource as ImageSource
from elsewhere.data.naming import InputImage as InputImage
from elsewhere.data.naming import each_image as each_image
from elsewhere.data.naming import find_images as find_images
from elsewhere.data.naming import name_images as name_images
from elsewhere.description import Preprocessing
from elsewhere.errors import DataError, ModelError

_AHEAD = 8
"""Batches that each loading process is given at a time."""


class InputBatch(NamedTuple):
    """Some of the images, in their order; `images` holds those whose places are in `read`.

    `images` may be empty; `problems` says, by its place in `inputs`, why an image is not among
    them.
    """

    inputs: tuple[InputImage, ...]
    read: list[int]
    images: Float[Tensor, "batch 3 height width"]
    problems: dict[int, str]


def load_images(
    images: ImageSource | Iterable[object], preprocessing: Preprocessing | None
) -> Float[Tensor, "batch 3 height width"]:
    """Open images and make a network's input of them, as in its test.

    ```python
    net = elsewhere.load_bundle("folder")
    logits = net(load_images(["a.jpg", "b.png"], net.preprocessing)).logits
    ```

    Args:
        images: one image or several.
        preprocessing: of the network that will look at them.

    Raises:
        DataError: an image is missing or broken, or none is named.
        ModelError: the network does not say how images become its inputs.
    """
    if preprocessing is None:
        raise ModelError("this network does not say how images become inputs: no preprocessing")
    loaded = [_load(image, preprocessing) for image in each_image(images)]
    if not loaded:
        raise DataError("no image named")
    return torch.stack(loaded)


def stream_images(
    images: Iterable[InputImage],
    preprocessing: Preprocessing,
    batch_size: int = 16,
    workers: int = 0,
) -> Iterator[InputBatch]:
    """Load images batch by batch; those that cannot be read are told apart, not raised.

    No more of them are in memory than a few batches, however many come.
    """
    coming = iter(images)
    while part := tuple(itertools.islice(coming, batch_size * max(workers * _AHEAD, 1))):
        loader = DataLoader(
            _Inputs(part, preprocessing), batch_size, num_workers=workers, collate_fn=list
        )
        for start, loaded in zip(range(0, len(part), batch_size), loader, strict=True):
            yield _batch(part[start : start + batch_size], loaded)


def seen_image(
    source: Path | ImageContent, preprocessing: Preprocessing, longest: int = 640
) -> Float[np.ndarray, "3 height width"]:
    """The part of an image that a network sees, upright and in its own aspect, to be looked at.

    A network's input is squeezed to its shape; its maps, stretched over this, lie where they
    belong. Values are in 0..1. The longer side is made smaller to `longest` pixels, never larger.
    """
    image = decode_image(source, (2 * longest, 2 * longest)).image
    top, left = (
        (whole - part) / whole / 2
        for whole, part in zip(preprocessing.resize, preprocessing.crop, strict=True)
    )
    height, width = image.shape[1:]
    rows = slice(round(top * height), max(round((1 - top) * height), round(top * height) + 1))
    columns = slice(round(left * width), max(round((1 - left) * width), round(left * width) + 1))
    seen = image[:, rows, columns]
    if max(seen.shape[1:]) > longest:
        factor = longest / max(seen.shape[1:])
        size = [max(round(side * factor), 1) for side in seen.shape[1:]]
        seen = v2.functional.resize(seen, size, antialias=True)
    return np.asarray(seen.numpy() / np.float32(255))


class _Inputs(Dataset[tuple[Tensor | None, str]]):
    """Image or None, and what is wrong with it."""

    def __init__(self, images: Sequence[InputImage], preprocessing: Preprocessing) -> None:
        self.images = images
        self.preprocessing = preprocessing

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[Tensor | None, str]:
        image = self.images[row]
        try:
            return _load(image, self.preprocessing), ""
        except DataError as error:
            name = "image" if image.content is not None else image.path
            return None, str(error).removeprefix(f"{name}: ")


def _batch(
    inputs: tuple[InputImage, ...], loaded: Iterable[tuple[Tensor | None, str]]
) -> InputBatch:
    read = {row: image for row, (image, _) in enumerate(loaded) if image is not None}
    return InputBatch(
        inputs,
        [*read],
        torch.stack([*read.values()]) if read else torch.empty(0, 3, 1, 1),
        {row: problem for row, (image, problem) in enumerate(loaded) if image is None},
    )


def _load(image: InputImage, preprocessing: Preprocessing) -> Tensor:
    if image.problem:
        raise DataError(f"{image.path}: {image.problem}")
    decoded = decode_image(image.source, preprocessing.resize).image
    size = (decoded.shape[-2], decoded.shape[-1])
    none = BoundingBoxes(torch.empty(0, 4), format=BoundingBoxFormat.XYXY, canvas_size=size)
    return evaluation_transform(preprocessing)(decoded, none)[0]
