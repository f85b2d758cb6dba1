"""Several tables and figures at once: their plans, their runs, and all that is written of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType

from elsewhere.files.writing import write_atomically
from elsewhere.reports.result import AnyResult, read_result
from elsewhere.reproduce.attention_figures import write_attention
from elsewhere.reproduce.bias_figure import find_bias, write_bias
from elsewhere.reproduce.collected import Collected, collect
from elsewhere.reproduce.experiments import EXPERIMENTS, PANELS, Experiment
from elsewhere.reproduce.paper import paper, printed_table
from elsewhere.reproduce.planning import Asked, Plan, Planner
from elsewhere.reproduce.running import Failures
from elsewhere.reproduce.sets import SOURCES, draw_sets
from elsewhere.reproduce.sweeps import SWEEPS
from elsewhere.reproduce.tables import (
    charts,
    reproduced_document,
    reproduced_markdown,
    reproduced_page,
    reproduced_table,
)

Plans = Mapping[str, Plan | None]
"""What each table or figure needs; None for one that needs no run."""


def plan_experiments(names: Sequence[str], asked: Asked) -> Plans:
    """Plan tables, figures and sweeps together, since they share runs; draw the sets if asked to.

    Raises:
        ConfigError: for a key or overlay that no recipe takes, or a class that Figure 2 has not.
        DataError: the list of environments of Figure 2 cannot be read, or names other images.
    """
    experiments = {name: _experiment(name) for name in names}
    if asked.drawn:
        sets = {name for each in experiments.values() if each for name in each.sets}
        sets |= {"cub"} if "figure2" in names else set()
        draw_sets({SOURCES[name].name for name in sets}, asked.root)
    if "figure2" in names:
        find_bias(asked)  # what is wrong with it is said before hours of training
    planner = Planner(asked)
    plans: dict[str, Plan | None] = {}
    for name, experiment in experiments.items():
        plan = experiment and planner.plan(experiment)
        if plan and name in PANELS:  # pictures of networks are of the first seed
            plan = plan._replace(runs={place: runs[:1] for place, runs in plan.runs.items()})
        plans[name] = plan
    return plans


def write_experiments(
    plans: Plans, asked: Asked, failures: Failures, *, command: str, width: int
) -> Iterator[RenderableType]:
    """Write every table and figure as far as it has been run.

    Args:
        plans: of `plan_experiments`.
        asked: the same as there.
        failures: of `make_runs`.
        command: the line that asked for them.
        width: of the terminal, in characters.

    Yields:
        What there is to show in the terminal: tables, and lines of plain text.
    """
    for name, plan in plans.items():
        if plan is None:
            yield from write_bias(asked, command)
        elif name in PANELS:
            yield from write_attention(name, plan, failures, asked, command)
        else:
            collected = collect_runs(plan, failures, drawn=asked.drawn, threshold=asked.threshold)
            _write_table(collected, plan, asked.out, command)
            yield reproduced_table(collected, width)
            yield f"{name}.md, .html and .json: {asked.out}"


def collect_runs(plan: Plan, failures: Failures, *, drawn: bool, threshold: float) -> Collected:
    """Read what has been run of an experiment.

    Raises:
        DataError: a result is incomplete or of another version.
    """
    results: dict[tuple[str, str], dict[int, AnyResult]] = {}
    reasons = dict(plan.reasons)
    for place, runs in plan.runs.items():
        for run in runs:
            if run.result is not None:
                results.setdefault(place, {})[run.seed] = read_result(run.result)
            elif run.key in failures:
                reasons[place] = f"failed: {failures[run.key]}"
    name = plan.experiment.name
    printed = printed_table(name) if name in paper()["tables"] else None
    return collect(
        plan.experiment, results, reasons, printed=printed, drawn=drawn, threshold=threshold
    )


def _write_table(collected: Collected, plan: Plan, out: Path, command: str) -> None:
    """Write a table as Markdown, HTML and JSON, with its charts."""
    name = collected.experiment.name
    drawn = charts(collected)
    pictures = []
    for number, chart in enumerate(drawn, start=1):
        file = f"{name}-{number}.svg" if len(drawn) > 1 else f"{name}.svg"
        write_atomically(out / file, chart.svg)
        pictures.append((chart.caption, file))
    folders: dict[str, list[str]] = {}
    for (method, _), runs in plan.runs.items():
        found = [run.result.parent for run in runs if run.result is not None]
        inside = (folder.relative_to(out).as_posix() for folder in found)
        folders.setdefault(method, []).extend(inside)
    write_atomically(out / f"{name}.md", reproduced_markdown(collected, pictures))
    write_atomically(out / f"{name}.html", reproduced_page(collected, command))
    write_atomically(out / f"{name}.json", reproduced_document(collected, folders))


def _experiment(name: str) -> Experiment | None:
    """What has to be trained for a table or figure; None where nothing has."""
    if name in PANELS:
        columns = tuple(f"{each}/top1" for each in PANELS[name])
        return EXPERIMENTS["table1"]._replace(name=name, columns=columns)
    return {**EXPERIMENTS, **SWEEPS}.get(name)
