"""Drawing images or identities for validation and test where a data set gives no split.

Which images are drawn depends on the seed and on the images' paths alone; which identities, on
the seed, on their names and on which of them can be found again: not on the order in which a file
system lists them, nor on the machine.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import floor

from elsewhere.data.records import Record, RecordTable
from elsewhere.errors import DataError

LEAST = 2
"""Identities that can be found again which a drawn split needs: with one nothing can go wrong."""


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
    return replace(table, records=records)


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


def split_identities(
    table: RecordTable,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    individuals: Mapping[str, str] | None = None,
) -> RecordTable:
    """Draw identities out of split train: all images of one go to one split.

    Each drawn split gets its share of the identities, rounded, and at least two that can be
    found again: seen by two cameras, or in two images where cameras are not known. Images of
    other splits stay.

    Args:
        table: a table with a train split.
        val: share of the training identities that becomes split "val", in [0, 1]; 0 for none.
        test: share of them that becomes split "test".
        seed: chooses the identities; nothing else is random.
        individuals: the individual of each label, where several labels are the same one, such
            as the two flanks of an animal: these stay together, and shares are of individuals.

    Raises:
        DataError: the shares are no shares, a split to draw exists already, or too few
            identities can be found again.
    """
    if not (val >= 0 and test >= 0 and val + test <= 1):
        raise DataError(f"shares val={val:g}, test={test:g}: each ≥ 0, together at most 1, please")
    shares = {name: share for name, share in (("test", test), ("val", val)) if share}
    taken = shares.keys() & set(table.splits)
    if taken:
        raise DataError(f"{table.root}: split {min(taken)!r} is given; set its share to 0")
    individuals = individuals or {}
    groups = _groups(table, individuals)
    order = sorted(groups, key=lambda group: _digest(f"{seed}/{group}"))
    counts = {name: max(round(share * len(order)), LEAST) for name, share in shares.items()}
    _require_enough(table, shares, counts, groups)
    drawn = _draw(order, counts, groups)
    records = tuple(
        record._replace(split=drawn.get(individuals.get(record.label, record.label), "train"))
        if record.split == "train"
        else record
        for record in table.records
    )
    return replace(table, records=records)


def _draw(
    order: Sequence[str], counts: Mapping[str, int], groups: Mapping[str, bool]
) -> dict[str, str]:
    """The split of every drawn group: what each split must have first, the rest in order."""
    useful = [group for group in order if groups[group]]
    drawn: dict[str, str] = {}
    for number, name in enumerate(counts):
        drawn.update(dict.fromkeys(useful[LEAST * number : LEAST * (number + 1)], name))
    for_train = useful[len(drawn) : len(drawn) + 1]  # something to learn from, drawn last if ever
    left = [group for group in order if group not in drawn and group not in for_train]
    left += for_train
    for name, count in counts.items():
        more = count - LEAST
        drawn.update(dict.fromkeys(left[:more], name))
        left = left[more:]
    return drawn


def _require_enough(
    table: RecordTable,
    shares: Mapping[str, float],
    counts: Mapping[str, int],
    groups: Mapping[str, bool],
) -> None:
    useful = sum(groups.values())
    kept = LEAST if sum(shares.values()) < 1 else 0
    if sum(counts.values()) + kept > len(groups) or LEAST * len(counts) > useful:
        asked = " and ".join(f"split {name!r} at share {share:g}" for name, share in shares.items())
        raise DataError(
            f"{table.root}: too few identities to draw {asked}: each needs {LEAST} with two images "
            f"(by two cameras, if known) and train {kept} more; there are {len(groups)}, {useful} "
            "of them with two; add images, or set a share to 0"
        )


def _groups(table: RecordTable, individuals: Mapping[str, str]) -> dict[str, bool]:
    """What is drawn as one, and whether an identity in it can be found again."""
    train = [record for record in table.records if record.split == "train"]
    images = Counter(record.label for record in train)
    cameras: dict[str, set[str | None]] = {}
    for record in train:
        cameras.setdefault(record.label, set()).add(record.camera)
    groups: dict[str, bool] = {}
    for label, count in images.items():
        group = individuals.get(label, label)
        again = count > 1 and (None in cameras[label] or len(cameras[label]) > 1)
        groups[group] = groups.get(group, False) or again
    return groups


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
