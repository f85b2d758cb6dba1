"""Pictures that a person names for a trained network: found, opened, made ready."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.decode import decode_image
from elsewhere.data.folders import files_below, is_image
from elsewhere.data.transforms import evaluation_transform
from elsewhere.errors import DataError, ModelError
from elsewhere.structures import Preprocessing

LIST_SUFFIXES = frozenset({".txt", ".csv", ".tsv"})
_HEADINGS = ("path", "file", "filename", "image")


class InputImage(NamedTuple):
    """A picture that was named, whether or not it can be read.

    Attributes:
        path: where it lies.
        name: what to call it: as it was named, or as its list names it.
        place: its path below the folder or list that it was found by, with forward slashes; never
            absolute, never above that folder. What is made of the picture is called by it.
    """

    path: Path
    name: str
    place: PurePosixPath


class InputBatch(NamedTuple):
    """Some of the pictures, in their order.

    Attributes:
        rows: which pictures `images` holds.
        images: network input; the batch may be empty.
        problems: why a picture is not among them, by its row.
    """

    rows: list[int]
    images: Float[Tensor, "batch 3 height width"]
    problems: dict[int, str]


def find_images(names: Sequence[str | Path], without: Path | None = None) -> tuple[InputImage, ...]:
    """Find the pictures that files, folders and lists name, each once, in the order of naming.

    A folder stands for every picture in it and below. A `.txt` list has a path on each line, a
    `.csv` or `.tsv` list in its first column or in the one headed path, file, filename or image;
    paths are relative to the list. A listed picture that is missing is found out when it is read.

    Args:
        names: files, folders and lists.
        without: a folder that is passed over where it lies in another one.

    Raises:
        DataError: there is no such file or folder, or no picture in it.
    """
    found: dict[str, InputImage] = {}
    for name in names:
        path = Path(name)
        images: Iterable[InputImage]
        if path.is_dir():
            images = _in_folder(path, path.name if len(names) > 1 else "", without)
        elif path.suffix.lower() in LIST_SUFFIXES:
            images = _in_list(path)
        elif path.is_file():
            images = [InputImage(path, _text(path), PurePosixPath(path.name))]
        else:
            raise DataError(f"{_text(path)}: no such file or folder")
        for image in images:
            found.setdefault(os.path.abspath(image.path), image)  # noqa: PTH100 - follows no link
    if not found:
        raise DataError(f"no image in {', '.join(_text(Path(name)) for name in names)}")
    return tuple(found.values())


def load_images(
    paths: str | Path | Sequence[str | Path], preprocessing: Preprocessing | None
) -> Float[Tensor, "batch 3 height width"]:
    """Open pictures and make a network's input of them, as in its test.

    ```python
    net = elsewhere.load_bundle("folder")
    logits = net(load_images(["a.jpg", "b.png"], net.preprocessing)).logits
    ```

    Args:
        paths: one picture or several.
        preprocessing: of the network that will look at them.

    Raises:
        DataError: a picture is missing or broken, or none is named.
        ModelError: the network does not say how pictures become its inputs.
    """
    paths = [paths] if isinstance(paths, str | Path) else paths
    if not paths:
        raise DataError("no image named")
    if preprocessing is None:
        raise ModelError("this network does not say how pictures become inputs: no preprocessing")
    return torch.stack([_load(Path(path), preprocessing) for path in paths])


def stream_images(
    images: Sequence[InputImage],
    preprocessing: Preprocessing,
    batch_size: int = 16,
    workers: int = 0,
) -> Iterator[InputBatch]:
    """Load pictures batch by batch; those that cannot be read are told apart, not raised.

    Args:
        images: the pictures.
        preprocessing: of the network that will look at them.
        batch_size: pictures at once.
        workers: processes that load; 0 loads in this one.
    """
    dataset = _Inputs(images, preprocessing)
    yield from DataLoader(dataset, batch_size, num_workers=workers, collate_fn=_collate)


def seen_picture(
    path: Path, preprocessing: Preprocessing, longest: int = 640
) -> Float[np.ndarray, "3 height width"]:
    """The part of a picture that a network sees, upright and in its own aspect, to be looked at.

    A network's input is squeezed to its shape; its maps, stretched over this, lie where they
    belong.

    Args:
        path: the picture.
        preprocessing: of the network; says how much of the border it does not see.
        longest: the longer side is made smaller to so many pixels, never larger.

    Returns:
        Values in 0..1.

    Raises:
        DataError: the picture is missing or broken.
    """
    image = decode_image(path, (2 * longest, 2 * longest)).image
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


class _Inputs(Dataset[tuple[int, Tensor | None, str]]):
    """Row, picture or None, and what is wrong with it."""

    def __init__(self, images: Sequence[InputImage], preprocessing: Preprocessing) -> None:
        self.images = images
        self.preprocessing = preprocessing

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[int, Tensor | None, str]:
        path = self.images[row].path
        try:
            return row, _load(path, self.preprocessing), ""
        except DataError as error:
            return row, None, str(error).removeprefix(f"{path}: ")


def _collate(loaded: Iterable[tuple[int, Tensor | None, str]]) -> InputBatch:
    loaded = list(loaded)
    read = [(row, image) for row, image, _ in loaded if image is not None]
    return InputBatch(
        [row for row, _ in read],
        torch.stack([image for _, image in read]) if read else torch.empty(0, 3, 1, 1),
        {row: problem for row, image, problem in loaded if image is None},
    )


def _load(path: Path, preprocessing: Preprocessing) -> Tensor:
    image = decode_image(path, preprocessing.resize).image
    size = (image.shape[-2], image.shape[-1])
    none = BoundingBoxes(torch.empty(0, 4), format=BoundingBoxFormat.XYXY, canvas_size=size)
    return evaluation_transform(preprocessing)(image, none)[0]


def _in_folder(folder: Path, prefix: str, without: Path | None) -> Iterator[InputImage]:
    passed_over = without.resolve() if without is not None else None
    for path in files_below(folder):
        inside = passed_over is not None and path.resolve().is_relative_to(passed_over)
        if is_image(path) and not inside:
            place = PurePosixPath(prefix, path.relative_to(folder).as_posix())
            yield InputImage(path, _text(path), place)


def _in_list(file: Path) -> Iterator[InputImage]:
    for line in _listed(file):
        path = _beside(file, line)
        place = PurePosixPath(line.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts:
            place = PurePosixPath(place.name)
        yield InputImage(path, line, place)


def _listed(file: Path) -> list[str]:
    """The paths that a list names, header left out."""
    try:
        lines = [line for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise DataError(f"{_text(file)}: no such list") from error
    except OSError as error:
        raise DataError(f"{_text(file)}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{_text(file)}: not a text in UTF-8; save the list as UTF-8") from error
    if not lines:
        raise DataError(f"{_text(file)}: the list is empty; a path on each line is expected")
    whole = [line.strip() for line in lines]
    if file.suffix.lower() == ".txt" and any(_beside(file, line).is_file() for line in whole):
        return whole
    separator = max(",\t;", key=lines[0].count)
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise DataError(
            f"{_text(file)}: {error}; a path in the first column is expected"
        ) from error
    head = [cell.strip().lower() for cell in rows[0]]
    column = next((head.index(word) for word in _HEADINGS if word in head), None)
    if column is not None:
        rows = rows[1:]
    named = (row[column or 0].strip() for row in rows if len(row) > (column or 0))
    return [name for name in named if name]


def _beside(file: Path, name: str) -> Path:
    """A listed path, also one written on Windows."""
    path = file.parent / name
    return path if path.exists() or "\\" not in name else file.parent / name.replace("\\", "/")


def _text(path: Path) -> str:
    """A path as text that can be written anywhere, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
