"""VehicleID: vehicles from the front or behind (Liu et al., CVPR 2016)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.individuals.naming import (
    find_root,
    four_digits,
    read_numbered,
    require_files,
)

Size = Literal[800, 1600, 2400]

IMAGES = "image"
LISTS = "train_test_split"
TRAIN_LIST = "train_list.txt"
_USUAL = ("VehicleID", "VehicleID_V1.0", "vehicleid", "PKU-VehicleID")


def pool_list(size: Size) -> str:
    """Name of the list of one test size."""
    return f"test_list_{size}.txt"


def read_vehicleid(root: Path | str, size: Size = 800) -> RecordTable:
    """Read VehicleID: splits train and test, without cameras.

    The test is one pool. Its protocol draws one image of each identity into the gallery and
    lets all others ask; a draw is made when the set is scored, not here.

    Args:
        root: the folder with `image` and `train_test_split`, or the one around it.
        size: number of identities in the test: 800 (small), 1600 (medium) or 2400 (large).

    Raises:
        DataError: a list or an image is missing, or a line is not as expected.
    """
    root = find_root(root, (IMAGES, LISTS), _USUAL)
    train = tuple(_read(root, TRAIN_LIST, "train"))
    records = (*train, *_read(root, pool_list(size), "test"))
    return RecordTable(root, records, class_names_of(records))


def _read(root: Path, file: str, split: str) -> Iterator[Record]:
    listed = read_numbered(root / LISTS / file)
    paths = [f"{IMAGES}/{line.name.removesuffix('.jpg')}.jpg" for line in listed]
    require_files(listed, root, paths)
    for line, path in zip(listed, paths, strict=True):
        yield Record(path, four_digits(line.identity), split)
