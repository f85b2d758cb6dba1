"""Making the runs that are missing, with a word on each and on how long the rest will take."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from elsewhere.cli.reproducing.planning import Asked, PlannedRun
from elsewhere.runs.processes import run_command, run_on_cores

Failures = dict[tuple[Path, int], str]
"""Why runs failed, by their keys."""


def make_runs(runs: Sequence[PlannedRun], asked: Asked, jobs: int, console: Console) -> Failures:
    """Make every run that has no result yet; one that fails does not keep the others waiting.

    Args:
        runs: each once.
        asked: what they have in common.
        jobs: how many at once.
        console: takes the progress.
    """
    waiting = [run for run in runs if run.result is None]
    if len(waiting) < len(runs):
        console.print(f"{len(runs) - len(waiting)} of {len(runs)} runs were there already")
    if not waiting:
        return {}
    progress = _Progress(len(waiting), console)
    if asked.drawn:
        return _on_cores(waiting, asked, jobs, progress)
    return _as_commands(waiting, progress)


class _Progress:
    """A line for each run as it ends."""

    def __init__(self, total: int, console: Console) -> None:
        self.total, self.console = total, console
        self.done = 0
        self.began = time.monotonic()

    def ended(self, title: str, problem: str | None) -> None:
        self.done += 1
        passed = time.monotonic() - self.began
        rest = passed / self.done * (self.total - self.done)
        word = "done" if problem is None else f"failed: {problem}"
        left = f", about {_clock(rest)} left" if self.done < self.total else ""
        self.say(f"[{self.done}/{self.total}] {title}: {word}; {_clock(passed)} so far{left}")

    def say(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)


def _on_cores(runs: Sequence[PlannedRun], asked: Asked, jobs: int, progress: _Progress) -> Failures:
    """Toy runs are so short that loading the libraries would take half of their time."""
    by_title = {f"{run.title} ({run.place.name})": run for run in runs}
    jobs_of = {title: run.job for title, run in by_title.items()}
    failures: Failures = {}
    for title, problem in run_on_cores(jobs_of, jobs, asked.out / "logs"):
        run = by_title[title]
        progress.ended(run.title, problem)
        if problem is not None:
            failures[run.key] = problem
    return failures


def _as_commands(runs: Sequence[PlannedRun], progress: _Progress) -> Failures:
    failures: Failures = {}
    for run in runs:
        progress.say(f"elsewhere {' '.join(run.job.words)}")
        problem = run_command(run.job.words, lambda line, run=run: progress.say(  # type: ignore[misc]
            f"{run.title}  {line}"
        ))  # fmt: skip
        progress.ended(run.title, problem)
        if problem is not None:
            failures[run.key] = problem
    return failures


def cores() -> int:
    """How many toy runs at once."""
    return os.cpu_count() or 1


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
