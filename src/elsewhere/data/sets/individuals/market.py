"""Sets whose files' names say who is seen and by which camera: Market-1501, DukeMTMC-reID."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import is_image
from elsewhere.data.records import Record, RecordTable, class_names_of, enumerate_names
from elsewhere.data.sets.places import Place
from elsewhere.data.sets.walking import files_in
from elsewhere.errors import DataError

_JUNK = -1
"""The number that Market-1501 gives to boxes without a usable person."""


class NamingRule(NamedTuple):
    """What a file's name means, and an example of it for messages.

    The pattern is matched from the start of the name; its groups `identity` and `camera` are
    integers.
    """

    pattern: re.Pattern[str]
    example: str


_FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
_RULE = NamingRule(
    re.compile(r"(?P<identity>-1|[0-9]+)_c(?P<camera>[0-9]+).*\.jpg$"),
    "0002_c1s1_000451_03.jpg",
)
_DISTRACTOR = "0000"
"""The label of gallery images that show none of the people asked for."""
_MARKET = Place(
    "Market-1501",
    tuple(_FOLDERS.values()),
    (
        "Market-1501-v15.09.15",
        "Market-1501-v19.09.15",
        "market1501",
        "Market-1501",
        "Market1501",
        "market1501/Market-1501-v15.09.15",
        "market",
    ),
)
_DUKE = Place(
    "DukeMTMC-reID",
    tuple(_FOLDERS.values()),
    ("DukeMTMC-reID", "dukemtmc-reid", "dukemtmc-reid/DukeMTMC-reID", "duke"),
)


def read_market(root: Path | str) -> RecordTable:
    """Read Market-1501 (Zheng et al., ICCV 2015), cameras "1" to "6".

    Splits are train, query and gallery. Junk boxes (−1) are left out. The distractors (0000) stay
    in the gallery under the label "0000", which no query has. `root` is the folder with
    `bounding_box_train`, `query` and `bounding_box_test`, or the one around it.
    """
    root = _MARKET.find(root)
    records = _read_parts(root)
    strays = [r.path for r in records if r.label == _DISTRACTOR and r.split != "gallery"]
    if strays:
        raise DataError(
            f"{root / strays[0]}: identity {_DISTRACTOR} are distractors, of many people, and "
            f"belong into the gallery alone; take {len(strays)} such images out of here"
        )
    return RecordTable(root, records, class_names_of(records))


def read_duke(root: Path | str) -> RecordTable:
    """Read a user's copy of DukeMTMC-reID: splits train, query and gallery, cameras "1" to "8".

    Its authors (Zheng et al., ICCV 2017) have withdrawn the data set: nothing here fetches it, and
    nothing should. Think before publishing new results on it. Its layout is that of Market-1501,
    without junk; 408 identities of the gallery are seen by one camera only and asked for by no
    query.
    """
    root = _DUKE.find(root)
    records = _read_parts(root)
    return RecordTable(root, records, class_names_of(records))


def _read_parts(root: Path) -> tuple[Record, ...]:
    """The records of the three folders of a set laid out and named like Market-1501."""
    return tuple(
        record
        for split, folder in _FOLDERS.items()
        for record in read_by_name(root, folder, split, _RULE)
    )


def read_by_name(root: Path, folder: str, split: str, rule: NamingRule) -> Iterator[Record]:
    """Records of every image in one folder, by name; junk (identity −1) is left out.

    Hidden files, what is no image by its suffix and folders are passed over.
    """
    names = [path.name for path in files_in(root / folder) if is_image(path)]
    if not names:
        raise DataError(f"{root / folder}: no images in it; expected are files as {rule.example}")
    yield from records_of_names(root / folder, names, folder, split, rule)


def records_of_names(
    where: Path, names: Sequence[str], folder: str, split: str, rule: NamingRule
) -> Iterator[Record]:
    """Records of files whose names say who is seen and by which camera."""
    matches = [rule.pattern.match(name) for name in names]
    strange = [name for name, match in zip(names, matches, strict=True) if match is None]
    if strange:
        raise DataError(
            f"{where}: {len(strange)} of {len(names)} images are not named like {rule.example}: "
            f"{enumerate_names(strange)}; rename them, or take them out of here"
        )
    for name, match in zip(names, matches, strict=True):
        if match is not None and int(match["identity"]) != _JUNK:
            label = four_digits(int(match["identity"]))
            camera = str(int(match["camera"]))
            yield Record(f"{folder}/{name}", label, split, camera=camera)


def four_digits(identity: int) -> str:
    """An identity as the files of these sets write it."""
    return f"{identity:04d}"
