"""A run alone in its folder, and what is said of one that is ended from outside."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from elsewhere.callbacks import KeepCheckpoints
from elsewhere.callbacks.files import LAST
from elsewhere.errors import Interrupted, signal_behind
from elsewhere.files.locks import hold
from elsewhere.runs.building import BuiltRun


def alone(run: BuiltRun) -> AbstractContextManager[None]:
    """Hold the run's folder; of several processes that train it together, the first does."""
    taken = (
        f"{run.folder}: another process is training this run; wait for it, or choose another "
        "--seed or --runs"
    )
    return hold(run.folder / ".fit.lock", taken) if run.trainer.is_global_zero else nullcontext()


@contextmanager
def going_on(run: BuiltRun) -> Iterator[None]:
    """Say of a run that is ended from outside while the block runs how to go on with it."""
    kept = run.trainer.checkpoint_callback
    assert isinstance(kept, KeepCheckpoints)
    try:
        yield
    except BaseException as error:
        ended = signal_behind(error)
        number = ended.signal if ended else kept.signals.received
        if not number:
            raise
        last = run.checkpoints / LAST
        hint = "no step was written yet: start it again"
        if last.is_file():
            hint = f"the same command with --resume goes on from {last}"
        raise Interrupted(number, hint) from error
