"""An experiment as far as it has been run: paper and measurement side by side."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from elsewhere.reports.documents import figure_at
from elsewhere.reports.result import AnyResult
from elsewhere.reports.statistics import Difference, Spread, paired_difference, spread_of
from elsewhere.reproduce.experiments import Experiment, Method
from elsewhere.reproduce.paper import PrintedTable
from elsewhere.reproduce.sets import measure_of, set_of

MIOU_THRESHOLD = 0.3
"""Share of the attention's maximum that the box of Table 5 is drawn round: ours, before any run."""

Results = Mapping[tuple[str, str], Mapping[int, AnyResult]]
"""Runs by method and tested set, then by seed."""
Reasons = Mapping[tuple[str, str], str]
"""Why a method was not run on a set."""
NOT_RUN = "not run"
_LOCATED = ("splits", "test", "localization")


class Cell(NamedTuple):
    """One number of the paper and what was measured in its place.

    Attributes:
        printed: in percent, as the paper has it; None where it has none.
        values: fractions in 0..1, by seed.
        missing: why nothing was measured; empty where something was.
    """

    printed: float | None
    values: Mapping[int, float]
    missing: str = ""

    @property
    def spread(self) -> Spread:
        """Mean and sample standard deviation over the seeds."""
        return spread_of([*self.values.values()])

    @property
    def difference(self) -> float | None:
        """Mean less the paper's number, in points; None where either is missing."""
        if self.printed is None or not self.values:
            return None
        return 100 * self.spread.mean - self.printed


class Gain(NamedTuple):
    """What a method gains over its baseline.

    Attributes:
        method: its row.
        baseline: the row it is compared with.
        column: set and measure.
        printed: in points, by the paper's two numbers; None where it lacks one, or sets are drawn.
        measured: paired by seed.
    """

    method: str
    baseline: str
    column: str
    printed: float | None
    measured: Difference


class Sweep(NamedTuple):
    """Overlap of attention and object over thresholds, the mean over the seeds.

    Attributes:
        method: its row.
        plain: fraction by threshold.
        padded: the same with room around the attention's box.
        whole: overlap of the whole image with the object's box: what no attention at all scores.
    """

    method: str
    plain: Mapping[float, float]
    padded: Mapping[float, float]
    whole: float


class Collected(NamedTuple):
    """An experiment, paper and measurement side by side.

    Attributes:
        experiment: what was asked.
        printed: the paper's table; None where it has none.
        cells: by method and column.
        gains: of every method with a baseline, for every column that was measured.
        sweeps: of thresholds, where overlaps were measured.
        drawn: whether the sets are drawn ones, on which no number can be the paper's.
        threshold: of mIoU.
        versions: software and machines of the runs, each once.
    """

    experiment: Experiment
    printed: PrintedTable | None
    cells: Mapping[str, Mapping[str, Cell]]
    gains: Sequence[Gain]
    sweeps: Sequence[Sweep]
    drawn: bool
    threshold: float
    versions: Sequence[Mapping[str, str]]

    @property
    def reasons(self) -> dict[str, list[str]]:
        """Why rows were not run: the reason, and the rows and sets that it holds for."""
        found: dict[str, list[str]] = {}
        for method, cells in self.cells.items():
            for column, cell in cells.items():
                if cell.missing:
                    where = found.setdefault(cell.missing, [])
                    place = f"{set_of(column)}: {method}"
                    if place not in where:
                        where.append(place)
        return found


def collect(
    experiment: Experiment,
    results: Results,
    reasons: Reasons,
    *,
    printed: PrintedTable | None,
    drawn: bool,
    threshold: float = MIOU_THRESHOLD,
) -> Collected:
    """Set what was measured beside what the paper prints."""
    cells = {
        method.name: {
            column: _cell(method, column, results, reasons, printed, threshold)
            for column in experiment.columns
        }
        for method in experiment.methods
    }
    return Collected(
        experiment,
        printed,
        cells,
        _gains(experiment, cells, drawn=drawn),
        _sweeps(experiment, results),
        drawn,
        threshold,
        _versions(results),
    )


def measured(result: AnyResult, column: str, threshold: float = MIOU_THRESHOLD) -> float | None:
    """What a run measured for a column, as a fraction in 0..1; None where it did not.

    Accuracy is that of all views together (section 4.1), Rank-k and mAP those of the run's own
    retrieval vector.

    Args:
        result: of one run.
        column: set and measure, such as "cub/miou".
        threshold: share of the attention's maximum, of a mIoU.
    """
    measure, _, vector = measure_of(column).partition("-")
    if measure == "top1":
        views = figure_at(result, "splits", "test", "accuracy") or {}
        found = figure_at(views.get("together") or views.get("raw"), "top1")
    elif measure == "miou":
        plain = overlaps(result).get("plain", {})
        found = next((plain[at] for at in plain if abs(at - threshold) < 1e-9), None)
    else:
        kind = vector or figure_at(result, "retrieval_vector")
        score = figure_at(result, "sets", set_of(column), "vectors", kind)
        path = ("mAP",) if measure == "mAP" else ("cmc", measure.removeprefix("rank"))
        found = figure_at(score, *path)
    return None if found is None else float(found)


def overlaps(result: AnyResult) -> Mapping[str, Mapping[float, float]]:
    """The sweep of thresholds: mean overlap of plain boxes, and of boxes with some room around."""
    place = figure_at(result, *_LOCATED) or {}
    return {
        name: {float(at): float(value) for at, value in place[key].items()}
        for name, key in (("plain", "iou"), ("padded", "iou_padded"))
        if place.get(key)
    }


def _cell(
    method: Method,
    column: str,
    results: Results,
    reasons: Reasons,
    printed: PrintedTable | None,
    threshold: float,
) -> Cell:
    place = (method.name, set_of(column))
    found = {
        seed: measured(result, column, threshold)
        for seed, result in sorted(results.get(place, {}).items())
    }
    values = {seed: value for seed, value in found.items() if value is not None}
    missing = ""
    if not values:
        missing = reasons.get(place, NOT_RUN) if not found else "the runs did not measure it"
    said = None if printed is None else printed.value(method.name, column)
    return Cell(said, values, missing)


def _gains(
    experiment: Experiment, cells: Mapping[str, Mapping[str, Cell]], *, drawn: bool
) -> list[Gain]:
    gains = []
    for method in experiment.methods:
        if not method.baseline:
            continue
        for column in experiment.columns:
            ours, theirs = cells[method.name][column], cells[method.baseline][column]
            difference = paired_difference(ours.values, theirs.values)
            if difference.spread.runs:
                printed = None
                if not drawn and ours.printed is not None and theirs.printed is not None:
                    printed = ours.printed - theirs.printed
                gains.append(Gain(method.name, method.baseline, column, printed, difference))
    return gains


def _sweeps(experiment: Experiment, results: Results) -> list[Sweep]:
    wanted = [set_of(column) for column in experiment.columns if measure_of(column) == "miou"]
    sweeps = []
    for method in experiment.methods:
        for name in wanted:
            found = results.get((method.name, name), {}).values()
            runs = [overlaps(result) for result in found]
            means = {kind: _mean([run[kind] for run in runs if kind in run])
                     for kind in ("plain", "padded")}  # fmt: skip
            if means["plain"]:
                whole = [figure_at(one, *_LOCATED, "box_area") for one in found]
                sweeps.append(Sweep(method.name, means["plain"], means["padded"], fmean(whole)))
    return sweeps


def _mean(runs: Sequence[Mapping[float, float]]) -> dict[float, float]:
    return {at: sum(run[at] for run in runs) / len(runs) for at in (runs[0] if runs else {})}


def _versions(results: Results) -> list[Mapping[str, str]]:
    every = (one["versions"] for runs in results.values() for one in runs.values())
    return list({tuple(sorted(each.items())): each for each in every}.values())
