"""Files of PyTorch and of safetensors, read without PyTorch's own reader.

PyTorch ≥ 1.6 writes a zip archive with one pickle and one record of bytes per storage. Before, it
wrote pickles one after another: a magic number, a version, facts on the machine, the object, the
keys of the storages; then the storages, each a count and its numbers.
"""

import zipfile
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from elsewhere.errors import CheckpointError
from elsewhere.published.unpickling import InertUnpickler, Storage, Stored

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001


class Content(NamedTuple):
    """What a file holds.

    Attributes:
        value: its object; tensors in it are `Stored`, or tensors already.
        numbers: bytes of the storages, by key.
        inert: names in it that stand for nothing here.
    """

    value: Any
    numbers: dict[str, bytearray]
    inert: tuple[str, ...] = ()

    def tensor(self, stored: Stored | Tensor) -> Tensor:
        """Make a tensor that shares no memory with another."""
        if isinstance(stored, Tensor):
            return stored
        storage = stored.storage
        numbers = self.numbers[storage.key]
        if not storage.visible:
            return torch.empty(stored.size, dtype=storage.dtype)
        values = torch.frombuffer(
            numbers,
            dtype=storage.dtype,
            count=storage.visible,
            offset=storage.start * storage.dtype.itemsize,
        )
        return values.as_strided(stored.size, stored.stride, stored.offset).clone()


def read_content(file: Path) -> Content:
    """Read a file of weights; nothing in it is executed.

    Raises:
        CheckpointError: for a missing, cut or foreign file, or one that asks for what no file of
            weights needs.
    """
    if not file.is_file():
        kind = "a folder; name a file" if file.is_dir() else "no such file"
        raise CheckpointError(f"{file}: {kind}")
    try:
        return _read(file)
    except CheckpointError as error:
        raise CheckpointError(f"{file}: {error}") from error
    except Exception as error:  # a torn or foreign file may raise anything
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise CheckpointError(f"{file}: cut short or not a file of weights ({reason})") from error


def _read(file: Path) -> Content:
    with file.open("rb") as opened:
        start = opened.read(9)
        opened.seek(0)
        if start[:4] == b"PK\x03\x04":
            return _read_zip(opened, file.stat().st_size)
        # the length of safetensors' header comes first, and may begin as a pickle does
        if file.suffix == ".safetensors" or start[8:] == b"{":
            return Content(load_file(file), {})
        if start[:1] == b"\x80":
            return _read_pickles(opened, file.stat().st_size)
    raise CheckpointError("not a file of weights: neither PyTorch's nor safetensors")


def _read_zip(opened: BufferedIOBase, size: int) -> Content:
    with zipfile.ZipFile(opened) as archive:
        records = {record.filename: record for record in archive.infolist()}
        pickles = [name for name in records if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise CheckpointError("an archive, but not one that torch.save writes")
        folder = pickles[0].removesuffix("/data.pkl")
        if f"{folder}/constants.pkl" in records:
            raise CheckpointError("a TorchScript program: save the network's state_dict instead")
        if any(record.compress_type != zipfile.ZIP_STORED for record in records.values()):
            raise CheckpointError("a compressed archive, which torch.save does not write")
        if sum(record.file_size for record in records.values()) > size:
            raise CheckpointError("an archive whose records are larger than itself")
        order = f"{folder}/byteorder"
        if order in records and archive.read(order) != b"little":
            raise CheckpointError("written by a machine with another order of bytes")
        unpickler = InertUnpickler(BytesIO(archive.read(pickles[0])))
        value = unpickler.load()
        numbers = {
            key: _checked(archive.read(f"{folder}/data/{key}"), storage)
            for key, storage in unpickler.storages.items()
        }
    return Content(value, numbers, _names(unpickler))


def _read_pickles(opened: BufferedIOBase, size: int) -> Content:
    if InertUnpickler(opened).load() != _MAGIC:
        raise CheckpointError("a pickle, but not one that torch.save writes")
    if InertUnpickler(opened).load() != _VERSION:
        raise CheckpointError("written by a version of PyTorch that is not known")
    machine = InertUnpickler(opened).load()
    if isinstance(machine, dict) and machine.get("little_endian") is False:
        raise CheckpointError("written by a machine with another order of bytes")
    unpickler = InertUnpickler(opened)
    value = unpickler.load()
    keys = InertUnpickler(opened).load()
    if not isinstance(keys, list) or sorted(keys) != sorted(unpickler.storages):
        raise CheckpointError("its list of storages is not that of its tensors")
    numbers = {}
    for key in keys:
        storage = unpickler.storages[key]
        if int.from_bytes(opened.read(8), "little") != storage.length:
            raise CheckpointError("cut short, or its storages have other sizes than its tensors")
        # asking for no more than the file could hold keeps a forged size from filling the memory
        wanted = min(storage.length * storage.dtype.itemsize, size)
        numbers[key] = _checked(opened.read(wanted), storage)
    return Content(value, numbers, _names(unpickler))


def _checked(numbers: bytes, storage: Storage) -> bytearray:
    """The bytes of a storage, if they are all there."""
    wanted = storage.length * storage.dtype.itemsize
    if len(numbers) != wanted:
        raise CheckpointError(f"cut short: {len(numbers)} of {wanted} bytes of a storage")
    return bytearray(numbers)


def _names(unpickler: InertUnpickler) -> tuple[str, ...]:
    return tuple(sorted(stub.origin for stub in unpickler.inert.values()))
