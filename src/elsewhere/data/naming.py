"""Images that a person names or holds in memory, found and named; nothing is opened yet."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from elsewhere.data.images.kinds import is_image
from elsewhere.data.images.opening import ImageContent
from elsewhere.data.sets.json_lists import LIST_SUFFIXES
from elsewhere.data.sets.listed_paths import ListedPath, read_paths
from elsewhere.data.sets.text_lists import path_text
from elsewhere.data.sets.walking import files_below
from elsewhere.errors import DataError
from elsewhere.files.documents import real_path


class InputImage(NamedTuple):
    """An image that was named or given, whether or not it can be read.

    `path` of an image in memory is its name; else the image is read from there, and `content` is
    None. `name` is what to call it: as it was named, or as its list names it. `place` is its path
    below the folder or list that it was found by, with forward slashes; never absolute, never above
    that folder. What is made of the image is called by it. `problem` says why there is nothing to
    read; empty where that is yet to be seen.
    """

    path: Path
    name: str
    place: PurePosixPath
    content: ImageContent | None = None
    problem: str = ""
    listed: ListedPath | None = None

    @property
    def source(self) -> Path | ImageContent:
        """What is to be decoded."""
        return self.path if self.content is None else self.content


ImageSource = str | Path | ImageContent | InputImage
"""An image, or a folder or list of images."""


def each_image(images: ImageSource | Iterable[object]) -> Iterator[InputImage]:
    """Name one image after the other, as they come: folders and lists are looked into.

    Lists are `.txt`, `.csv`, `.json` and their like; arrays are uint8 of (H, W, 3). Nothing is left
    out: what cannot be an image carries its problem. Only what is neither an image nor several is a
    TypeError.
    """
    if isinstance(images, str | Path | bytes | Image.Image | InputImage) or (
        isinstance(images, np.ndarray) and images.ndim <= 3
    ):
        images = [images]
    for number, image in enumerate(images):
        if isinstance(image, InputImage):
            yield image
        elif isinstance(image, str | Path):
            yield from _named(Path(image))
        else:
            yield _in_memory(image, number)


Names = str | Path | Sequence[str | Path]
"""A file, folder or list, or several of them."""


def find_images(names: Names, without: Path | None = None) -> tuple[InputImage, ...]:
    """Find the images that files, folders and lists name, each once, in the order of naming.

    A folder stands for every image in it and below. A list is read as for training, whatever it
    says besides paths; a `.txt` list may have a path alone on each line. A listed image that is
    missing is found out when it is read. `without` is a folder that is passed over where it lies in
    another one.
    """
    found: dict[str, InputImage] = {}
    for image in name_images(names, without):
        found.setdefault(os.path.abspath(image.path), image)  # noqa: PTH100 - follows no link
    return tuple(found.values())


def name_images(names: Names, without: Path | None = None) -> Iterator[InputImage]:
    """The same, each as often as it is named."""
    names = [names] if isinstance(names, str | Path) else names
    if "" in names:  # as an unset variable of a shell leaves it
        raise DataError("an image without a name: name files, folders or lists; . is this folder")
    nothing = True
    for path in map(Path, names):
        called = real_path(path).name if path.name == ".." else path.name
        for image in _found(path, called if len(names) > 1 else "", without):
            nothing = False
            yield image
    if nothing:
        raise DataError(f"no image in {', '.join(path_text(Path(name)) for name in names)}")


def _found(path: Path, prefix: str = "", without: Path | None = None) -> Iterator[InputImage]:
    """The images that one file, folder or list stands for."""
    if path.is_dir():
        yield from _in_folder(path, prefix, without)
        return
    listed = path.suffix.lower() in LIST_SUFFIXES
    if not path.exists():
        raise DataError(f"{path_text(path)}: no such {'list' if listed else 'file or folder'}")
    if listed:
        yield from _in_list(path)
    else:
        yield InputImage(path, path_text(path), PurePosixPath(path.name))


def _named(path: Path) -> Iterator[InputImage]:
    """The same, with a problem in place of an error."""
    nothing = InputImage(path, path_text(path), PurePosixPath(path.name), problem="no image in it")
    try:
        found = _found(path)
        first = next(found, None)
        yield nothing if first is None else first
        yield from found
    except (DataError, OSError, ValueError) as error:
        problem = str(error).removeprefix(f"{path_text(path)}: ")
        yield nothing._replace(problem=problem)


def _in_memory(image: Any, number: int) -> InputImage:
    """An image that was given itself, under the name of its file or its place among the given."""
    name = f"image {number}"
    if not isinstance(image, bytes | Image.Image | np.ndarray):
        kind = type(image).__name__
        problem = f"{kind} is no image: give a path, bytes, Pillow's or a uint8 array (H, W, 3)"
        return InputImage(Path(name), name, PurePosixPath(name), problem=problem)
    file = getattr(image, "filename", "")
    if isinstance(file, str) and file:
        return InputImage(Path(file), file, PurePosixPath(Path(file).name), image)
    return InputImage(Path(name), name, PurePosixPath(name), image)


def _in_folder(folder: Path, prefix: str, without: Path | None) -> Iterator[InputImage]:
    passed_over = real_path(without) if without is not None else None
    for path in files_below(folder):
        inside = passed_over is not None and real_path(path).is_relative_to(passed_over)
        if is_image(path) and not inside:
            place = PurePosixPath(prefix, path.relative_to(folder).as_posix())
            yield InputImage(path, path_text(path), place)


def _in_list(file: Path) -> Iterator[InputImage]:
    folder = os.path.abspath(file.parent)  # noqa: PTH100 - follows no link
    for line in read_paths(file):
        place = PurePosixPath(os.path.relpath(line.path, folder).replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts:
            place = PurePosixPath(place.name)
        yield InputImage(line.path, line.name, place, listed=line)
