"""Giving every tensor of a file its place in a network, or a reason why it needs none."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from elsewhere.errors import CheckpointError
from elsewhere.published.contents import Published, listed

_COUNTER = "num_batches_tracked"  # files of PyTorch < 0.4.1 have none

Names = Mapping[str, str]
"""How names begin in the file, and how the same names begin in the network."""


def fill(network: nn.Module, published: Published, names: Names) -> int:
    """Put the tensors of a file into a network, which is in evaluation mode then; count them.

    The network may lie on the meta device, without memory. Every tensor must have a place and every
    place a tensor, of the same shape and finite; an error lists all that do not. `names` says where
    in the network they belong.
    """
    own = network.state_dict()
    found = {renamed(key, names): key for key in published.tensors}
    if complaints := _complaints(own, published.tensors, found, names):
        settings = getattr(getattr(network, "backbone", network), "settings", {})
        title = settings.get("name", "the backbone")
        raise CheckpointError(f"{published.file}: does not fit {title}: {'; '.join(complaints)}")
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
    placed = {place: (found[place], tensors[found[place]]) for place in own if place in found}
    missing = [place for place in own if place not in placed and not place.endswith(_COUNTER)]
    kinds = {
        "without a place": strange,
        "missing": [renamed(place, back) or place for place in missing],
        "of another shape": [
            f"{key} {tuple(value.shape)} where {tuple(own[place].shape)} belongs"
            for place, (key, value) in placed.items()
            if value.shape != own[place].shape
        ],
        "of another kind of number": [
            f"{key} ({value.dtype})"
            for place, (key, value) in placed.items()
            if not place.endswith(_COUNTER)  # some halve every tensor of a file
            and value.is_floating_point() != own[place].is_floating_point()
        ],
    }
    return [f"{len(keys)} {kind}: {listed(keys)}" for kind, keys in kinds.items() if keys]


def renamed(key: str, names: Names) -> str | None:
    """The key with its other beginning; None where no beginning is known."""
    for start, other in names.items():
        if key.startswith(start):
            return other + key.removeprefix(start)
    return None


def required(published: Published, key: str, dimensions: int) -> Tensor:
    """The tensor of that name, which says how large a network is."""
    if key not in published.tensors:
        raise CheckpointError(f"{published.file}: {key} is missing")
    tensor = published.tensors[key]
    if tensor.ndim != dimensions or 0 in tensor.shape:
        raise CheckpointError(
            f"{published.file}: {key} has the shape {tuple(tensor.shape)}, "
            f"and needs {dimensions} dimensions"
        )
    return tensor
