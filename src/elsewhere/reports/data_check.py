"""What was found in a data set before it is trained on, for the terminal."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elsewhere.data.sets.check import CheckReport
from elsewhere.data.sets.individuals.check import SplitSummary

SHOWN = 20
"""Lines of a list where not all are asked for."""


def check_summary(
    files: CheckReport,
    splits: Sequence[SplitSummary] | None,
    remarks: Sequence[str],
    problems: Sequence[str],
    *,
    everything: bool = False,
) -> RenderableType:
    """What was found in a set of classes, or in the splits of a set of individuals."""
    most = None if everything else SHOWN
    head, counts = f"{files.root}: {files.images} images", _counts(files, most)
    if splits is not None:
        seen = {name for classes in files.counts.values() for name in classes if classes[name]}
        head, counts = f"{head} of {len(seen)} identities", _splits(splits)
    return Group(Text(head), counts, *_findings(files, remarks, problems, most))


def _findings(
    report: CheckReport, remarks: Sequence[str], problems: Sequence[str], most: int | None
) -> list[RenderableType]:
    lists: list[tuple[str, Iterable[str], int | None]] = [
        ("broken", (f"{p}: {remark}" for p, remark in report.broken), most),
        ("odd", (f"{p}: {remark}" for p, remark in report.odd), most),
        ("in several splits", map(" = ".join, report.duplicates), most),
        ("several times in one split", map(" = ".join, report.copies), most),
        ("near copies", map(" ~ ".join, report.near_copies), most),
        ("under several labels", map(" = ".join, report.contradictions), most),
        ("not used", report.unlisted, most),
        ("remarks", remarks, None),
        ("training should not start", problems, None),
    ]
    shown: list[RenderableType] = [Text(text) for each in lists if (text := _list(*each))]
    if not problems:
        hint = " (read the remarks above first)" if remarks else ""
        shown.append(Text(f"\ntraining can start{hint}"))
    return shown


def _list(title: str, lines: Iterable[str], most: int | None) -> str:
    lines = list(lines)
    if not lines:
        return ""
    shown = [f"\n{title} ({len(lines)})", *(f"  {line}" for line in lines[:most])]
    if most is not None and len(lines) > most:
        shown.append(f"  … {len(lines) - most} more (--all)")
    return "\n".join(shown)


def _splits(splits: Iterable[SplitSummary]) -> Table:
    table = Table("split", box=SIMPLE)
    for title in ("images", "identities", "cameras", "images each: least", "median", "most"):
        table.add_column(title, justify="right")
    for row in splits:
        cameras = str(row.cameras) if row.cameras else "–"
        numbers = (row.images, row.identities, cameras, row.least, f"{row.median:g}", row.most)
        table.add_row(Text(row.split), *map(str, numbers))
    return table


def _counts(report: CheckReport, most: int | None) -> Table:
    table = Table("class", box=SIMPLE)
    for split in report.counts:
        table.add_column(Text(split), justify="right")
    names = list(next(iter(report.counts.values()), {}))
    for name in names[:most]:
        counts = (str(classes[name]) for classes in report.counts.values())
        table.add_row(Text(name), *counts)
    if most is not None and len(names) > most:
        table.add_row(f"… {len(names) - most} more (--all)")
    table.add_section()
    table.add_row("all", *(str(sum(classes.values())) for classes in report.counts.values()))
    return table
