"""The images to embed, and what their folders and lists say of them."""

import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.inputs import LIST_SUFFIXES, InputImage, find_images
from elsewhere.data.records import split_name
from elsewhere.data.sets.text_lists import read_paths
from elsewhere.errors import DataError
from elsewhere.retrieval.files import Share

_LABELS = ("identity", "label", "individual", "class")
_CAMERAS = ("camera",)


class ListedImage(NamedTuple):
    """An image that shall have a vector.

    Attributes:
        image: the image as it was named.
        path: its absolute path; the image is known by it.
        label: the individual or class it shows; None where unknown.
        camera: which camera took it; None where unknown.
        size: its file's bytes; -1 where there is none.
        modified: when the file was last changed, in nanoseconds since 1970; 0 where there is none.
    """

    image: InputImage
    path: str
    label: str | None
    camera: str | None
    size: int
    modified: int

    def belongs_to(self, share: Share) -> bool:
        """Whether a share's process takes this image; its path decides, nothing else."""
        return zlib.crc32(self.path.encode()) % share.of == share.number - 1


def list_images(names: Sequence[str | Path], without: Path | None = None) -> list[ListedImage]:
    """Find the images that files, folders and lists name, with their labels and cameras.

    A list with a header gives labels (column identity, label, individual or class) and cameras
    (column camera). Below a folder, the first folder's name is the label, one that names a split
    (train, query …) passed over; where several folders are named, their own names are labels
    unless they hold folders in turn.

    Args:
        names: files, folders and lists, as for `find_images`.
        without: a folder that is passed over.

    Raises:
        DataError: nothing is there, or a list says two things of one image.
    """
    told: dict[str, tuple[str | None, str | None]] = {}
    for name in names:
        path = Path(name)
        if path.suffix.lower() in LIST_SUFFIXES and path.is_file():
            _read_list(path, told)
    folders = sum(Path(name).is_dir() for name in names)
    return [
        _listed(image, told, several=len(names) > 1 and folders > 0)
        for image in find_images(names, without)
    ]


def _listed(
    image: InputImage, told: dict[str, tuple[str | None, str | None]], several: bool
) -> ListedImage:
    path = absolute_text(image.path)
    label, camera = told.get(path) or (_folder_label(image, several), None)
    try:
        found = image.path.stat()
        size, modified = found.st_size, found.st_mtime_ns
    except (OSError, ValueError):  # what is wrong with it is said when it is opened
        size, modified = -1, 0
    return ListedImage(image, path, label, camera, size, modified)


def absolute_text(path: Path) -> str:
    """An absolute path, links not followed, as text that can be stored anywhere."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - follows no link
    return os.fsencode(absolute).decode("utf-8", "backslashreplace")


def _folder_label(image: InputImage, several: bool) -> str | None:
    folders = list(image.place.parts[:-1])
    if several and len(folders) > 1:
        folders = folders[1:]
    if folders and split_name(folders[0]):
        folders = folders[1:]
    return os.fsencode(folders[0]).decode("utf-8", "backslashreplace") if folders else None


def _read_list(file: Path, told: dict[str, tuple[str | None, str | None]]) -> None:
    for line in read_paths(file):
        label, camera = _cell(line.cells, _LABELS), _cell(line.cells, _CAMERAS)
        if label is None and camera is None:
            continue
        before = told.setdefault(absolute_text(line.path), (label, camera))
        if before != (label, camera):
            raise DataError(
                f"{file}: says of {line.name!r} both {before[0]!r} and {label!r} (camera "
                f"{before[1]!r} and {camera!r}); keep one line"
            )


def _cell(cells: Mapping[str, str], names: Sequence[str]) -> str | None:
    """The first of these columns that says something."""
    return next((cells[name] for name in names if cells.get(name)), None)
