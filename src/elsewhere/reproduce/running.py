"""Making the runs that are missing, with a word on each and on how long the rest will take."""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path

from elsewhere.errors import Interrupted, one_line
from elsewhere.recipes.composition import compose
from elsewhere.reproduce.planning import Asked, PlannedRun
from elsewhere.runs.processes import pool_of
from elsewhere.terminal import clock

Failures = dict[tuple[Path, int], str]
"""Why runs failed, by their keys."""
Ended = Iterator[tuple[PlannedRun, str | None]]
"""Runs as they end, and what went wrong, if anything."""
Say = Callable[[str], object]


def make_runs(runs: Sequence[PlannedRun], asked: Asked, jobs: int, say: Say) -> Failures:
    """Make every run that has no result yet; one that fails does not keep the others waiting."""
    waiting = [run for run in runs if run.result is None]
    if len(waiting) < len(runs):
        say(f"{len(runs) - len(waiting)} of {len(runs)} runs were there already")
    failures: Failures = {}
    if not waiting:
        return failures
    began, total = time.monotonic(), len(waiting)
    ended = _on_cores(waiting, jobs, asked.out / "logs") if asked.drawn else _alone(waiting, say)
    for done, (run, problem) in enumerate(ended, start=1):
        passed = time.monotonic() - began
        word = "done" if problem is None else f"failed: {problem}"
        left = f", about {clock(passed / done * (total - done))} left" if done < total else ""
        say(f"[{done}/{total}] {run.title}: {word}; {clock(passed)} so far{left}")
        if problem is not None:
            failures[run.key] = problem
    return failures


def _alone(runs: Sequence[PlannedRun], say: Say) -> Ended:
    """Make one run after another, each as a command."""

    def tell(run: PlannedRun, line: str) -> None:
        say(f"{run.title}  {line}")

    for run in runs:
        say(f"elsewhere {' '.join(run.words)}")
        yield run, _command(run.words, partial(tell, run))


def _command(words: Sequence[str], say: Say) -> str | None:
    """Run `elsewhere …`; return what went wrong, if anything."""
    process = subprocess.Popen(
        [sys.executable, "-m", "elsewhere", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    try:
        last = _follow(process.stderr, say)
        return last or "no word of why" if process.wait() else None
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _follow(lines: Iterable[str], say: Say) -> str:
    last = ""
    for line in lines:
        last = line.strip() or last
        if line.startswith("epoch "):
            say(line.strip())
    return last


def _on_cores(runs: Sequence[PlannedRun], cores: int, logs: Path) -> Ended:
    """Make several runs at once, each on one thread; the libraries are loaded once.

    Toy runs are so short that loading them would take half of their time.
    """
    logs.mkdir(parents=True, exist_ok=True)
    with pool_of(cores, max_tasks_per_child=1) as pool:
        waiting = {
            pool.submit(_train_quietly, run, logs / f"{number}.log"): run
            for number, run in enumerate(runs)
        }
        for done in as_completed(waiting):
            error = done.exception()
            yield waiting[done], done.result() if error is None else str(error)


def _train_quietly(run: PlannedRun, log: Path) -> str | None:
    """Train in this process, what is said kept in a file; return what went wrong, if anything."""
    import torch

    from elsewhere.runs.fitting import fit_composition

    torch.set_num_threads(1)
    with log.open("w", encoding="utf-8") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
    signal.signal(signal.SIGTERM, _raise_interrupted)
    try:
        composition = compose(run.names, (*run.keys, f"--seed={run.seed}"))
        fit_composition(composition, run.place, "last" if run.begun else None)
    except (Exception, Interrupted) as error:
        traceback.print_exception(error)
        return one_line(str(error)) or type(error).__name__
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return None


def _raise_interrupted(number: int, _: object) -> None:
    raise Interrupted(number)
