"""Checkpoint files: written so that a crash leaves the old one whole, read without running code."""

import contextlib
import os
import pickle
import re
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import CheckpointIO

from elsewhere.errors import CheckpointError, plain
from elsewhere.files.weights import refuse_greedy

LAST, PREVIOUS, BEST = "last.ckpt", "previous.ckpt", "best.ckpt"


def write_checkpoint(checkpoint: dict[str, Any], path: Path, previous: Path | None = None) -> None:
    """Writes beside the target, syncs, and only then takes the target's place.

    Whenever the process dies, `path` is either the old file or the new one, whole. An error, be it
    that what was written could not be read again, leaves nothing half written. `previous` is where
    the file that `path` held before is kept; None to let it go.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            torch.save(checkpoint, file)
            file.flush()
            os.fsync(file.fileno())
        _load(partial)
        _take_place(partial, path, previous)
    except (OSError, RuntimeError, pickle.PickleError, AttributeError, TypeError) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise CheckpointError(
            f"Cannot write checkpoint {path}: {_reason(error)}. Older checkpoints are intact."
        ) from error


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Reads a checkpoint onto the CPU; never runs code from the file."""
    problem = find_damage(path)
    if problem is not None:
        raise CheckpointError(f"Cannot read checkpoint {path}: {problem}.")
    return _load(path, mmap=False)  # a mapped file must not be touched while tensors live on it


def find_damage(path: Path) -> str | None:
    """Says what is wrong with a checkpoint file, or None when it holds what was written.

    The checksum that each part of the file carries is worked out again, so the whole file is read.
    """
    if not path.is_file():
        return "there is no such file"
    try:
        refuse_greedy(path)
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            return f"its part {damaged} is damaged"
        _load(path)
    except CheckpointError as error:
        return f"it is not a checkpoint: {error}"
    except pickle.UnpicklingError:
        return "it is damaged, or holds objects that reading could run code for"
    except Exception as error:  # damaged bytes make the readers fail in almost any way
        return f"it is cut short, damaged or not a checkpoint ({_reason(error)})"
    return None


def find_resumable(folder: Path) -> Path:
    """The checkpoint to go on from: `last.ckpt`, or `previous.ckpt` when that cannot be read.

    Warns when it has to fall back.
    """
    problems: list[str] = []
    for name in (LAST, PREVIOUS):
        problem = find_damage(folder / name)
        if problem is None:
            for earlier in problems:
                warnings.warn(f"{earlier}; resuming from {name} instead.", stacklevel=2)
            return folder / name
        problems.append(f"Cannot resume from {folder / name}: {problem}")
    raise CheckpointError(f"{'. '.join(problems)}. Start without resuming, or name another file.")


class AtomicCheckpointIO(CheckpointIO):
    """Lightning's way to our files: see `write_checkpoint` and `read_checkpoint`."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Path | None = None
    ) -> None:
        """Writes a checkpoint."""
        write_checkpoint(checkpoint, Path(path), storage_options)

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Reads a checkpoint onto the CPU."""
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: str | Path) -> None:
        """Removes a checkpoint, if it is there."""
        Path(path).unlink(missing_ok=True)


def _load(path: Path, mmap: bool = True) -> dict[str, Any]:
    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    return loaded


def _take_place(partial: Path, path: Path, previous: Path | None) -> None:
    """Renames the new file last but one, so that a whole file has a known name at every moment."""
    kept = None
    if previous is not None and path.exists():
        kept = previous.with_name(previous.name + ".partial")
        kept.unlink(missing_ok=True)
        try:
            kept.hardlink_to(path)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, kept)
    partial.replace(path)
    if kept is not None and previous is not None:
        kept.replace(previous)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut can undo the renames; some systems cannot sync a folder.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: BaseException) -> str:
    """One line on what went wrong, in the system's own words where it has some."""
    unsafe = re.search(r"Unsupported \w+: (?:GLOBAL )?(\S+)", str(error))
    if unsafe:
        return f"it would hold {unsafe[1]}, which is not plain data"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return plain(str(error).strip().split("\n")[0].rstrip(".")) or type(error).__name__
