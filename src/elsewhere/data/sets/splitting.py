"""Drawing images or identities for validation and test where a data set gives no split.

Which images are drawn depends on the seed and on the images' paths alone; which identities, on
the seed, on their names and on which of them can be found again: not on the order in which a file
system lists them, nor on the machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import floor, isclose

from elsewhere.data.records import RecordTable
from elsewhere.errors import DataError

AUTO, ALONE = "auto", "none"
"""What images are kept together by in a drawn split, beside the columns of a list."""
SERIES = "series"
"""The attribute that says which images were kept together."""
LEAST = 2
"""Identities that can be found again which a drawn split needs: with one nothing can go wrong."""


def split_by_seed(
    table: RecordTable,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    series: Mapping[int, int] | None = None,
) -> RecordTable:
    """Draw validation and test images out of the training images, class by class.

    Each class gives its share, rounded up or down so that the totals fit, and keeps at least one
    training image. Images of other splits stay as they are. Where images belong together in
    series, whole series are drawn, as many as come nearest to the share; no more than half of a
    class is drawn then.

    Args:
        table: a table with a train split.
        val: fraction of the training images that becomes split "val", in [0, 1).
        test: fraction of the training images that becomes split "test", in [0, 1).
        seed: chooses the images; nothing else is random.
        series: the number of each training row's series; None draws image by image.

    Raises:
        DataError: the fractions leave nothing to train on, a split to draw exists already, or no
            class can spare an image for it.
    """
    if not (val >= 0 and test >= 0 and val + test < 1):
        raise DataError(f"fractions val={val:g}, test={test:g}: each ≥ 0, together below 1, please")
    left = _series_by_class(table, seed, series)
    sizes = {label: sum(map(len, parts)) for label, parts in left.items()}
    drawn: dict[int, str] = {}
    for name, fraction in (("test", test), ("val", val)):
        if fraction == 0:
            continue
        if name in table.splits:
            raise DataError(f"{table.root}: split {name!r} is given; set its fraction to 0")
        spare = {label: sum(map(len, parts)) - 1 for label, parts in left.items()}
        counts = _allot(sizes, spare, fraction, f"{seed}/{name}")
        taken = [part for label, count in counts.items() for part in _take(left[label], count)]
        if not taken:
            raise DataError(
                f"{table.root}: too few images to draw split {name!r} at fraction {fraction:g}; "
                "add images, raise the fraction, or set it to 0"
            )
        drawn.update((row, name) for part in taken for row in part)
    records = tuple(
        record._replace(split=drawn.get(row, record.split))
        for row, record in enumerate(table.records)
    )
    return replace(table, records=records)


def _take(parts: list[list[int]], count: int) -> list[list[int]]:
    """Take series out of a class until as many images as wanted are nearest; one at least stays."""
    taken: list[list[int]] = []
    half = sum(map(len, parts)) / 2
    for part in list(parts):
        have = sum(map(len, taken))
        nearer = abs(have + len(part) - count) < abs(have - count)
        if nearer and len(parts) > 1 and (len(part) == 1 or have + len(part) <= half):
            parts.remove(part)
            taken.append(part)
    least = min(parts, key=len)
    if not taken and count and len(parts) > 1 and len(least) <= min(half, 3 * count):
        parts.remove(least)
        taken.append(least)
    return taken


def complete_splits(
    table: RecordTable, val: float, test: float, seed: int, group: str = ALONE
) -> RecordTable:
    """Draw what is missing: both splits where all is train, validation where only that lacks.

    A table with train and val but no test is left alone: its owner keeps the test set elsewhere.
    Other arguments and errors as in `split_by_seed`; `group` says what stays on one side: `auto`,
    which is a list's column `group`, or else what belongs together by looks, time and folder
    (`find_series`); another column; or `none`. Images then have their series as an attribute.
    """
    given = set(table.splits)
    if "train" not in given or "val" in given:
        return table
    test = test if given == {"train"} else 0.0
    if not (val or test):
        return table
    series = _series(table, group)
    drawn = split_by_seed(table, val, test, seed, series)
    if series is None:
        return drawn
    records = tuple(
        record._replace(attributes={**record.attributes, SERIES: str(series[row])})
        if row in series
        else record
        for row, record in enumerate(drawn.records)
    )
    return replace(drawn, records=records)


def series_of(table: RecordTable) -> list[str]:
    """What each image belongs to: its series where a drawn split knows it, else itself alone."""
    return [record.attributes.get(SERIES, record.path) for record in table.records]


def split_remarks(table: RecordTable) -> tuple[str, ...]:
    """What was kept together in drawn splits, a line each."""
    numbers = [record.attributes[SERIES] for record in table.records if SERIES in record.attributes]
    if len(set(numbers)) == len(numbers):
        return ()
    return (
        f"{len(numbers)} images are {len(set(numbers))} series of look-alikes; drawn splits "
        "keep each on one side (data.group=none draws image by image)",
    )


def _series(table: RecordTable, group: str) -> dict[int, int] | None:
    """The series of the training images, by row; None where each stands alone."""
    if group == ALONE:
        return None
    rows = [row for row, record in enumerate(table.records) if record.split == "train"]
    column = "group" if group == AUTO else group
    named = {row: table.records[row].attribute(column) for row in rows}
    if any(named.values()):
        numbers = {name: n for n, name in enumerate(sorted({*named.values()} - {""}))}
        # an empty cell says that the image belongs to no other
        return {row: numbers.get(name, len(numbers) + row) for row, name in named.items()}
    if group != AUTO:
        raise DataError(
            f"{table.root}: no column {group!r} to keep images together by (data.group)"
        )
    from elsewhere.data.sets.series import find_series  # scipy, which other data do not wait for

    return find_series(table)


def _series_by_class(
    table: RecordTable, seed: int, series: Mapping[int, int] | None
) -> dict[str, list[list[int]]]:
    """Each class's training rows in their series, in an order that the seed shuffles."""

    def place(row: int) -> bytes:
        return _digest(f"{seed}/{table.records[row].path}")

    found: dict[str, dict[int, list[int]]] = {}
    for row, record in enumerate(table.records):
        if record.split == "train":
            number = series[row] if series is not None else row
            found.setdefault(record.label, {}).setdefault(number, []).append(row)
    return {
        label: sorted(
            (sorted(part, key=place) for part in parts.values()), key=lambda p: place(p[0])
        )
        for label, parts in found.items()
    }


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
    if isclose(sum(shares.values()), 1):  # two halves of an odd number are not both rounded up
        (*others, last) = counts
        counts[last] = max(len(order) - sum(counts[name] for name in others), LEAST)
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
    cameras: dict[str, set[str | None]] = {}
    for record in table.of("train"):
        cameras.setdefault(record.label, set()).add(record.camera)
    groups: dict[str, bool] = {}
    for label, count in table.counts("train").items():
        group = individuals.get(label, label)
        again = count > 1 and (None in cameras[label] or len(cameras[label]) > 1)
        groups[group] = groups.get(group, False) or again
    return groups


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
