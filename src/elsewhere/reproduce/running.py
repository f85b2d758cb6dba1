"""Making the runs that are missing, with a word on each and on how long the rest will take."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from elsewhere.reproduce.planning import Asked, PlannedRun
from elsewhere.runs.processes import run_command, run_on_cores
from elsewhere.terminal import clock

Failures = dict[tuple[Path, int], str]
"""Why runs failed, by their keys."""
Ended = Iterator[tuple[PlannedRun, str | None]]


def make_runs(
    runs: Sequence[PlannedRun], asked: Asked, jobs: int, say: Callable[[str], object]
) -> Failures:
    """Make every run that has no result yet; one that fails does not keep the others waiting."""
    waiting = [run for run in runs if run.result is None]
    if len(waiting) < len(runs):
        say(f"{len(runs) - len(waiting)} of {len(runs)} runs were there already")
    failures: Failures = {}
    began, total = time.monotonic(), len(waiting)
    ended = _on_cores(waiting, asked, jobs) if asked.drawn else _as_commands(waiting, say)
    for done, (run, problem) in enumerate(ended, start=1):
        passed = time.monotonic() - began
        word = "done" if problem is None else f"failed: {problem}"
        left = f", about {clock(passed / done * (total - done))} left" if done < total else ""
        say(f"[{done}/{total}] {run.title}: {word}; {clock(passed)} so far{left}")
        if problem is not None:
            failures[run.key] = problem
    return failures


def _on_cores(runs: Sequence[PlannedRun], asked: Asked, jobs: int) -> Ended:
    """Toy runs are so short that loading the libraries would take half of their time."""
    by_title = {f"{run.title} ({run.place.name})": run for run in runs}
    jobs_of = {title: run.job for title, run in by_title.items()}
    for title, problem in run_on_cores(jobs_of, jobs, asked.out / "logs") if runs else ():
        yield by_title[title], problem


def _as_commands(runs: Sequence[PlannedRun], say: Callable[[str], object]) -> Ended:
    def tell(run: PlannedRun, line: str) -> None:
        say(f"{run.title}  {line}")

    for run in runs:
        say(f"elsewhere {' '.join(run.job.words)}")
        yield run, run_command(run.job.words, partial(tell, run))
