"""The tables of classification, and how they show in the terminal and as Markdown."""

from collections.abc import Callable, Mapping
from functools import partial

from rich.console import Group, RenderableType

from elsewhere.reports.documents import figure_at
from elsewhere.reports.result import RunResult, SplitResult, run_title
from elsewhere.reports.tables import Table, rich_table
from elsewhere.reports.wording import UNKNOWN, number, percent

_HARDEST = 10
"""So many classes and confusions are named."""


def run_summary(result: RunResult) -> RenderableType:
    """One run: accuracy of each split and view, then effect and localization where measured."""
    return Group(rich_table(_views(result)), rich_table(measure_table(result["splits"])))


def measure_table(splits: Mapping[str, SplitResult]) -> Table:
    """What a run measured beside its views' accuracy: a row a measure, a column a split.

    Rows of which nothing was measured are left out.
    """
    overlaps = (figure_at(split, "localization", "iou") for split in splits.values())
    thresholds = {threshold for each in overlaps for threshold in each or ()}
    asked: list[tuple[str, Callable[[float | None], str], tuple[str, ...]]] = [
        ("balanced accuracy, %", percent, ("balanced_accuracy",)),
        ("effect on the true logit", partial(number, digits=2), ("effect", "logit")),
        ("effect on its probability, points", percent, ("effect", "probability")),
        ("attention in the box, %", percent, ("localization", "attention_inside")),
        ("evidence in the box, %", percent, ("localization", "evidence_inside")),
        ("box area, % of the picture", percent, ("localization", "box_area")),
        *(
            (f"IoU, attention over {threshold} of peak", number, ("localization", "iou", threshold))
            for threshold in sorted(thresholds, key=float)
        ),
        ("calibration error, %", percent, ("calibration", "error")),
        ("calibration error after temperature, %", percent, ("calibration", "error_after")),
    ]
    rows = [
        (name, *(text(figure_at(split, *path)) for split in splits.values()))
        for name, text, path in asked
    ]
    return Table(("", *splits), [row for row in rows if {*row[1:]} - {UNKNOWN}])


def view_table(result: RunResult) -> Table:
    """Top-1 and top-5 of every split and view, for a page."""
    rows = [
        (f"{split}\n{images} pictures" if split else "", view, *shares)
        for split, view, images, *shares in _views(result).rows
    ]
    return Table(("split", "view", "top-1, %", "top-5, %"), rows)


def hardest_tables(split: SplitResult) -> list[Table]:
    """The classes answered worst and the pairs confused most; none where nothing is known."""
    seen = [entry for entry in split.get("per_class") or () if entry["images"]]
    if not split.get("per_class"):
        return []
    worst = sorted(seen, key=lambda entry: entry["top1"])[:_HARDEST]
    mixed = sorted(split["confusions"], key=lambda entry: -entry["images"])[:_HARDEST]
    tables = [
        Table(
            ("class", "pictures", "top-1, %"),
            [(entry["class"], f"{entry['images']:,}", percent(entry["top1"])) for entry in worst],
        ),
        Table(
            ("true class", "taken for", "pictures"),
            [(pair["true"], pair["predicted"], f"{pair['images']:,}") for pair in mixed],
        ),
    ]
    return [table for table in tables if table is tables[0] or table.rows]


def _views(result: RunResult) -> Table:
    """Top-1 and top-5 of every split and view; all views together stand out."""
    rows: list[tuple[str, ...]] = []
    ends, bold = set(), set()
    for name, split in result["splits"].items():
        first, images = name, f"{split['images']:,}"
        for view, shares in split["accuracy"].items():
            if view == "together":
                bold.add(len(rows))
            rows.append((first, view, images, percent(shares["top1"]), percent(shares["top5"])))
            first = images = ""
        rows += [
            ("", words, "", percent(share), UNKNOWN)
            for words, share in (
                ("untrained backbone", figure_at(split, "against", "untrained")),
                ("chance", figure_at(split, "against", "chance")),
            )
            if share is not None
        ]
        ends.add(len(rows) - 1)
    return Table(
        ("split", "view", "images", "top-1 %", "top-5 %"),
        rows,
        run_title(result),
        words=2,
        bold=frozenset(bold),
        ends=frozenset(ends),
    )
