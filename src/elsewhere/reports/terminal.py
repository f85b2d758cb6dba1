"""Tables for the terminal. They are returned, never printed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elsewhere.reports.result import RunResult, SplitResult
from elsewhere.reports.statistics import (
    accuracy_of,
    by_method,
    difference_of,
    split_names,
    spread_of,
    values_of,
)
from elsewhere.reports.wording import interval_text, measure_rows, percent, points, spread_text


class SplitCount(NamedTuple):
    """A split as counted before the start.

    Attributes:
        name: of the split.
        images: in all.
        classes: with at least one image; identities, where individuals are told apart.
        fewest: images of the smallest class.
        most: images of the largest.
    """

    name: str
    images: int
    classes: int
    fewest: int
    most: int


def start_table(
    recipe: str,
    splits: Sequence[SplitCount],
    *,
    parameters: int,
    trainable: int,
    epochs: int,
    steps: int,
    switches: Mapping[str, str],
    told_apart: tuple[str, str] = ("classes", "class"),
) -> RenderableType:
    """What is about to be trained, on what, for how long, and what is switched on.

    Args:
        recipe: its name.
        splits: one a split.
        parameters: of the network, all.
        trainable: those that training changes.
        epochs: planned.
        steps: optimizer steps planned in all.
        switches: what is on, such as {"CAL": "random, weight 1", "precision": "bf16"}.
        told_apart: what a label is called, several and one.
    """
    data = plain_table(recipe, "split", "images", told_apart[0], f"per {told_apart[1]}")
    for split in splits:
        span = f"{split.fewest:,}"
        if split.most != split.fewest:
            span += f" to {split.most:,}"
        _add_row(data, split.name, f"{split.images:,}", f"{split.classes:,}", span)
    plan = Table.grid(padding=(0, 2))
    plan.add_column(style="dim")
    plan.add_column()
    fixed = parameters - trainable
    held = f" ({fixed:,} held fixed)" if fixed else ""
    _add_row(plan, "parameters", f"{parameters:,}{held}")
    _add_row(plan, "training", f"{epochs:,} epochs, {steps:,} steps")
    for name, value in switches.items():
        _add_row(plan, name, value)
    return Group(data, plan)


def run_summary(result: RunResult) -> RenderableType:
    """One run: accuracy of each split and view, then effect and localization where measured."""
    title = f"{result['recipe']} · {result['method']} · seed {result['seed']}"
    splits = result["splits"]
    accuracy = plain_table(title, "split", "images", "view", "top-1 %", "top-5 %")
    accuracy.columns[2].justify = "left"
    for name, split in splits.items():
        for place, (view, shares) in enumerate(split["accuracy"].items()):
            first = (name, f"{split['images']:,}") if place == 0 else ("", "")
            style = "bold" if view == "together" else ""
            row = (*first, view, percent(shares["top1"]), percent(shares["top5"]))
            accuracy.add_row(
                *map(Text, row), style=style, end_section=place == len(split["accuracy"]) - 1
            )
    return Group(accuracy, _measures(splits))


def comparison_table(results: Sequence[RunResult], *, baseline: str = "baseline") -> Table:
    """Methods by splits: top-1 of the raw view, mean ± standard deviation, and the difference.

    Args:
        results: any number of runs of any number of methods.
        baseline: the method that the others are compared with, seed by seed.
    """
    names, groups = split_names(results), by_method(results)
    table = plain_table("Top-1 accuracy, %", "method", "seeds", *names)
    for method, runs in groups.items():
        row = [Text(method), Text(str(len({run["seed"] for run in runs})))]
        for name in names:
            measure = accuracy_of(name)
            cell = Text(spread_text(spread_of(values_of(runs, measure))))
            if baseline in groups and method != baseline:
                gap = difference_of(runs, groups[baseline], measure)
                cell.append(f"\n{points(gap)} {interval_text(gap)}", style="dim")
            row.append(cell)
        table.add_row(*row)
    caption = "Mean ± standard deviation over seeds."
    if baseline in groups and len(groups) > 1:
        caption += f" Below: difference from {baseline}, paired by seed, and its 95 % interval."
    table.caption = Text(caption)
    return table


def _measures(splits: Mapping[str, SplitResult]) -> RenderableType:
    table = plain_table("", "", *splits)
    for row in measure_rows(splits):
        _add_row(table, *row)
    return table


def plain_table(title: str, *columns: str) -> Table:
    """An empty table; the first column is on the left, all others on the right."""
    heading = Text(title, style="bold") if title else None
    table = Table(
        title=heading,
        title_justify="left",
        caption_justify="left",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if place else "left")
    return table


def _add_row(table: Table, *cells: str) -> None:
    """Add plain words: a name with brackets in it is no markup."""
    table.add_row(*map(Text, cells))
