"""Processes that have the libraries of training loaded, for several runs on as many cores."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread
from typing import Any

_GRACE = 60.0
"""Seconds in which a training comes to its end."""


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
