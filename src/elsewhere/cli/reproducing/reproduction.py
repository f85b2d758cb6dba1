"""Several tables and figures at once: their plans, their runs, and all that is written of them."""

import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console

from elsewhere.cli.reproducing.drawn_sets import draw_sets
from elsewhere.cli.reproducing.figures import Shown, write_bias, write_panels
from elsewhere.cli.reproducing.planning import (
    Asked,
    Part,
    Plan,
    PlannedRun,
    Planner,
    all_runs,
)
from elsewhere.cli.reproducing.running import Failures, make_runs
from elsewhere.cli.reproducing.tables import collect_runs, write_table
from elsewhere.reports.reproduce import EXPERIMENTS, PANELS, SOURCES, SWEEPS, Experiment


class Reproduction:
    """Tables and figures that were asked for together, and share runs.

    Args:
        names: of tables, figures and sweeps.
        asked: what all runs have in common.
        command: the line that asked for them.

    Raises:
        ConfigError: for a key or overlay that no recipe takes.
    """

    def __init__(self, names: Sequence[str], asked: Asked, command: str) -> None:
        self.asked, self.command = asked, command
        experiments = {name: _experiment(name) for name in names}
        if asked.drawn:
            sets = {name for each in experiments.values() if each for name in each.sets}
            sets |= {"cub"} if "figure2" in names else set()
            draw_sets({SOURCES[name].name for name in sets}, asked.root)
        planner = Planner(asked)
        self.plans: Mapping[str, Plan | None] = {
            name: each and _of_first_seed(name, planner.plan(each))
            for name, each in experiments.items()
        }

    @property
    def runs(self) -> list[PlannedRun]:
        """All runs, each once."""
        return all_runs(plan for plan in self.plans.values() if plan)

    def commands(self, part: Part) -> list[str]:
        """The runs still to be made, as command lines."""
        return [
            f"elsewhere {shlex.join(run.job.words)}"
            for run in part.share(self.runs)
            if run.result is None
        ]

    def make(self, part: Part, jobs: int, console: Console) -> Failures:
        """Make the runs that have no result yet; return why runs failed."""
        return make_runs(part.share(self.runs), self.asked, jobs, console)

    def write(self, failures: Failures, shown: Shown) -> None:
        """Write every table and figure as far as it has been run, and print it."""
        out, drawn = self.asked.out, self.asked.drawn
        for name, plan in self.plans.items():
            if plan is None:
                write_bias(self.asked, shown, self.command)
            elif name in PANELS:
                write_panels(name, plan, failures, self.asked, self.command)
            else:
                collected = collect_runs(plan, failures, drawn=drawn, threshold=shown.threshold)
                write_table(collected, plan, out, self.command)


def _of_first_seed(name: str, plan: Plan) -> Plan:
    """The plan of a table as it is; pictures of networks are of one seed."""
    if name not in PANELS:
        return plan
    return plan._replace(runs={place: runs[:1] for place, runs in plan.runs.items()})


def _experiment(name: str) -> Experiment | None:
    """What has to be trained for a table or figure; None where nothing has."""
    if name in PANELS:
        columns = tuple(f"{each}/top1" for each in PANELS[name])
        return EXPERIMENTS["table1"]._replace(name=name, columns=columns)
    return {**EXPERIMENTS, **SWEEPS}.get(name)
