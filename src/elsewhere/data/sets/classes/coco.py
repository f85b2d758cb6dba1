"""iNaturalist's competitions, whose lists are like COCO's."""

from pathlib import Path
from typing import Literal

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.coco_lists import classes_of, load_list, records_of

Version = Literal["2017", "2018", "2019", "2021", "2021-mini"]
_FILES = {"2021": ("train.json", "val.json"), "2021-mini": ("train_mini.json", "val.json")}


def lists_of(version: Version) -> tuple[str, str]:
    """Names of a year's lists, of training and of validation."""
    return _FILES.get(version, (f"train{version}.json", f"val{version}.json"))


def read_inat(root: Path | str, version: Version = "2021") -> RecordTable:
    """Read a set with a list of training and one of validation images, in JSON like COCO's.

    The labels of the tests are not public, so that results are reported on the validation images:
    these become the split test. Classes are in the order of their IDs; where two have the same
    name, the ID follows it. An image has a box where its list gives exactly one.

    `root` is the folder with the lists, which their paths are relative to; or the one around it, in
    which it is called, for instance, `inat2018`. Lists are called `train2018.json` and
    `val2018.json` by the version; of 2021 `train.json` or `train_mini.json`, and `val.json`.
    """
    root, files = Path(root), lists_of(version)
    inside = root / f"inat{version}"
    root = inside if not (root / files[0]).is_file() and inside.is_dir() else root
    train, test = (load_list(root / file) for file in files)
    classes = classes_of(train)
    records = (
        *records_of(root, train, classes, "train"),
        *records_of(root, test, classes, "test"),
    )
    return RecordTable(root, records, tuple(classes.values()))
