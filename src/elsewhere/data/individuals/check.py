"""Looking at every image of a re-identification set before it is trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from elsewhere.data.check import CheckReport, check_images
from elsewhere.data.individuals.remarks import (
    SplitSummary,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.records import RecordTable


@dataclass(frozen=True)
class IndividualsReport:
    """What `check_individuals` found.

    Attributes:
        files: what `check_images` found of the files. What it says of classes is left empty,
            since the identities of a test are not those of the training.
        splits: the numbers of every split.
        identities: how many there are in all.
        remarks: what deserves a look but stops nothing, one line each.
        problems: why training or scoring should be refused, one line each.
    """

    files: CheckReport
    splits: tuple[SplitSummary, ...]
    identities: int
    remarks: tuple[str, ...]
    problems: tuple[str, ...]


def check_individuals(
    table: RecordTable,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    remarks: Sequence[str] | None = None,
) -> IndividualsReport:
    """Open every image of a re-identification set, and look for what is wrong with the set.

    Files that the table does not use are looked for beside those that it uses.

    Args:
        table: the images.
        workers: threads that decode.
        progress: as in `check_images`.
        remarks: what is known of the set already; by default `retrieval_remarks`.
    """
    files = check_images(table, workers, progress, beside_only=True)
    files = replace(files, only_outside_training=(), without_images=(), imbalance=1.0)
    known = retrieval_remarks(table) if remarks is None else remarks
    return IndividualsReport(
        files=files,
        splits=summarise_splits(table),
        identities=len({record.label for record in table.records}),
        remarks=(*known, *files.remarks),
        problems=(*retrieval_problems(table), *files.problems),
    )
