"""FGVC-Aircraft: 100 variants of aircraft (Maji et al., arXiv:1306.5151, 2013)."""

from pathlib import Path

from elsewhere.data.records import Box, Record, RecordTable
from elsewhere.data.sets.classes.birds import four_numbers
from elsewhere.data.sets.places import Place, require_files
from elsewhere.data.sets.text_lists import Listed, read_by_id, read_names
from elsewhere.errors import DataError

BANNER = 20
"""Rows of pixels at the foot of every published image that say whose photograph it is."""
LISTS = {"train": "images_variant_trainval.txt", "test": "images_variant_test.txt"}
PLACE = Place(
    "FGVC-Aircraft",
    ("data/images", "data/variants.txt", *(f"data/{file}" for file in LISTS.values())),
    ("fgvc-aircraft-2013b", "fgvc-aircraft", "FGVC-Aircraft", "aircraft"),
    "data/variants.txt",
)


def read_aircraft(root: Path | str) -> RecordTable:
    """Read FGVC-Aircraft: splits train (its train and validation) and test, with boxes.

    Classes are the variants, in the order of `variants.txt`. The lowest 20 rows of each published
    image are a banner with the photographer's name. They stay, as in the results of the field.
    `root` is the folder that holds `data`, that folder itself, or the one around them.
    """
    root = Path(root)
    root = PLACE.find(root.absolute().parent if (root / "variants.txt").is_file() else root)
    names = tuple(line.name for line in read_names(root / PLACE.mark))
    boxes = root / "data" / "images_box.txt"
    where = read_by_id(boxes) if boxes.is_file() else {}
    records: list[Record] = []
    for split, file in LISTS.items():
        for image, line in read_by_id(root / "data" / file).items():
            if line.name not in names:
                raise DataError(f"{line.where}: {line.name!r} is not in variants.txt")
            box = _box(where[image]) if image in where else None
            records.append(Record(f"data/images/{image}.jpg", line.name, split, box))
    require_files(root / "data", root, [record.path for record in records])
    return RecordTable(root, tuple(records), names)


def _box(line: Listed) -> Box:
    """The set counts pixels from 1, and both ends are inside."""
    left, top, right, bottom = four_numbers(line)
    return left - 1, top - 1, right, bottom
