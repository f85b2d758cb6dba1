"""What deserves a look in a table before an image of it is opened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from elsewhere.data.records import RecordTable, enumerate_names, names_alike


class NamedCopies(NamedTuple):
    """Images with the same bytes. Every group is sorted, and so are the groups.

    Groups are of "split: path" in different splits (`across`), or in one split under one label
    (`within`); `contradictions` are of paths under different labels.
    """

    across: tuple[tuple[str, ...], ...]
    within: tuple[tuple[str, ...], ...]
    contradictions: tuple[tuple[str, ...], ...]


def name_copies(table: RecordTable) -> NamedCopies:
    """The copies of a table by name."""
    records = table.records
    places = [f"{record.split}: {record.path}" for record in records]

    def named(names: Sequence[str], kinds: Sequence[object], several: bool) -> Any:
        groups = (
            tuple(sorted({names[row] for row in rows}))
            for rows in table.copies
            if (len({kinds[row] for row in rows}) > 1) == several
        )
        return tuple(sorted(group for group in groups if len(group) > 1))

    return NamedCopies(
        named(places, [r.split for r in records], True),
        named(places, [(r.split, r.label) for r in records], False),
        named([r.path for r in records], [r.label for r in records], True),
    )


def table_remarks(table: RecordTable, *, individuals: bool = False) -> tuple[str, ...]:
    """What its reader noted, copies, names that look alike, and odd splits; a line each."""
    return (
        *table.notes,
        *names_alike(table.class_names),
        *_copied(name_copies(table)),
        *(() if individuals else _odd_splits(table)),
    )


def imbalance(table: RecordTable) -> float:
    """Images of the largest class in train over those of the smallest; 1 for none."""
    counts = table.counts("train").values()
    return max(counts) / min(counts) if counts else 1.0


def _copied(copies: NamedCopies) -> Iterator[str]:
    kinds = ("in more than one split", "there several times in one split", "under several labels")
    for groups, what in zip(copies, kinds, strict=True):
        if groups:
            yield f"{len(groups)} images are {what}, first {' = '.join(groups[0][:2])}"


def _odd_splits(table: RecordTable) -> Iterator[str]:
    sizes = Counter(record.split for record in table.records)
    trained = table.counts("train")
    for split in table.splits:
        if split == "train" or not trained:
            continue
        lost = [name for name in table.class_names if name in trained.keys() - table.counts(split)]
        if lost:
            yield (
                f"{len(lost)} of {len(trained)} classes have no image in {split}: "
                f"{enumerate_names(lost, 4)}"
            )
        if sizes[split] > sizes["train"]:
            yield f"{split} has {sizes[split]} images, more than train has ({sizes['train']})"
    if (ratio := imbalance(table)) > 1:
        yield f"the largest class in train is {ratio:.3g} x the smallest"
