"""Drawing validation and test images where a data set gives no split.

Which images are drawn depends on the seed and on the images' paths alone: not on the order in
which a file system lists them, nor on the machine.
"""

from collections.abc import Mapping
from hashlib import sha256
from math import floor

from elsewhere.data.records import Record, RecordTable
from elsewhere.errors import DataError


def split_by_seed(
    table: RecordTable, val: float = 0.1, test: float = 0.2, seed: int = 0
) -> RecordTable:
    """Draw validation and test images out of the training images, class by class.

    Each class gives its share, rounded up or down so that the totals fit, and keeps at least one
    training image. Images of other splits stay as they are.

    Args:
        table: a table with a train split.
        val: fraction of the training images that becomes split "val", in [0, 1).
        test: fraction of the training images that becomes split "test", in [0, 1).
        seed: chooses the images; nothing else is random.

    Raises:
        DataError: the fractions leave nothing to train on, a split to draw exists already, or no
            class can spare an image for it.
    """
    if not (val >= 0 and test >= 0 and val + test < 1):
        raise DataError(f"fractions val={val:g}, test={test:g}: each ≥ 0, together below 1, please")
    rows = _rows_by_class(table, seed)
    left = {label: len(members) - 1 for label, members in rows.items()}
    drawn: dict[int, str] = {}
    for name, fraction in (("test", test), ("val", val)):
        if fraction == 0:
            continue
        if name in table.splits:
            raise DataError(f"{table.root}: split {name!r} is given; set its fraction to 0")
        sizes = {label: len(members) for label, members in rows.items()}
        counts = _allot(sizes, left, fraction, f"{seed}/{name}")
        if not any(counts.values()):
            raise DataError(
                f"{table.root}: too few images to draw split {name!r} at fraction {fraction:g}; "
                "add images, raise the fraction, or set it to 0"
            )
        for label, count in counts.items():
            first = len(rows[label]) - 1 - left[label]
            drawn.update((row, name) for row in rows[label][first : first + count])
            left[label] -= count
    records = tuple(
        record._replace(split=drawn.get(row, record.split))
        for row, record in enumerate(table.records)
    )
    return RecordTable(table.root, records, table.class_names)


def complete_splits(table: RecordTable, val: float, test: float, seed: int) -> RecordTable:
    """Draw what is missing: both splits where all is train, validation where only that lacks.

    A table with train and val but no test is left alone: its owner keeps the test set elsewhere.
    Arguments and errors as in `split_by_seed`.
    """
    given = set(table.splits)
    if "train" not in given or "val" in given:
        return table
    return split_by_seed(table, val, test if given == {"train"} else 0.0, seed)


def _rows_by_class(table: RecordTable, seed: int) -> Mapping[str, list[int]]:
    """Rows of each class's training images, in an order that the seed shuffles."""
    rows: dict[str, list[int]] = {}
    for row, record in enumerate(table.records):
        if record.split == "train":
            rows.setdefault(record.label, []).append(row)

    def place(row: int) -> bytes:
        record: Record = table.records[row]
        return _digest(f"{seed}/{record.path}")

    return {label: sorted(rows[label], key=place) for label in rows}


def _allot(
    sizes: Mapping[str, int], left: Mapping[str, int], fraction: float, seed: str
) -> dict[str, int]:
    """How many images each class gives: largest remainders, never more than it has left."""
    counts = {label: min(floor(fraction * size), left[label]) for label, size in sizes.items()}
    missing = round(fraction * sum(sizes.values())) - sum(
        floor(fraction * size) for size in sizes.values()
    )
    rest = {label: fraction * size % 1 for label, size in sizes.items()}
    spare = [label for label in sizes if counts[label] < left[label] and rest[label] > 1e-9]
    spare.sort(key=lambda label: (-rest[label], _digest(f"{seed}/{label}")))
    for label in spare[: max(missing, 0)]:
        counts[label] += 1
    return counts


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
