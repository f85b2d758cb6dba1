"""One process at a time at a place, for as long as it lives."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from elsewhere.errors import ConfigError, ElsewhereError

try:
    import fcntl
except ImportError:  # a system without file locks: nobody is kept out
    fcntl = None  # type: ignore[assignment]

_held: set[int] = set()

Say = Callable[[str], object]


@contextmanager
def hold(file: Path, taken: str, *, waiting: Say | None = None) -> Iterator[None]:
    """Keep every other process out while the block runs, by whatever path it comes.

    The system lets go when the process ends, however it ends; processes that it forks do not hold
    on to it. `file` stands for the place; its folder is made where missing, and taken away again if
    it stays empty. Where another process is there, `waiting` is told `taken`, and this one waits
    until the place is free; without `waiting`, `taken` is the error.
    """
    made = [each for each in (file.parent, *file.parent.parents) if not each.exists()]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(file, taken, waiting)
    except OSError as error:
        raise ElsewhereError(
            f"{file.parent}: cannot be written to: {error.strerror or error}; choose another place"
        ) from error
    _let_go_in_forks()
    _held.add(handle)
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()
        _held.discard(handle)
        os.close(handle)
        with suppress(OSError):
            for folder in made:
                folder.rmdir()


def _locked(file: Path, taken: str, waiting: Say | None) -> int:
    """An open file that is locked, and still has its name: its last holder may have removed it."""
    while True:
        handle = os.open(file, os.O_CREAT | os.O_RDWR)
        try:
            _lock(handle, taken, waiting)
        except BaseException:
            os.close(handle)
            raise
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), file.stat()):
                return handle
        os.close(handle)


def _lock(handle: int, taken: str, waiting: Say | None) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        if waiting is None:
            raise ConfigError(taken) from error
        waiting(taken)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:  # some network file systems know no locks
        return


_registered: list[bool] = []


def _let_go_in_forks() -> None:
    """See that loading processes, which may live on for seconds, do not hold what we hold."""
    if not _registered and hasattr(os, "register_at_fork"):
        _registered.append(True)
        os.register_at_fork(after_in_child=_close_all)


def _close_all() -> None:
    while _held:
        os.close(_held.pop())
