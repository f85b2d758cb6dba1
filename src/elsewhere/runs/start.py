"""What is about to be trained, for the terminal."""

from collections import Counter
from collections.abc import Mapping
from statistics import median

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from elsewhere.bundle import describable
from elsewhere.callbacks import planned_epochs
from elsewhere.data.records import RecordTable
from elsewhere.reports.tables import Table, rich_table
from elsewhere.runs.building import BuiltRun
from elsewhere.tasks import Classification
from elsewhere.terminal import notes

FEW = 10
"""Images of a class below which the baseline was better on photographs, see docs/train.md."""


def announce(run: BuiltRun) -> None:
    """Say what is going to be trained, and what is worth knowing about it before it starts."""
    console = notes()
    plan = {"parameters": _parameters(run), "training": _length(run), **_switches(run)}
    data = run.data
    console.print(start_table(run.composition.recipe, data.parts, data.told_apart, plan))
    remarks = [*run.data.remarks, *run.data.own_remarks]
    if not describable(run.task.network):
        parts = (run.task.network.backbone, run.task.network.head)
        names = " with ".join(type(part).__name__ for part in parts)
        remarks.append(f"no bundle will be written, it cannot describe {names}")
    for remark in remarks:
        console.print(f"note: {remark}")


def start_table(
    recipe: str,
    parts: Mapping[str, RecordTable],
    told_apart: tuple[str, str],
    plan: Mapping[str, str],
) -> RenderableType:
    """What is trained on, split by split, and how, a line each."""
    rows = []
    for name, table in parts.items():
        counts = Counter(table.labels)
        least, most = min(counts.values()), max(counts.values())
        span = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        rows.append((name, f"{len(table):,}", f"{len(counts):,}", span))
    header = ("split", "images", told_apart[0], f"per {told_apart[1]}")
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim")
    for line in plan.items():
        grid.add_row(*map(Text, line))
    return Group(rich_table(Table(header, rows, recipe)), grid)


def _parameters(run: BuiltRun) -> str:
    parameters = list(run.task.network.parameters())
    fixed = sum(p.numel() for p in parameters if not p.requires_grad)
    held = f" ({fixed:,} held fixed)" if fixed else ""
    return f"{sum(p.numel() for p in parameters):,}{held}"


def _length(run: BuiltRun) -> str:
    """Epochs and optimizer steps of the whole run; a recipe may give either."""
    trainer, batches = run.trainer, len(run.data.train_dataloader())
    epochs = planned_epochs(trainer, batches)
    steps = epochs * -(-batches // trainer.accumulate_grad_batches)
    steps = steps if trainer.max_steps < 0 else min(steps, trainer.max_steps)
    return f"{epochs:,} epochs, {steps:,} steps"


def _switches(run: BuiltRun) -> dict[str, str]:
    task, data, trainer = run.task, run.data, run.trainer
    terms = {name: weight for name, weight in task.objective.weight_of.items() if weight}
    if task.branch is None:
        terms.pop("effect", None)
    size = "×".join(map(str, data.preprocessing.crop))
    return {
        "CAL": _method(run),
        "objective": " + ".join(f"{weight:.3g}·{name}" for name, weight in terms.items()),
        "images": f"{size} pixels, batches of {data.batch_size} in each process",
        "heads": str(task.network.heads),
        "precision": str(trainer.precision),
        "processes": f"{trainer.world_size} ({type(trainer.accelerator).__name__})",
        **_accumulation(trainer.accumulate_grad_batches),
        "tested": _choice(data.validate_on),
        "folder": str(run.folder),
    }


def _method(run: BuiltRun) -> str:
    branch = run.task.branch
    if branch is None:
        return "off (baseline)"
    name = type(branch.intervention).__name__
    few = median(Counter(run.data.parts["train"].labels).values()) < FEW
    if few and isinstance(run.task, Classification):
        return f"{name}; with so few images of a class the baseline may do better: elsewhere trial"
    return name


def _choice(validate_on: str | None) -> str:
    if validate_on is None:
        return "the last checkpoint; nothing is held out to choose by"
    optimistic = " (as the literature does: its test figure is optimistic)"
    return f"the best on {validate_on}" + (optimistic if validate_on == "test" else "")


def _accumulation(batches: int) -> dict[str, str]:
    """Say what accumulation does and does not: it makes no larger batches."""
    if batches == 1:
        return {}
    seen = "triplets, batch norm and shuffling see one"
    return {"gradients": f"averaged over {batches} batches; {seen}"}
