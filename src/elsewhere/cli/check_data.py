"""`elsewhere check-data`: open every image before anything is trained."""

import argparse
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

from elsewhere.cli.asking import not_negative
from elsewhere.cli.options import OptionParser, read_words, verb_options
from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import Composition

if TYPE_CHECKING:
    from rich.console import Console

    from elsewhere.data import CheckReport, RecordTable
    from elsewhere.data.individuals import IndividualsReport, SplitSummary

REFUSED = 2
_SHOWN = 20
Progress = Callable[[int, int], None]
Report = TypeVar("Report")


@runtime_checkable
class TableSource(Protocol):
    """The data of a recipe, as far as it is looked at here."""

    @property
    def table(self) -> "RecordTable":
        """What images there are; none has been opened."""
        ...


@runtime_checkable
class IdentitySource(TableSource, Protocol):
    """The data of a re-identification recipe: tables of individuals, by name of the set."""

    @property
    def trained(self) -> Mapping[str, "RecordTable"]:
        """The sets trained on."""
        ...

    @property
    def tested(self) -> Mapping[str, "RecordTable"]:
        """The sets tested on."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is known of the sets already, a line each."""
        ...


def run(argv: list[str]) -> int:
    """Check the images that a path or a recipe names; 2 if training should be refused."""
    parser = _options()
    if {"-h", "--help"} & set(argv):
        print(parser.format_help())
        return 0
    path = argv[0] if argv and not argv[0].startswith("-") else None
    words = argv[1:] if path is not None else argv
    options, composition = read_words(words, parser, required=False)
    if path is not None and (options.config or composition.config):
        raise ConfigError("check-data takes a path or a recipe (--config NAME), not both")
    if path is not None and _of_individuals(path, options):
        table, remarks = _read_individuals(path, options)
        return _check_individuals(table, remarks, options)
    if path is not None:
        return _check_classes(*_read_classes(path, options), options)
    if not options.config:
        raise ConfigError("name what to check: elsewhere check-data PATH, or --config NAME")
    source = _source(composition)
    if isinstance(source, IdentitySource):
        return _check_individuals(_all_used(source), source.remarks, options)
    return _check_classes(source.table, _published(source), options)


def _read_classes(path: str, options: argparse.Namespace) -> tuple["RecordTable", str | None]:
    """A table of classes, and the name of the published set that it is."""
    from elsewhere.data.categories import find_category_set
    from elsewhere.data.reading import read_images

    table = read_images(path, options.images, root=options.root)
    found = find_category_set(path, options.root)
    return table, found.name if found else None


def _published(source: TableSource) -> str | None:
    """The name of the published set of classes that a recipe's data are."""
    from elsewhere.data import ImageData

    found = source.published if isinstance(source, ImageData) else None
    return found.name if found else None


def _check_classes(table: "RecordTable", published: str | None, options: argparse.Namespace) -> int:
    from elsewhere.data import check_images, class_count_remarks

    # beside its pictures a published set holds much that a reader does not use
    check = partial(check_images, beside_only=published is not None)
    report = _opened(check, table, options.workers)
    remarks = class_count_remarks(published, table) if published else ()
    _print_report(report, table.class_names, remarks, everything=options.all)
    return REFUSED if report.problems else 0


def _check_individuals(
    table: "RecordTable", remarks: Sequence[str], options: argparse.Namespace
) -> int:
    from elsewhere.data.individuals import check_individuals

    def check(table: "RecordTable", workers: int, progress: Progress) -> "IndividualsReport":
        return check_individuals(table, workers, progress, remarks)

    report = _opened(check, table, options.workers)
    _print_individuals(report, everything=options.all)
    return REFUSED if report.problems else 0


def _of_individuals(path: str, options: argparse.Namespace) -> bool:
    """Whether the words ask for a re-identification set."""
    from elsewhere.data.categories import CATEGORY_SETS, find_category_set
    from elsewhere.data.individuals import SET_NAMES

    if options.individuals or options.identity:
        return True
    if path in SET_NAMES and not Path(path).exists():
        return True
    if not options.root or find_category_set(path, options.root) is not None:
        return False
    if Path(options.root, path).exists():
        return True
    near = get_close_matches(path.lower(), [*SET_NAMES, *CATEGORY_SETS], 1, 0.6)
    return not set(near) & set(CATEGORY_SETS)  # its reader says what was meant


def _read_individuals(
    path: str, options: argparse.Namespace
) -> tuple["RecordTable", tuple[str, ...]]:
    from elsewhere.data.individuals import PUBLISHED, count_remarks, read_set, retrieval_remarks

    table = read_set(path, options.root, identity=options.identity, images=options.images)
    counts = count_remarks(path, table) if path in PUBLISHED else ()
    return table, (*counts, *retrieval_remarks(table))


def _all_used(source: IdentitySource) -> "RecordTable":
    """Every image that a recipe trains or tests on, as one table."""
    from elsewhere.data.individuals import merge_tables

    sets = dict(source.trained)
    for name, table in source.tested.items():
        if name not in sets:
            tested = tuple(r for r in table.records if r.split not in ("train", "val"))
            sets[name] = replace(table, records=tested)
    return merge_tables(sets) if len(sets) > 1 else next(iter(sets.values()))


def _options() -> OptionParser:
    parser = verb_options(
        "check-data",
        "PATH is a folder with one folder per class, a folder with labels.csv, or a list; with "
        "--individuals one of identities; with --root DIR the name of a published set. "
        "Open every image: counts per class and split, broken and odd files, duplicates. "
        "Status 2 if training should be refused.",
        runs=False,
        resume=False,
    )
    parser.usage = (
        "elsewhere check-data PATH [--individuals] | NAME --root DIR | "
        "--config NAME [--data.path=DIR …]"
    )
    parser.add_argument(
        "--individuals",
        action="store_true",
        help="the folders or the list's column identity name individuals: check for "
        "re-identification",
    )
    parser.add_argument(
        "--identity",
        action="append",
        metavar="COLUMN",
        help="column of a list that is the identity; again for each further one",
    )
    parser.add_argument(
        "--root",
        metavar="DIR",
        help="where a published set lies: cub, cars, aircraft …, market, duke, msmt17, veri …",
    )
    parser.add_argument(
        "--images", metavar="DIR", help="folder that the paths of a list are relative to"
    )
    parser.add_argument(
        "--workers",
        type=not_negative,
        default=os.cpu_count() or 1,
        metavar="N",
        help="images opened at the same time [one per core]",
    )
    parser.add_argument("--all", action="store_true", help="show every line of every list")
    return parser


def _source(composition: Composition) -> TableSource:
    from lightning.pytorch import LightningDataModule

    from elsewhere.recipes.typed import parse_typed, typed_parser

    if "data" not in composition.config:
        raise ConfigError(f"{composition.recipe}: the recipe names no data")
    parser = typed_parser("check-data")
    parser.add_subclass_arguments(LightningDataModule, "data", required=True)
    alone = composition._replace(config={"data": composition.config["data"]})
    return cast(TableSource, parse_typed(parser, alone).data)


def _opened(
    check: Callable[["RecordTable", int, Progress], Report], table: "RecordTable", workers: int
) -> Report:
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("opening images", total=len(table))
        return check(table, workers, lambda done, _: bar.update(task, completed=done))


def _print_report(
    report: "CheckReport", names: Iterable[str], remarks: Sequence[str], *, everything: bool
) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, soft_wrap=True)
    most = None if everything else _SHOWN
    console.print(f"{report.root}: {report.images} images")
    _print_counts(console, report, list(names), most)
    _print_findings(console, report, (*remarks, *report.remarks), report.problems, most)


def _print_individuals(report: "IndividualsReport", *, everything: bool) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, soft_wrap=True)
    files = report.files
    console.print(f"{files.root}: {files.images} images of {report.identities} identities")
    _print_splits(console, report.splits)
    most = None if everything else _SHOWN
    _print_findings(console, files, report.remarks, report.problems, most)


def _print_findings(
    console: "Console",
    report: "CheckReport",
    remarks: Sequence[str],
    problems: Sequence[str],
    most: int | None,
) -> None:
    _print_list(console, "broken", (f"{p}: {remark}" for p, remark in report.broken), most)
    _print_list(console, "odd", (f"{p}: {remark}" for p, remark in report.odd), most)
    _print_list(console, "in several splits", map(" = ".join, report.duplicates), most)
    _print_list(console, "under several labels", map(" = ".join, report.contradictions), most)
    _print_list(console, "not used", report.unlisted, most)
    _print_list(console, "remarks", remarks, None)
    _print_list(console, "training should not start", problems, None)
    if not problems:
        hint = " (read the remarks above first)" if remarks else ""
        console.print(f"\ntraining can start{hint}")


def _print_splits(console: "Console", splits: Iterable["SplitSummary"]) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table("split", box=SIMPLE)
    for title in ("images", "identities", "cameras", "images each: least", "median", "most"):
        table.add_column(title, justify="right")
    for row in splits:
        cameras = str(row.cameras) if row.cameras else "–"
        numbers = (row.images, row.identities, cameras, row.least, f"{row.median:g}", row.most)
        table.add_row(row.split, *map(str, numbers))
    console.print(table)


def _print_counts(
    console: "Console", report: "CheckReport", names: list[str], most: int | None
) -> None:
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table("class", box=SIMPLE)
    for split in report.counts:
        table.add_column(split, justify="right")
    for name in names[:most]:
        counts = (str(classes[name]) for classes in report.counts.values())
        table.add_row(Text(name), *counts)
    if most is not None and len(names) > most:
        table.add_row(f"… {len(names) - most} more (--all)")
    table.add_section()
    table.add_row("all", *(str(sum(classes.values())) for classes in report.counts.values()))
    console.print(table)


def _print_list(console: "Console", title: str, lines: Iterable[str], most: int | None) -> None:
    lines = list(lines)
    if not lines:
        return
    console.print(f"\n{title} ({len(lines)})")
    for line in lines[:most]:
        console.print(f"  {line}")
    if most is not None and len(lines) > most:
        console.print(f"  … {len(lines) - most} more (--all)")
