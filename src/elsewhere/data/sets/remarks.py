"""What deserves a look in a table before an image of it is opened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from elsewhere.data.records import RecordTable, enumerate_names, names_alike
from elsewhere.data.sets.copies import same_files


class Copies(NamedTuple):
    """Images with the same bytes. Every group is sorted, and so are the groups.

    Attributes:
        across: groups of "split: path" in different splits.
        contradictions: groups of paths under different labels.
    """

    across: tuple[tuple[str, ...], ...]
    contradictions: tuple[tuple[str, ...], ...]


def find_copies(table: RecordTable) -> Copies:
    """Compare the files of a table byte by byte: an image saved anew counts as another one."""
    records = table.records
    groups = same_files([table.root / record.path for record in records])

    def named(names: Sequence[str], kinds: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        odd = (rows for rows in groups if len({kinds[row] for row in rows}) > 1)
        return tuple(sorted(tuple(sorted({names[row] for row in rows})) for rows in odd))

    return Copies(
        named([f"{r.split}: {r.path}" for r in records], [r.split for r in records]),
        named([r.path for r in records], [r.label for r in records]),
    )


def table_remarks(
    table: RecordTable, copies: Copies | None = None, *, individuals: bool = False
) -> tuple[str, ...]:
    """What its reader noted, copies, names that look alike, and odd splits; a line each.

    Args:
        table: the images.
        copies: what `find_copies` found; looked for if not given.
        individuals: labels are individuals, of which each is in one split.
    """
    copies = find_copies(table) if copies is None else copies
    return (
        *table.notes,
        *names_alike(table.class_names),
        *_copied(copies),
        *(() if individuals else _odd_splits(table)),
    )


def imbalance(table: RecordTable) -> float:
    """Images of the largest class in train over those of the smallest; 1 for none."""
    counts = Counter(record.label for record in table.records if record.split == "train").values()
    return max(counts) / min(counts) if counts else 1.0


def _copied(copies: Copies) -> Iterator[str]:
    kinds = (
        (copies.across, "in more than one split"),
        (copies.contradictions, "under more than one label"),
    )
    for groups, what in kinds:
        if groups:
            yield f"{len(groups)} images are {what}, such as {' = '.join(groups[0][:3])}"


def _odd_splits(table: RecordTable) -> Iterator[str]:
    sizes = Counter(record.split for record in table.records)
    trained = {record.label for record in table.records if record.split == "train"}
    for split in table.splits:
        if split == "train" or not trained:
            continue
        met = {record.label for record in table.records if record.split == split}
        lost = [name for name in table.class_names if name in trained - met]
        if lost:
            yield (
                f"{len(lost)} of {len(trained)} classes have no image in {split}: "
                f"{enumerate_names(lost, 4)}"
            )
        if sizes[split] > sizes["train"]:
            yield f"{split} has {sizes[split]} images, more than train has ({sizes['train']})"
    if (ratio := imbalance(table)) > 1:
        yield f"the largest class in train is {ratio:.3g} x the smallest"
