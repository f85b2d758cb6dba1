"""Figures that are pictures: where two networks look (1, 5, 6), how a class is biased (2)."""

from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from elsewhere.bundle import load_bundle
from elsewhere.cli.reproducing.planning import Asked, Plan, PlannedRun
from elsewhere.cli.reproducing.running import Failures
from elsewhere.data.image_data import ImageData
from elsewhere.data.sets.classes import read_cub, read_cub_attributes, read_environments
from elsewhere.data.sets.classes.cub import DRAWN_ENVIRONMENTS
from elsewhere.errors import DataError
from elsewhere.recipes.composition import compose
from elsewhere.reports import write_report
from elsewhere.reports.answers import recorded_answers
from elsewhere.reports.bias import class_bias, environment_distance
from elsewhere.reports.bias_report import bias_chart, bias_notes, distance_text
from elsewhere.reports.explanation import encode_panel
from elsewhere.reports.files import write_atomically
from elsewhere.reports.looks import Looks, attention_sheets
from elsewhere.reports.reproduce.bias import (
    PAPER_CLASS,
    bias_document,
    bias_markdown,
    bias_page,
    bias_table,
)
from elsewhere.reports.reproduce.collected import NOT_RUN
from elsewhere.reports.reproduce.figures import (
    FIGURE_ROWS,
    SetLooks,
    looks_document,
    looks_markdown,
    looks_page,
)
from elsewhere.reports.reproduce.sets import TITLES
from elsewhere.runs.building import build_data

METHODS = ("Baseline", "Baseline + CAL")


class Shown(NamedTuple):
    """What of an experiment is shown.

    Attributes:
        threshold: of mIoU.
        class_name: whose bias Figure 2 shows; the paper's, or the first, if None.
        environments: list of where CUB's images were taken; None for none.
    """

    threshold: float
    class_name: str | None
    environments: str | None


def write_panels(name: str, plan: Plan, failures: Failures, asked: Asked, command: str) -> None:
    """Draw where the networks of Table 1 look, and write picture, Markdown and page."""
    found = []
    for tested in plan.experiment.sets:
        reason = _reason(plan, failures, tested)
        looks = None if reason else _look(name, plan, tested)
        files = {} if looks is None else _write_sheets(f"{name}-{tested}", looks, asked.out)
        found.append(SetLooks(tested, looks, reason, files))
    write_atomically(asked.out / f"{name}.md", looks_markdown(name, found, drawn=asked.drawn))
    write_atomically(asked.out / f"{name}.json", looks_document(name, found, drawn=asked.drawn))
    page = looks_page(name, found, command, drawn=asked.drawn)
    write_report(asked.out / f"{name}.html", page)
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        said = each.reason or (each.looks.summary if each.looks else "")
        console.print(f"{name}, {TITLES[each.name]}: {said}", markup=False)
    console.print(f"{name}.md, .html, .json and pictures: {asked.out}")


def _runs(plan: Plan, tested: str) -> list[PlannedRun]:
    return [plan.runs[method, tested][0] for method in METHODS]


def _reason(plan: Plan, failures: Failures, tested: str) -> str:
    """Why there is nothing to show; empty where there is."""
    for method in METHODS:
        if (method, tested) in plan.reasons:
            return plan.reasons[method, tested]
    for run in _runs(plan, tested):
        if run.result is None:
            return f"failed: {failures[run.key]}" if run.key in failures else NOT_RUN
    return ""


def _look(name: str, plan: Plan, tested: str) -> Looks:
    runs = _runs(plan, tested)
    folders = {}
    for method, run in zip(("baseline", "CAL"), runs, strict=True):
        assert run.result is not None
        folders[method] = run.result.parent
    data = build_data(compose(runs[0].names, runs[0].keys))
    assert isinstance(data, ImageData)
    rows, columns = FIGURE_ROWS[name]
    tables = {method: folder / "images-test.csv" for method, folder in folders.items()}
    return attention_sheets(
        {method: load_bundle(folder / "bundle") for method, folder in folders.items()},
        data,
        "test",
        answers=recorded_answers(tables, data, "test"),
        rows=rows,
        columns=columns,
        heading=TITLES[tested],
    )


def _write_sheets(stem: str, looks: Looks, out: Path) -> dict[str, str]:
    """Write each sheet as a picture; return their files by way."""
    files: dict[str, str] = {}
    for sheet in looks.sheets:
        if sheet.picture is not None:
            files[sheet.way] = f"{stem}-{sheet.way}.png"
            write_atomically(out / files[sheet.way], encode_panel(sheet.picture))
    return files


def write_bias(asked: Asked, shown: Shown, command: str) -> None:
    """Count and draw the bias of one class of CUB; say why where the set is not there."""
    console = Console(highlight=False, soft_wrap=True)
    out = asked.out
    try:
        table, attributes = read_cub(asked.root), read_cub_attributes(asked.root)
    except DataError as error:
        write_atomically(out / "figure2.md", bias_markdown(None, None, str(error)))
        console.print(f"figure2: not run: {error}", markup=False)
        return
    given = shown.environments or (str(table.root / DRAWN_ENVIRONMENTS) if asked.drawn else None)
    paths = [record.path for record in table.records]
    environments = read_environments(given, paths) if given else {}
    name = shown.class_name or (table.class_names[0] if asked.drawn else PAPER_CLASS)
    bias = class_bias(attributes, table, name, environments=environments)
    distance = environment_distance(table, environments) if environments else None
    write_atomically(out / "figure2.svg", bias_chart(bias))
    write_atomically(out / "figure2.md", bias_markdown(bias, distance))
    write_atomically(out / "figure2.json", bias_document(bias, distance))
    write_report(out / "figure2.html", bias_page(bias, distance, command))
    console.print(bias_table(bias))
    for line in bias_notes(bias) + ([distance_text(distance)] if distance else []):
        console.print(f"· {line}", markup=False)
    console.print(f"figure2.md, .html, .json and .svg: {out}")
