"""The images to embed, and what their folders and lists say of them."""

import itertools
import os
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.naming import InputImage, Names, name_images
from elsewhere.data.records import name_fault
from elsewhere.data.sets.listed_paths import ListedPath
from elsewhere.data.sets.split_folders import split_folders
from elsewhere.data.sets.unknown import known_name
from elsewhere.errors import DataError
from elsewhere.retrieval.files import Share


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


def note_problem(problems: dict[str, str], name: str, path: str, why: str) -> None:
    """Note why an image cannot be read: under its name, or its path where another has that name.

    Where another has both, as images in memory may, it gets a number.
    """
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    names = itertools.chain((name, path), numbered)
    problems[next(each for each in names if each not in problems)] = why


def list_images(names: Names, without: Path | None = None) -> list[ListedImage]:
    """Find the images that files, folders and lists name, with their labels and cameras.

    A list with a header gives labels (column identity, label, individual or class) and cameras
    (column camera). Below a folder, the first folder's name is the label, one that names a split
    (train, query …) passed over; where several folders are named, their own names are labels
    unless they hold folders in turn. A label such as unknown says nothing.

    Args:
        names: files, folders and lists, one or several, as for `find_images`.
        without: a folder that is passed over.

    Raises:
        DataError: nothing is there, a list says two things of one image, or a name is not one line
            of text.
    """
    names = [names] if isinstance(names, str | Path) else names
    several = len(names) > 1 and any(Path(name).is_dir() for name in names)
    return _list_found(list(name_images(names, without)), several)


def list_given(images: object) -> list[ListedImage]:
    """Images as everywhere else, one or several, those of files alone, each once.

    Raises:
        DataError: an image is in memory, or nothing is named.
    """
    one = isinstance(images, str | Path | bytes | InputImage | ListedImage)
    given = [images] if one or not isinstance(images, Iterable) else list(images)
    for number, each in enumerate(given):
        if isinstance(each, InputImage) and each.content is None:
            continue
        if not isinstance(each, str | Path | ListedImage):
            kind = type(each).__name__
            raise DataError(
                f"image {number}: {kind}; the vectors of files alone are written down, so name "
                "files, folders or lists"
            )
    paths = [each for each in given if isinstance(each, str | Path)]
    found = [
        *(each for each in given if isinstance(each, ListedImage)),
        *_list_found([each for each in given if isinstance(each, InputImage)], False),
        *(list_images(paths) if paths else ()),
    ]
    if not found:
        raise DataError("no image named")
    once: dict[str, ListedImage] = {}
    for each in found:
        once.setdefault(each.path, each)
    return list(once.values())


def _list_found(images: Sequence[InputImage], several: bool) -> list[ListedImage]:
    """Images with their labels and cameras, each once; of several folders where that was named."""
    label_folders = _label_folders(images, several)
    found: dict[str, ListedImage] = {}
    told: dict[str, tuple[str | None, str | None]] = {}
    for image, folder in zip(images, label_folders, strict=True):
        listed = _listed(image, folder)
        said = image.listed and _said(image.listed)
        if said and told.setdefault(listed.path, said) != said:
            before = told[listed.path]
            raise DataError(
                f"the lists say of {image.name!r} both {before[0]!r} and {said[0]!r} (camera "
                f"{before[1]!r} and {said[1]!r}); keep one line"
            )
        known = found.setdefault(listed.path, listed)
        if said:
            found[listed.path] = known._replace(label=listed.label, camera=listed.camera)
    return list(found.values())


def _listed(image: InputImage, folder: str | None) -> ListedImage:
    said = image.listed and _said(image.listed)
    label, camera = said or (folder, None)
    if not said and label and (fault := name_fault(label)) is not None:
        raise DataError(f"{image.name}: its folder {label!r} {fault}; rename the folder")
    label = known_name(label) if label else label
    try:
        found = image.path.stat()
        size, modified = found.st_size, found.st_mtime_ns
    except (OSError, ValueError):  # what is wrong with it is said when it is opened
        size, modified = -1, 0
    return ListedImage(image, absolute_text(image.path), label, camera, size, modified)


def _said(line: ListedPath) -> tuple[str | None, str | None] | None:
    """Label and camera of a list's line; None where it has neither."""
    said = line.identity or None, line.camera or None
    return said if any(said) else None


def absolute_text(path: Path) -> str:
    """An absolute path, links not followed, as text that can be stored anywhere."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - follows no link
    return os.fsencode(absolute).decode("utf-8", "backslashreplace")


def _label_folders(images: Sequence[InputImage], several: bool) -> list[str | None]:
    """Of each image, the folder whose name is its label; None where it lies in none."""
    places = [_below_named(image, several) for image in images]
    inside: dict[str, set[str]] = defaultdict(set)
    loose: dict[str, set[str]] = defaultdict(set)
    for above, folders in places:
        inside[above].update(folders[:1])
        loose[above].update(folders[:1] if len(folders) == 1 else ())
    splits = {above: _splits(inside[above], loose[above]) for above in inside}
    return [_label_folder(folders, splits[above]) for above, folders in places]


def _below_named(image: InputImage, several: bool) -> tuple[str, tuple[str, ...]]:
    """The named folder that an image lies in, where that is no label itself, and those below."""
    folders = image.place.parts[:-1]
    return (folders[0], folders[1:]) if several and len(folders) > 1 else ("", folders)


def _splits(folders: set[str], loose: set[str]) -> set[str]:
    names = sorted(folders)
    return {n for n, split in zip(names, split_folders(names, loose), strict=True) if split}


def _label_folder(folders: Sequence[str], splits: set[str]) -> str | None:
    named = folders[1:2] if folders[:1] and folders[0] in splits else folders[:1]
    return os.fsencode(named[0]).decode("utf-8", "backslashreplace") if named else None
