"""From a file of weights to tensors by their names in a network."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from elsewhere.errors import CheckpointError, printable
from elsewhere.files.pickles import Stub
from elsewhere.files.weights import read_content

_NETWORKS = ("state_dict", "model", "net")
_REASONS = {
    "logs": "figures of its training",
    "feature_center": "centres of the training loss; no prediction uses them",
}
_PREFIX = "module."  # of data-parallel training
_COPIES = 8  # published networks hold a ResNet twice
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
    """
    value, inert = read_content(file)
    network, beside = _network(value)
    try:
        tensors = _unprefixed(_entries(network), _COPIES * file.stat().st_size)
    except CheckpointError as error:
        raise CheckpointError(f"{file}: {error}") from error
    if not tensors:
        raise CheckpointError(f"{file}: holds no tensors by name")
    return Published(file, tensors, beside, inert)


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


def _unprefixed(entries: Mapping[str, Any], room: int) -> dict[str, Tensor]:
    odd = [key for key, value in entries.items() if not isinstance(value, Tensor)]
    if odd:
        raise CheckpointError(f"these are no tensors: {listed(odd)}")
    if sum(value.numel() * value.element_size() for value in entries.values()) > room:
        raise CheckpointError("its tensors share their numbers, and are far larger apart")
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
