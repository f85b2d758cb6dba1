"""Features that somebody else made: read as tensors, or refused in one line that says why."""

import math
import warnings

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from elsewhere.errors import DataError

Features = Tensor | np.ndarray

_NAMED = 5


class Joined:
    """The rows of two tensors as if they were one, without a copy."""

    def __init__(self, first: Float[Tensor, "m size"], second: Float[Tensor, "n size"]) -> None:
        self.parts = first, second
        self.shape = (len(first) + len(second), first.shape[1])
        self.dtype, self.device = first.dtype, first.device

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | Int[Tensor, " rows"]) -> Float[Tensor, "rows size"]:
        first, second = self.parts
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            border = len(first)
            behind = second[max(start - border, 0) : max(stop - border, 0)]
            if start >= border:
                return behind
            return torch.cat([first[start:stop], behind]) if len(behind) else first[start:stop]
        behind = rows >= len(first)
        found = first.new_empty(len(rows), self.shape[1])
        found[~behind], found[behind] = first[rows[~behind]], second[rows[behind] - len(first)]
        return found


Rows = Tensor | Joined


def read_features(features: Features, name: str) -> Float[Tensor, "rows size"]:
    """Read features as a tensor, without a copy where that is possible.

    Raises:
        DataError: no numbers that can be read, not one row of them per image, or nothing at all.
    """
    tensor = _read_tensor(features, name)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise DataError(
            f"{name}: features of shape {tuple(tensor.shape)}; give one row of numbers per image, "
            "and at least one image"
        )
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise DataError(f"{name}: features of type {tensor.dtype}; give real numbers")
    return tensor if tensor.is_floating_point() else tensor.double()


def _read_tensor(features: Features, name: str) -> Tensor:
    if isinstance(features, np.ndarray) and any(stride < 0 for stride in features.strides):
        features = features.copy()  # torch knows no steps backwards
    refuse_strange(features, name)
    try:
        with warnings.catch_warnings():  # arrays that may only be read are only read
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            return torch.as_tensor(features).detach()
    except (RuntimeError, TypeError, ValueError) as error:
        raise DataError(
            f"{name}: features cannot be read ({type(features).__name__}: {error}); give a tensor "
            "or an array of numbers"
        ) from error


def refuse_strange(values: object, name: str) -> None:
    """Refuse tensors that hold no plain numbers; silent where it is none.

    Raises:
        DataError: sparse, nested or quantized ones, those of the meta device or of 8-bit floats.
    """
    if not isinstance(values, Tensor):
        return
    kinds = {
        "sparse": values.layout is not torch.strided,
        "nested": values.is_nested,
        "quantized": values.is_quantized,
        "on the meta device, without numbers": values.is_meta,
        "of 8-bit floats": str(values.dtype).startswith(("torch.float8", "torch.float4")),
    }
    kind = next((kind for kind, holds in kinds.items() if holds), None)
    if kind is not None:
        raise DataError(f"{name}: a tensor that is {kind}; give a plain one (to_dense(), float())")


def refuse_unlike(query: Tensor, gallery: Tensor) -> None:
    """Refuse features of different sizes.

    Raises:
        DataError: they differ.
    """
    if query.shape[1] != gallery.shape[1]:
        raise DataError(
            f"query features have {query.shape[1]} numbers per image, gallery features "
            f"{gallery.shape[1]}; take both from the same network"
        )


def refuse_bad_rows(features: Tensor, angular: bool, name: str) -> None:
    """Name the rows that cannot be compared; silent where there is none.

    Raises:
        DataError: rows with NaN or infinity, or of length zero where a length is divided by.
    """
    parts = torch.split(features, 1024)
    _refuse(torch.cat([~rows.isfinite().all(dim=1) for rows in parts]), name, "NaN or infinite")
    if angular:
        zero = torch.cat([(rows == 0).all(dim=1) for rows in parts])
        _refuse(zero, name, "zero, which has no direction,")


def _refuse(bad: Tensor, name: str, what: str) -> None:
    rows = bad.nonzero()[:, 0].tolist()
    if rows:
        listed = ", ".join(map(str, rows[:_NAMED])) + (" …" if len(rows) > _NAMED else "")
        raise DataError(
            f"{name}: features are {what} in row {listed}; look at those images, and at the "
            f"network's weights if there are many ({len(rows)} of {len(bad)} rows)"
        )


def largest_number(features: Tensor, name: str) -> float:
    """The largest magnitude, once it is known that every number is finite."""
    low, high = features.aminmax()
    largest = max(-float(low), float(high))
    if not math.isfinite(largest):
        refuse_bad_rows(features, angular=False, name=name)
    return largest


def row_lengths(features: Float[Tensor, "rows size"]) -> Float[Tensor, " rows"]:
    """Euclidean lengths, also where squares would overflow or vanish."""
    lengths: Tensor = torch.linalg.vector_norm(features, dim=1)
    plain = torch.finfo(features.dtype).max ** 0.25
    odd = ~((lengths > 1 / plain) & (lengths < plain))
    if odd.any():
        largest = features[odd].abs().amax(dim=1, keepdim=True)
        parts = features[odd] / largest.clamp_min(torch.finfo(features.dtype).tiny)
        lengths[odd] = torch.linalg.vector_norm(parts, dim=1) * largest[:, 0]
    return lengths


def spread_over(length: int, count: int) -> Int[Tensor, " chosen"]:
    """Choose up to `count` rows evenly from the first to the last."""
    return torch.linspace(0, length - 1, min(count, length), dtype=torch.float64).long()


def distinct_rows(
    rows: Shaped[Tensor, "rows size"],
) -> tuple[Int[Tensor, " distinct"], Int[Tensor, " rows"]]:
    """Find the first row of each kind, and for every row which of these it equals."""
    kinds = torch.unique(rows, dim=0, return_inverse=True)[1]
    every = torch.arange(len(rows), device=rows.device)
    first = every.new_full((int(kinds.max()) + 1,), len(rows))
    return first.scatter_reduce(0, kinds, every, "amin"), kinds
