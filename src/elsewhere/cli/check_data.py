"""`elsewhere check-data`: open every image before anything is trained."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from elsewhere.cli.options import OptionParser, verb_options
from elsewhere.cli.recipe import Composition, compose
from elsewhere.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console

    from elsewhere.data import CheckReport, RecordTable

REFUSED = 2
_SHOWN = 20


@runtime_checkable
class TableSource(Protocol):
    """The data of a recipe, as far as it is looked at here."""

    @property
    def table(self) -> "RecordTable":
        """What images there are; none has been opened."""
        ...


def run(argv: list[str]) -> int:
    """Check the images that a path or a recipe names; 2 if training should be refused."""
    parser = _options()
    if {"-h", "--help"} & set(argv):
        print(parser.format_help())
        return 0
    path = [argv[0]] if argv and not argv[0].startswith("-") else []
    composition = compose(argv[len(path) :], parser, required=False)
    options = composition.options
    if path and (options.config or composition.config):
        raise ConfigError("check-data takes a path or a recipe (--config NAME), not both")
    if path:
        from elsewhere.data.reading import read_images

        table = read_images(path[0], options.images)
    elif options.config:
        table = _source(composition).table
    else:
        raise ConfigError("name what to check: elsewhere check-data PATH, or --config NAME")
    report = _check(table, options.workers)
    _print_report(report, table.class_names, everything=options.all)
    return REFUSED if report.problems else 0


def _options() -> OptionParser:
    parser = verb_options(
        "check-data",
        "PATH is a folder with one folder per class, a folder with labels.csv, or a list. "
        "Open every image: counts per class and split, broken and odd files, duplicates. "
        "Status 2 if training should be refused.",
        runs=False,
        resume=False,
    )
    parser.usage = "elsewhere check-data PATH | --config NAME [--data.path=DIR …]"
    parser.add_argument(
        "--images", metavar="DIR", help="folder that the paths of a list are relative to"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="images opened at the same time [one per core]",
    )
    parser.add_argument("--all", action="store_true", help="show every line of every list")
    return parser


def _source(composition: Composition) -> TableSource:
    from lightning.pytorch import LightningDataModule

    from elsewhere.cli.typed import parse_typed, typed_parser

    if "data" not in composition.config:
        raise ConfigError(f"{composition.recipe}: the recipe names no data")
    parser = typed_parser("check-data")
    parser.add_subclass_arguments(LightningDataModule, "data", required=True)
    alone = composition._replace(config={"data": composition.config["data"]})
    return cast(TableSource, parse_typed(parser, alone).data)


def _check(table: "RecordTable", workers: int) -> "CheckReport":
    from rich.console import Console
    from rich.progress import Progress

    from elsewhere.data import check_images

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("opening images", total=len(table))
        return check_images(table, workers, lambda done, _: progress.update(task, completed=done))


def _print_report(report: "CheckReport", names: Iterable[str], *, everything: bool) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, soft_wrap=True)
    most = None if everything else _SHOWN
    console.print(f"{report.root}: {report.images} images")
    _print_counts(console, report, list(names), most)
    _print_list(console, "broken", (f"{p}: {remark}" for p, remark in report.broken), most)
    _print_list(console, "odd", (f"{p}: {remark}" for p, remark in report.odd), most)
    _print_list(console, "in several splits", map(" = ".join, report.duplicates), most)
    _print_list(console, "under several labels", map(" = ".join, report.contradictions), most)
    _print_list(console, "not used", report.unlisted, most)
    _print_list(console, "remarks", report.remarks, None)
    _print_list(console, "training should not start", report.problems, None)
    if not report.problems:
        remarks = " (read the remarks above first)" if report.remarks else ""
        console.print(f"\ntraining can start{remarks}")


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
