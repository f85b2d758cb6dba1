"""Results of several processes, every image once."""

from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import torch
import torch.distributed as dist
from jaxtyping import Float, Int, Shaped, UInt8
from torch import Tensor


class PredictionRows(NamedTuple):
    """What a classifier said of some images; `indices` are their rows in the table of records."""

    indices: Int[Tensor, " images"]
    labels: Int[Tensor, " images"]
    logits: Float[Tensor, "images views classes"]


@runtime_checkable
class _Rows(Protocol):
    @property
    def indices(self) -> Tensor: ...

    def _asdict(self) -> dict[str, Tensor]: ...


Rows = TypeVar("Rows", bound=_Rows)


def gather_by_index(rows: Rows) -> Rows:
    """Collect the rows of all processes and keep each image once.

    Samplers repeat images so that every process gets as many; counting them twice would bend the
    result. Without several processes nothing is sent, and the rows come back sorted all the same.

    `rows` is a NamedTuple of tensors whose first dimension counts images; a process may hold no
    row, if its tensors still have the other dimensions. All processes get the same, in order of
    `indices`, on the device of the input. Of rows with the same index the one of the lowest process
    is kept.
    """
    fields = rows._asdict()
    if dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1:
        fields = _gather(fields)
    kept = first_of_each(fields["indices"])
    if torch.equal(kept, torch.arange(len(fields["indices"]), device=kept.device)):
        return type(rows)(**fields)  # in order already: large rows are not copied once more
    return type(rows)(**{name: field[kept] for name, field in fields.items()})


def first_of_each(indices: Int[Tensor, " rows"]) -> Int[Tensor, " images"]:
    """Places of the first row of each image, in order of the images' indices."""
    order = torch.argsort(indices, stable=True)
    ordered = indices[order]
    first = torch.ones_like(ordered, dtype=torch.bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return order[first]


def _gather(fields: dict[str, Tensor]) -> dict[str, Tensor]:
    """Concatenate every field over processes, in one exchange of bytes."""
    packed = torch.cat([_as_bytes(field) for field in fields.values()], dim=1)
    widths = [_as_bytes(field).shape[1] for field in fields.values()]
    pieces = torch.split(_exchange(packed), widths, dim=1)
    return {
        name: _from_bytes(piece, field)
        for (name, field), piece in zip(fields.items(), pieces, strict=True)
    }


def _as_bytes(field: Shaped[Tensor, "images *rest"]) -> UInt8[Tensor, "images bytes"]:
    width = field.shape[1:].numel()
    return field.reshape(len(field), width).contiguous().view(torch.uint8)


def _from_bytes(
    piece: UInt8[Tensor, "images bytes"], like: Tensor
) -> Shaped[Tensor, "images *rest"]:
    return piece.contiguous().view(like.dtype).reshape(len(piece), *like.shape[1:])


def _exchange(packed: UInt8[Tensor, "images bytes"]) -> UInt8[Tensor, "all_images bytes"]:
    """Send rows to every process; padded to one length, as all_gather needs."""
    home = packed.device
    if dist.get_backend() == "nccl":
        packed = packed.to(torch.device("cuda", torch.cuda.current_device()))
    world = dist.get_world_size()
    counts = [torch.zeros(1, dtype=torch.int64, device=packed.device) for _ in range(world)]
    dist.all_gather(counts, torch.tensor([len(packed)], device=packed.device))
    lengths = [int(count) for count in counts]
    padded = packed.new_zeros(max(lengths), packed.shape[1])
    padded[: len(packed)] = packed
    parts = [torch.empty_like(padded) for _ in range(world)]
    dist.all_gather(parts, padded)
    rows = [part[:length] for part, length in zip(parts, lengths, strict=True)]
    return torch.cat(rows).to(home)
