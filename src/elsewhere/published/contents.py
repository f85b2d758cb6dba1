"""From a file of PyTorch or safetensors to tensors by name.

PyTorch ≥ 1.6 writes a zip archive with one pickle and one record of bytes per storage. Before, it
wrote pickles one after another: a magic number, a version, facts on the machine, the object, the
keys of the storages; then the storages, each a count and its numbers.
"""

import zipfile
from collections.abc import Iterator, Mapping
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from elsewhere.errors import CheckpointError
from elsewhere.published.pickles import InertUnpickler, Stub, printable

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_NETWORKS = ("state_dict", "model", "net")
_REASONS = {
    "logs": "figures of its training",
    "feature_center": "centres of the training loss; no prediction uses them",
}
_PREFIX = "module."  # of data-parallel training
_LISTED = 1000  # published files have up to 729 tensors, an error is to list every one


class Published(NamedTuple):
    """A file of weights, read.

    Attributes:
        file: where it lies.
        tensors: by their names in the network, without `module.`.
        beside: what else the file holds, and why it is not needed.
        inert: classes and functions that the file names; none was imported.
    """

    file: Path
    tensors: dict[str, Tensor]
    beside: dict[str, str]
    inert: tuple[str, ...]


def read_published(file: Path) -> Published:
    """Read the tensors of a file, be it a dictionary or a whole pickled network.

    Nothing in it is executed. No two tensors share memory.

    Raises:
        CheckpointError: for a missing, cut or foreign file, one that asks for what no file of
            weights needs, or one that holds no network.
    """
    value, inert = read_content(file)
    network, beside = _network(value)
    try:
        tensors = _unprefixed(_entries(network))
    except CheckpointError as error:
        raise CheckpointError(f"{file}: {error}") from error
    if not tensors:
        raise CheckpointError(f"{file}: holds no tensors by name")
    return Published(file, tensors, beside, inert)


def read_content(file: Path) -> tuple[Any, tuple[str, ...]]:
    """The object that a file holds, and the names in it that stand for nothing here.

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
            return _read_pickles(opened, size)
    raise CheckpointError("not a file of weights: neither PyTorch's nor safetensors")


def _read_zip(opened: BufferedIOBase, size: int) -> tuple[Any, tuple[str, ...]]:
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
        unpickler = InertUnpickler(BytesIO(archive.read(pickles[0])), size)
        value = unpickler.load()
        for key, storage in unpickler.storages.items():
            _put(archive.read(f"{folder}/data/{key}"), storage)
    return value, tuple(sorted(unpickler.inert))


def _read_pickles(opened: BufferedIOBase, size: int) -> tuple[Any, tuple[str, ...]]:
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
    if not isinstance(keys, list) or sorted(keys) != sorted(unpickler.storages):
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


def _network(value: Any) -> tuple[Any, dict[str, str]]:
    """Find the network, and say what lies beside it."""
    if not isinstance(value, Mapping):
        return value, {}
    for key in _NETWORKS:
        if isinstance(value.get(key), Mapping | Stub):
            others = [printable(str(other)) for other in value if other != key]
            unknown = "not part of a network"
            return value[key], {other: _REASONS.get(other, unknown) for other in others}
    return value, {}


def _entries(network: Any) -> dict[str, Any]:
    if isinstance(network, Mapping):
        return {str(key): value for key, value in network.items()}
    return dict(_module_entries(network, "", ())) if isinstance(network, Stub) else {}


def _module_entries(module: Any, prefix: str, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """Walk through a pickled module as its own `state_dict` would."""
    state = module.state if isinstance(module, Stub) else None
    place = printable(prefix.rstrip(".")) or "it"
    if not isinstance(state, dict) or not isinstance(state.get("_modules"), dict):
        raise CheckpointError(f"holds an object, but {place} is no network of PyTorch's")
    if id(module) in above or len(above) > 50:
        raise CheckpointError(f"{place} lies within itself, or too deep")
    for kind in ("_parameters", "_buffers"):
        own = state.get(kind)
        for name, value in own.items() if isinstance(own, dict) else ():
            if value is not None:
                yield f"{prefix}{name}", value
    for name, child in state["_modules"].items():
        if child is not None:
            yield from _module_entries(child, f"{prefix}{name}.", (*above, id(module)))


def _unprefixed(entries: Mapping[str, Any]) -> dict[str, Tensor]:
    odd = [key for key, value in entries.items() if not isinstance(value, Tensor)]
    if odd:
        raise CheckpointError(f"these are no tensors: {listed(odd)}")
    tensors: dict[str, Tensor] = {}
    for key, value in entries.items():
        short = key.removeprefix(_PREFIX)
        if short in tensors:
            raise CheckpointError(f"{printable(short)} is there twice, with and without {_PREFIX}")
        tensors[short] = value.clone()
    return tensors


def listed(keys: list[str]) -> str:
    """The keys as one line, all of them for any file of the published kinds."""
    shown = ", ".join(printable(key) for key in keys[:_LISTED])
    return shown + (f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else "")
