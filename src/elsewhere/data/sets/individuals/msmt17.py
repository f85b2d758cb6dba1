"""MSMT17: people seen by fifteen cameras, indoors and outdoors (Wei et al., CVPR 2018)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from elsewhere.data.records import Record, RecordTable, class_names_of, enumerate_names
from elsewhere.data.sets.individuals.market import four_digits
from elsewhere.data.sets.places import Place, require_files
from elsewhere.data.sets.text_lists import Listed, read_numbered
from elsewhere.errors import DataError

Version = Literal[1, 2]
Validation = Literal["leave out", "train"]

IMAGE_FOLDERS: dict[Version, tuple[str, str]] = {
    1: ("train", "test"),
    2: ("mask_train_v2", "mask_test_v2"),
}
LISTS = {"train": "list_train.txt", "query": "list_query.txt", "gallery": "list_gallery.txt"}
VALIDATION_LIST = "list_val.txt"
EXAMPLE = "0000/0000_000_01_0303morning_0008_0.jpg"
_PLACE = Place(
    "MSMT17",
    tuple(LISTS.values()),
    (
        *("MSMT17", "MSMT17_V1", "MSMT17_V2", "msmt17", "msmt17-v2"),
        *("msmt17/MSMT17_V1", "msmt17/MSMT17_V2"),
    ),
)
_CAMERA = re.compile(r"(?:.*/)?[^_/]+_[^_/]+_([0-9]+)_[^/]*$")


def read_msmt17(
    root: Path | str, version: Version | None = None, validation: Validation = "leave out"
) -> RecordTable:
    """Read MSMT17 by its lists: splits train, query and gallery, cameras "1" to "15".

    Identities restart at 0 in the test, where they are other people: they are called
    "test 0000" and so on. The camera is the third field of a file's name.

    Args:
        root: the folder with the lists and the image folders (`train` and `test`, or
            `mask_train_v2` and `mask_test_v2`), or the one around it.
        version: 1 or 2, needed only where the image folders of both lie there.
        validation: what to do with `list_val.txt`, whose images show people of the training
            list: left out, so that the 30,248 training images are those of the paper and of most
            published code; or added to train (32,621), as some do.

    Raises:
        DataError: a list, an image folder or an image is missing, a line is not as expected, or
            both versions lie there.
    """
    root, (train, test) = _locate(Path(root), version)
    records = list(_read(root, LISTS["train"], train, "train"))
    if validation == "train":
        records.extend(_read(root, VALIDATION_LIST, train, "train"))
    for split in ("query", "gallery"):
        records.extend(_read(root, LISTS[split], test, split))
    return RecordTable(root, tuple(records), class_names_of(records))


def _locate(root: Path, version: Version | None) -> tuple[Path, tuple[str, str]]:
    """The folder with the lists, and its image folders for training and test."""
    roots = _PLACE.find_all(root)
    there = [
        (folder, known)
        for folder in roots
        for known, pair in IMAGE_FOLDERS.items()
        if version in (None, known) and all((folder / name).is_dir() for name in pair)
    ]
    if not there:
        wanted = [pair for known, pair in IMAGE_FOLDERS.items() if version in (None, known)]
        names = " or ".join(f"{first} and {second}" for first, second in wanted)
        raise DataError(f"{roots[0]}: MSMT17 lacks its image folders; expected are {names}")
    if len({known for _, known in there}) > 1:
        raise DataError(
            f"{root}: both versions of MSMT17 lie here; say version 1 or 2 (msmt17-v1 or msmt17-v2)"
        )
    folder, known = there[0]
    return folder, IMAGE_FOLDERS[known]


def _read(root: Path, file: str, folder: str, split: str) -> Iterator[Record]:
    listed = read_numbered(root / file)
    cameras = _cameras(root / file, listed)
    paths = [f"{folder}/{line.name}" for line in listed]
    require_files(listed, root, paths)
    for line, path, camera in zip(listed, paths, cameras, strict=True):
        number = four_digits(line.identity)
        label = number if split == "train" else f"test {number}"
        yield Record(path, label, split, camera=camera)


def _cameras(file: Path, listed: list[Listed]) -> list[str]:
    matches = [_CAMERA.match(line.name) for line in listed]
    strange = [line.name for line, match in zip(listed, matches, strict=True) if match is None]
    if strange:
        raise DataError(
            f"{file}: {len(strange)} of {len(listed)} images are not named like {EXAMPLE}, with "
            f"the camera as third field: {enumerate_names(strange)}; unpack the set anew"
        )
    return [str(int(match[1])) for match in matches if match is not None]
