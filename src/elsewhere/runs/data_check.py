"""Every image of a data set opened before anything is trained: by a path, a name, or a recipe."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.check import CheckReport, check_images
from elsewhere.data.sets.classes.reading import (
    CATEGORY_SETS,
    FoundSet,
    find_category_set,
    read_images,
)
from elsewhere.data.sets.individuals.check import (
    SplitSummary,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.sets.individuals.reading import SET_NAMES, merge_tables, read_set
from elsewhere.data.sets.published import count_remarks
from elsewhere.errors import ConfigError
from elsewhere.reports.data_check import check_summary

if TYPE_CHECKING:
    from rich.console import RenderableType

    from elsewhere.recipes.composition import Composition

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DataCheck:
    """What was found in a data set; in a notebook it shows its tables.

    Attributes:
        table: its images.
        files: what was found of the files.
        splits: their images, identities and cameras; None for a set of classes.
        remarks: what deserves a look but stops nothing, one line each.
        problems: why training should be refused, one line each; empty where it may start.
    """

    table: RecordTable
    files: CheckReport
    splits: tuple[SplitSummary, ...] | None
    remarks: tuple[str, ...]
    problems: tuple[str, ...]

    def summary(self, *, everything: bool = False) -> "RenderableType":
        """Tables and lists for a terminal, cut unless everything is asked for."""
        return check_summary(
            self.files, self.splits, self.remarks, self.problems, everything=everything
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values: counts, broken and odd files, duplicates, remarks, problems."""
        found = asdict(self.files) | {"root": str(self.files.root)}
        for kind in ("broken", "odd"):
            found[kind] = [remark._asdict() for remark in getattr(self.files, kind)]
        if self.splits is not None:
            found["splits"] = [split._asdict() for split in self.splits]
            found["identities"] = len({record.label for record in self.table.records})
        return found | {"remarks": list(self.remarks), "problems": list(self.problems)}

    def __rich__(self) -> "RenderableType":
        return self.summary()

    def __repr__(self) -> str:
        can = "should not start" if self.problems else "can start"
        return f"DataCheck({str(self.files.root)!r}, {self.files.images} images, training {can})"

    def _repr_html_(self) -> str:
        from elsewhere.reports.tables import as_html

        return as_html(self)


def check_data(
    path: str | Path,
    *,
    individuals: bool = False,
    identity: Sequence[str] = (),
    root: str | Path | None = None,
    images: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> DataCheck:
    """Open every image of a folder, a list or a published set, and say what is odd about it.

    Args:
        path: a folder with one folder per class, a folder with `labels.csv`, a list, or with
            `root` the name of a published set.
        individuals: the folders, or the list's column identity, name individuals.
        identity: columns of a list that together are the identity.
        root: where published sets lie.
        images: folder that the paths of a list are relative to.
        workers: images opened at the same time; one per core if None.
        progress: called with the number of images done and the number of all.

    Raises:
        DataError: there is nothing, or it is laid out otherwise.
        ConfigError: arguments that contradict each other.

    Examples:
        >>> report = elsewhere.check_data("birds")
        >>> report
        DataCheck('birds', 16 images, training can start)
        >>> report.as_dict()["broken"]
        []
    """
    path = str(path)
    asked = None if root is None else str(root)
    if individuals or identity or _is_set_of_individuals(path, asked):
        table = read_set(path, asked, identity=list(identity) or None, images=images, refuse=False)
        counts = count_remarks(path, table) if path in SET_NAMES else ()
        remarks = (*counts, *retrieval_remarks(table))
        return _checked(table, remarks, workers, progress, individuals=True)
    found = find_category_set(path, asked)
    table = read_images(path, images, root=asked, refuse=False)
    return _check_classes(table, found, workers, progress)


def check_recipe(
    composition: "Composition", workers: int | None = None, progress: Progress | None = None
) -> DataCheck:
    """The same of the data that a recipe names."""
    source = _source(composition)
    if getattr(source, "individuals", False):
        used = _all_used(source.trained, source.tested)
        return _checked(used, source.remarks, workers, progress, individuals=True)
    return _check_classes(source.table, getattr(source, "published", None), workers, progress)


def _check_classes(
    table: RecordTable, published: FoundSet | None, workers: int | None, progress: Progress | None
) -> DataCheck:
    known = count_remarks(published.name, table) if published else ()
    return _checked(table, known, workers, progress, published=published is not None)


def _checked(
    table: RecordTable,
    known: Sequence[str],
    workers: int | None,
    progress: Progress | None,
    *,
    published: bool = False,
    individuals: bool = False,
) -> DataCheck:
    """Open every image; `known` is remarked of the set already."""
    cores = (os.cpu_count() or 1) if workers is None else workers
    # beside its images a published set holds much that a reader does not use
    beside_only = published or individuals
    files = check_images(table, cores, progress, beside_only=beside_only, individuals=individuals)
    remarks, problems = (*known, *files.remarks), files.problems
    if not individuals:
        return DataCheck(table, files, None, remarks, problems)
    problems = tuple(dict.fromkeys((*retrieval_problems(table), *problems)))
    return DataCheck(table, files, summarise_splits(table), remarks, problems)


def _is_set_of_individuals(path: str, root: str | None) -> bool:
    """Whether a name is that of a re-identification set, or nearly."""
    if path in SET_NAMES and not Path(path).exists():
        return True
    if not root or find_category_set(path, root) is not None:
        return False
    if Path(root, path).exists():
        return True
    near = get_close_matches(path.lower(), [*SET_NAMES, *CATEGORY_SETS], 1, 0.6)
    return not set(near) & set(CATEGORY_SETS)  # its reader says what was meant


def _all_used(trained: Mapping[str, RecordTable], tested: Mapping[str, RecordTable]) -> RecordTable:
    """Every image that a recipe trains or tests on, as one table."""
    sets = dict(trained)
    for name, table in tested.items():
        if name not in sets:
            asked = tuple(r for r in table.records if r.split not in ("train", "val"))
            sets[name] = replace(table, records=asked)
    return merge_tables(sets) if len(sets) > 1 else next(iter(sets.values()))


def _source(composition: "Composition") -> Any:
    from lightning.pytorch import LightningDataModule  # a folder alone does not wait for it

    from elsewhere.recipes.typed import parse_typed, typed_parser

    if "data" not in composition.config:
        raise ConfigError(f"{composition.recipe}: the recipe names no data")
    parser = typed_parser("check-data")
    parser.add_subclass_arguments(LightningDataModule, "data", required=True)
    alone = composition._replace(config={"data": composition.config["data"]})
    source = parse_typed(parser, alone).data
    source.refuse = False  # whatever speaks against training is listed, and nothing raised
    return source
