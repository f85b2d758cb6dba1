"""Runs in processes of their own: one after another as commands, or several on as many cores."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

Say = Callable[[str], None]
Words = Sequence[str]


def run_command(words: Words, say: Say, environment: Mapping[str, str] | None = None) -> str | None:
    """Run `elsewhere …` as a command; return what went wrong, if anything.

    Args:
        words: after `elsewhere`.
        say: takes every line that tells of an epoch.
        environment: variables beside this process's own.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "elsewhere", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
    )
    assert process.stderr is not None
    last = _follow(process.stderr, say)
    return last or "no word of why" if process.wait() else None


def run_on_cores(
    jobs: Mapping[str, Words], cores: int, logs: Path
) -> Iterator[tuple[str, str | None]]:
    """Run several `elsewhere …` at once, each on one thread; the libraries are loaded once.

    Args:
        jobs: the words after `elsewhere`, by a name.
        cores: how many at once.
        logs: folder for what each run says.

    Yields:
        The name of each as it ends, and what went wrong, if anything.
    """
    logs.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context(_way())
    if _way() == "forkserver":
        context.set_forkserver_preload(["elsewhere.cli.fit"])
    with ProcessPoolExecutor(cores, mp_context=context, max_tasks_per_child=1) as pool:
        waiting = {
            pool.submit(_run_quietly, list(words), logs / f"{number}.log"): name
            for number, (name, words) in enumerate(jobs.items())
        }
        try:
            for done in as_completed(waiting):
                error = done.exception()
                yield waiting[done], done.result() if error is None else str(error)
        finally:
            pool.shutdown(cancel_futures=True)


def _way() -> str:
    ways = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in ways else "spawn"


def _run_quietly(words: list[str], log: Path) -> str | None:
    """Run one in this process, its words kept in a file; return the last one where it failed."""
    import torch

    from elsewhere.cli.command import main

    torch.set_num_threads(1)
    with log.open("w", encoding="utf-8") as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())
    status = main(words)
    sys.stdout.flush()
    sys.stderr.flush()
    if status == 0:
        return None
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return lines[-1].removeprefix("elsewhere: ") if lines else f"it ended with status {status}"


def _follow(lines: Iterable[str], say: Say) -> str:
    last = ""
    for line in lines:
        last = line.strip() or last
        if line.startswith("epoch "):
            say(line.strip())
    return last
