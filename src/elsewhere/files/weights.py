"""The object that a file of PyTorch's or safetensors holds, with nothing of it run.

PyTorch ≥ 1.6 writes a zip archive with one pickle and one record of bytes per storage. Before, it
wrote pickles one after another: a magic number, a version, facts on the machine, the object, the
keys of the storages; then the storages, each a count and its numbers.
"""

import mmap
import zipfile
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from elsewhere.errors import CheckpointError, one_line
from elsewhere.files.cost import Readable
from elsewhere.files.pickles import InertUnpickler

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001


def read_content(file: Path) -> tuple[Any, tuple[str, ...]]:
    """The object that a file holds, and the names in it that stand for nothing here."""
    _require_file(file)
    try:
        return _read(file)
    except CheckpointError as error:
        raise CheckpointError(f"{file}: {error}") from error
    except Exception as error:  # a torn or foreign file may raise anything
        reason = one_line(str(error))[:200] or type(error).__name__
        raise CheckpointError(f"{file}: cut short or not a file of weights ({reason})") from error


def _require_file(file: Path) -> None:
    try:
        kind = "a folder; name a file" if file.is_dir() else "no such file"
        there = file.is_file()
    except OSError as error:  # such as a name that is too long
        raise CheckpointError(f"{file}: cannot be read ({error.strerror})") from error
    if not there:
        raise CheckpointError(f"{file}: {kind}")


def _read(file: Path) -> tuple[Any, tuple[str, ...]]:
    with file.open("rb") as opened:
        start, size = opened.read(9), file.stat().st_size
        opened.seek(0)
        if start[:4] == b"PK\x03\x04":
            return _read_zip(opened, size)
        # the length of safetensors' header comes first, and may begin as a pickle does
        if file.suffix == ".safetensors" or start[8:] == b"{":
            return load_file(file), ()
        if start[:1] == b"\x80":
            # mapped, so that nobody makes room for more than the file holds
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return _read_pickles(mapped, size)
    raise CheckpointError("not a file of weights: neither PyTorch's nor safetensors")


def _read_zip(opened: BufferedIOBase, size: int) -> tuple[Any, tuple[str, ...]]:
    with zipfile.ZipFile(opened) as archive:
        folder, unpickler = _open_archive(archive, size)
        value = unpickler.load()
        for key, storage in unpickler.storages.items():
            _put(archive.read(f"{folder}/data/{key}"), storage)
    return value, tuple(sorted(unpickler.inert))


def _open_archive(archive: zipfile.ZipFile, size: int) -> tuple[str, InertUnpickler]:
    """The folder in an archive that torch.save wrote, and a reader of its pickle."""
    records = {record.filename: record for record in archive.infolist()}
    pickles = [name for name in records if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise CheckpointError("an archive, but not one that torch.save writes")
    folder = pickles[0].removesuffix("/data.pkl")
    if f"{folder}/constants.pkl" in records:
        raise CheckpointError("a TorchScript program: save the network's state_dict instead")
    if any(record.compress_type != zipfile.ZIP_STORED for record in records.values()):
        raise CheckpointError("a compressed archive, which torch.save does not write")
    if sum(record.file_size for record in archive.infolist()) > size:
        raise CheckpointError("an archive whose records are larger than itself")
    order = f"{folder}/byteorder"
    if order in records and archive.read(order) != b"little":
        raise CheckpointError("written by a machine with another order of bytes")
    return folder, InertUnpickler(BytesIO(archive.read(pickles[0])), size)


def refuse_greedy(file: Path) -> None:
    """See that torch.load would take no more memory and time for an archive than it has numbers.

    The file is of a kind that torch.save writes today. A torn or foreign one may raise anything.
    """
    with file.open("rb") as opened, zipfile.ZipFile(opened) as archive:
        _, unpickler = _open_archive(archive, file.stat().st_size)
        unpickler.load()
    greedy = [name for name in unpickler.inert if name.endswith(("bytearray", "Tensor", "Storage"))]
    if greedy:  # torch makes these as large as the file says
        raise CheckpointError(f"asks for {greedy[0]}, which no checkpoint needs")


def _read_pickles(opened: Readable, size: int) -> tuple[Any, tuple[str, ...]]:
    if InertUnpickler(opened).load() != _MAGIC:
        raise CheckpointError("a pickle, but not one that torch.save writes")
    if InertUnpickler(opened).load() != _VERSION:
        raise CheckpointError("written by a version of PyTorch that is not known")
    machine = InertUnpickler(opened).load()
    if isinstance(machine, dict) and machine.get("little_endian") is False:
        raise CheckpointError("written by a machine with another order of bytes")
    unpickler = InertUnpickler(opened, size)
    value = unpickler.load()
    keys = InertUnpickler(opened).load()
    if not isinstance(keys, list) or {*map(type, keys)} - {str}:
        raise CheckpointError("its list of storages is none")
    if sorted(keys) != sorted(unpickler.storages):
        raise CheckpointError("its list of storages is not that of its tensors")
    for key in keys:
        storage = unpickler.storages[key]
        if int.from_bytes(opened.read(8), "little") != len(storage):
            raise CheckpointError("cut short, or its storages have other sizes than its tensors")
        _put(opened.read(storage.nbytes), storage)
    return value, tuple(sorted(unpickler.inert))


def _put(numbers: bytes, storage: Tensor) -> None:
    """Put the bytes of a storage into its place, where its tensors see them."""
    if len(numbers) != storage.nbytes:
        raise CheckpointError(f"cut short: {len(numbers)} of {storage.nbytes} bytes of a storage")
    storage.view(torch.uint8).numpy()[:] = np.frombuffer(numbers, np.uint8)
