"""Runs in processes of their own: one after another as commands, or several on as many cores."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from elsewhere.errors import Interrupted, one_line
from elsewhere.recipes.composition import compose

Say = Callable[[str], None]
Words = Sequence[str]

_GRACE = 60.0
"""Seconds in which a training comes to its end."""


class Fit(NamedTuple):
    """One `elsewhere fit`; `keys` are as words, `resume` goes on from the last checkpoint."""

    names: Words
    keys: Words
    runs: Path
    resume: bool = False

    @property
    def words(self) -> list[str]:
        """The words after `elsewhere`."""
        named = [word for name in self.names for word in ("--config", name)]
        resume = ["--resume"] if self.resume else []
        return ["fit", *named, *self.keys, f"--runs={self.runs}", *resume]


def run_command(words: Words, say: Say) -> str | None:
    """Run `elsewhere …` as a command; return what went wrong, if anything."""
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


def run_on_cores(
    jobs: Mapping[str, Fit], cores: int, logs: Path
) -> Iterator[tuple[str, str | None]]:
    """Train several runs at once, each on one thread; the libraries are loaded once.

    Yields the name of each as it ends, and what went wrong, if anything.
    """
    logs.mkdir(parents=True, exist_ok=True)
    with pool_of(cores, max_tasks_per_child=1) as pool:
        waiting = {
            pool.submit(_train_quietly, job, logs / f"{number}.log"): name
            for number, (name, job) in enumerate(jobs.items())
        }
        for done in as_completed(waiting):
            error = done.exception()
            yield waiting[done], done.result() if error is None else str(error)


@contextmanager
def pool_of(
    cores: int, initializer: Callable[[], None] | None = None, **settings: Any
) -> Iterator[ProcessPoolExecutor]:
    """Processes that have the libraries of training loaded, and end with the block using them.

    They end, too, where the process that started them is killed.
    """
    context = multiprocessing.get_context(_way())
    if _way() == "forkserver":
        _start_server(context)
    with ProcessPoolExecutor(
        cores, mp_context=context, initializer=_begin, initargs=(initializer,), **settings
    ) as pool:
        try:
            yield pool
        except BaseException:  # a signal: runs write their checkpoints and end, too
            for process in list((pool._processes or {}).values()):
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _start_server(context: Any) -> None:
    """Start what processes are forked from, and wait until it has loaded the libraries.

    A terminal tells every process of Ctrl-C. Here it ends the one that waits; those that are forked
    are ended by it, and do not hear. Until the libraries are loaded nobody asks for a process that
    would find its pool gone.
    """
    from multiprocessing import forkserver, resource_tracker  # which not every system has

    context.set_forkserver_preload(["elsewhere.runs.fitting"])
    resource_tracker.ensure_running()  # which lets interrupts in when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    first = context.Process(target=int)
    first.start()
    first.join()


def _begin(initializer: Callable[[], None] | None) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)  # a run writes its checkpoint
    time.sleep(_GRACE)
    os._exit(1)  # what is queued would begin, and nobody waits for it


def _way() -> str:
    ways = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in ways else "spawn"


def _train_quietly(job: Fit, log: Path) -> str | None:
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
        composition = compose(job.names, job.keys)
        fit_composition(composition, job.runs, "last" if job.resume else None)
    except (Exception, Interrupted) as error:
        traceback.print_exception(error)
        return one_line(str(error)) or type(error).__name__
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return None


def _raise_interrupted(number: int, _: object) -> None:
    raise Interrupted(number)


def _follow(lines: Iterable[str], say: Say) -> str:
    last = ""
    for line in lines:
        last = line.strip() or last
        if line.startswith("epoch "):
            say(line.strip())
    return last
