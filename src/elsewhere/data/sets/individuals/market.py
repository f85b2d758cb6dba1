"""Market-1501: people seen by six cameras (Zheng et al., ICCV 2015)."""

import re
from pathlib import Path

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.individuals.naming import NamingRule, find_root, four_digits, read_by_name
from elsewhere.errors import DataError

FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
RULE = NamingRule(
    re.compile(r"(?P<identity>-1|[0-9]+)_c(?P<camera>[0-9]+).*\.jpg$"),
    "0002_c1s1_000451_03.jpg",
)
DISTRACTOR = four_digits(0)
"""The label of gallery images that show none of the people asked for."""
_USUAL = (
    "Market-1501-v15.09.15",
    "Market-1501-v19.09.15",
    "market1501",
    "Market-1501",
    "Market1501",
    "market1501/Market-1501-v15.09.15",
    "market",
)


def read_market(root: Path | str) -> RecordTable:
    """Read Market-1501: splits train, query and gallery, cameras "1" to "6".

    Junk boxes (−1) are left out. The distractors (0000) stay in the gallery under the label
    "0000", which no query has.

    Args:
        root: the folder with `bounding_box_train`, `query` and `bounding_box_test`, or the one
            around it.

    Raises:
        DataError: a folder is missing or empty, or files are named otherwise.
    """
    root = find_root(root, list(FOLDERS.values()), _USUAL, "Market-1501")
    records = read_parts(root)
    strays = [r.path for r in records if r.label == DISTRACTOR and r.split != "gallery"]
    if strays:
        raise DataError(
            f"{root / strays[0]}: identity {DISTRACTOR} are distractors, of many people, and "
            f"belong into the gallery alone; take {len(strays)} such images out of here"
        )
    return RecordTable(root, records, class_names_of(records))


def read_parts(root: Path) -> tuple[Record, ...]:
    """The records of the three folders of a set laid out and named like Market-1501.

    Raises:
        DataError: as `read_market`.
    """
    return tuple(
        record
        for split, folder in FOLDERS.items()
        for record in read_by_name(root, folder, split, RULE)
    )
