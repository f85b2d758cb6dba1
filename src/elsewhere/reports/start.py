"""What is about to be trained, for the terminal."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from elsewhere.reports.tables import Table, rich_table


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
    rows = []
    for split in splits:
        span = f"{split.fewest:,}"
        if split.most != split.fewest:
            span += f" to {split.most:,}"
        rows.append((split.name, f"{split.images:,}", f"{split.classes:,}", span))
    header = ("split", "images", told_apart[0], f"per {told_apart[1]}")
    fixed = parameters - trainable
    plan = {
        "parameters": f"{parameters:,}" + (f" ({fixed:,} held fixed)" if fixed else ""),
        "training": f"{epochs:,} epochs, {steps:,} steps",
        **switches,
    }
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim")
    for line in plan.items():
        grid.add_row(*map(Text, line))
    return Group(rich_table(Table(header, rows, recipe)), grid)
