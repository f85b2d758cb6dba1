"""Giving every tensor of a file its place in a network, or a reason why it needs none."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from elsewhere.errors import CheckpointError
from elsewhere.published.contents import Published, listed

_COUNTER = "num_batches_tracked"  # files of PyTorch < 0.4.1 have none

Names = Mapping[str, str]
"""How names begin in the file, and how the same names begin in the network."""


class Ignored(NamedTuple):
    """Tensors that were left out.

    Attributes:
        tensors: how many.
        reason: what they are, and why nothing needs them.
    """

    tensors: int
    reason: str


class Filled(NamedTuple):
    """What became of the tensors of a file.

    Attributes:
        used: how many went into the network.
        ignored: the others.
    """

    used: int
    ignored: tuple[Ignored, ...] = ()


def fill(network: nn.Module, published: Published, names: Names) -> int:
    """Put the tensors of a file into a network, which is in evaluation mode then.

    Args:
        network: may lie on the meta device, without memory.
        published: the file; every tensor of it must have a place.
        names: where in the network its tensors belong.

    Returns:
        How many tensors were used.

    Raises:
        CheckpointError: if a tensor has no place or another shape, or a place has no tensor; all
            such tensors are listed, or those that hold infinity or no number at all.
    """
    own = network.state_dict()
    found = {renamed(key, names): key for key in published.tensors}
    if complaints := _complaints(own, published.tensors, found, names):
        raise CheckpointError(
            f"{published.file}: does not fit {_title(network)}: {'; '.join(complaints)}"
        )
    counters = {key: torch.tensor(0) for key in own if key.endswith(_COUNTER)}
    fitting = {
        place: published.tensors[key].to(own[place].dtype)
        for place, key in found.items()
        if place is not None
    }
    broken = [found[place] for place, value in fitting.items() if not value.isfinite().all()]
    if broken:
        raise CheckpointError(
            f"{published.file}: {len(broken)} with numbers that are not finite: {listed(broken)}; "
            "its training may have failed: take an earlier file"
        )
    network.load_state_dict(counters | fitting, assign=True)
    network.eval()
    return len(fitting)


def _complaints(
    own: Mapping[str, Tensor],
    tensors: Mapping[str, Tensor],
    found: Mapping[str | None, str],
    names: Names,
) -> list[str]:
    strange = [key for key in tensors if renamed(key, names) not in own]
    back = {ours: theirs for theirs, ours in names.items()}
    missing = [
        renamed(place, back) or place
        for place in own
        if place not in found and not place.endswith(_COUNTER)
    ]
    odd = [
        f"{found[place]} {tuple(tensors[found[place]].shape)} where {tuple(value.shape)} belongs"
        for place, value in own.items()
        if place in found and tensors[found[place]].shape != value.shape
    ]
    whole = [
        f"{found[place]} ({tensors[found[place]].dtype})"
        for place, value in own.items()
        if place in found
        and not place.endswith(_COUNTER)  # some halve every tensor of a file
        and tensors[found[place]].is_floating_point() != value.is_floating_point()
    ]
    kinds = {
        "without a place": strange,
        "missing": missing,
        "of another shape": odd,
        "of another kind of number": whole,
    }
    return [f"{len(keys)} {kind}: {listed(keys)}" for kind, keys in kinds.items() if keys]


def renamed(key: str, names: Names) -> str | None:
    """The key with its other beginning; None where no beginning is known."""
    for start, other in names.items():
        if key.startswith(start):
            return other + key.removeprefix(start)
    return None


def _title(network: nn.Module) -> str:
    backbone = getattr(network, "backbone", network)
    settings = getattr(backbone, "settings", {})
    return str(settings.get("name", "the backbone"))


def required(published: Published, key: str, dimensions: int) -> Tensor:
    """The tensor of that name, which says how large a network is.

    Raises:
        CheckpointError: if it is missing, or has another number of dimensions.
    """
    if key not in published.tensors:
        raise CheckpointError(f"{published.file}: {key} is missing")
    tensor = published.tensors[key]
    if tensor.ndim != dimensions or 0 in tensor.shape:
        raise CheckpointError(
            f"{published.file}: {key} has the shape {tuple(tensor.shape)}, "
            f"and needs {dimensions} dimensions"
        )
    return tensor
