"""Distances between features: fast ones with a known error, a block of the gallery at a time.

Features are compared as points whose squared Euclidean distance orders a gallery: as given, or of
length one, where the squared distance is 2 − 2·cosine. Points are taken relative to a centre,
so that an offset shared by all features costs no digits.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.functional.features import read_tensor

Metric = Literal["euclidean", "cosine"]
Features = Tensor | np.ndarray

_SAMPLE = 65
_NAMED = 5


class Points(NamedTuple):
    """Features ready to be multiplied.

    Attributes:
        coordinates: float32, relative to the centre.
        squares: squared lengths of `coordinates`.
    """

    coordinates: Float[Tensor, "rows size"]
    squares: Float[Tensor, " rows"]


class Space(NamedTuple):
    """Where features of queries and gallery are compared.

    Attributes:
        angular: points have length one, for cosines and for normalised features.
        scale: a power of two that keeps squares of features as given from overflow.
        centre: of the points; numbers that occur in the features, so the same on every device.
        device: where it is computed.
    """

    angular: bool
    scale: float
    centre: Float[Tensor, " size"]
    device: torch.device

    def points(self, features: Float[Tensor, "rows size"]) -> Points:
        """Place rows of features, in float32; NaN or infinite squares tell of bad rows."""
        rows = features.to(self.device)
        if rows.dtype != torch.float64:
            rows = rows.float()
        if self.angular:
            lengths = row_lengths(rows)
            points = torch.addcdiv(-self.centre.to(rows.dtype), rows, lengths[:, None])
        else:
            points = torch.add(-self.centre.to(rows.dtype), rows, alpha=self.scale)
        points = points.float()
        return Points(points, torch.linalg.vector_norm(points, dim=1).square_())


def compare_in(query: Tensor, gallery: Tensor, metric: Metric, normalize: bool) -> Space:
    """Choose the space for two sets of features.

    Raises:
        DataError: features that are not finite, or of length zero where a length is divided by.
    """
    angular = normalize or metric == "cosine"
    # MPS cannot compute in float64
    device = torch.device("cpu") if gallery.device.type == "mps" else gallery.device
    scale = 1.0
    if not angular:
        largest = max(_largest(query, "query"), _largest(gallery, "gallery"))
        scale = 2.0 ** -min(max(math.frexp(largest)[1], -1000), 1000)
    sample = gallery[spread_over(len(gallery), _SAMPLE).to(gallery.device)].to(device)
    sample = sample.double()
    if angular:
        sample = sample / row_lengths(sample).clamp_min(torch.finfo(torch.float64).tiny)[:, None]
    # a median is robust against rows far away, and computed without rounding
    centre = (sample * scale).float().median(dim=0).values.double()
    return Space(angular, scale, centre, device)


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


def as_features(features: Features, name: str) -> Float[Tensor, "rows size"]:
    """Read features as a tensor, without a copy where that is possible.

    Raises:
        DataError: not one row of numbers per image, or nothing at all.
    """
    tensor = read_tensor(features, name)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise DataError(
            f"{name}: features of shape {tuple(tensor.shape)}; give one row of numbers per image, "
            "and at least one image"
        )
    if tensor.is_complex() or tensor.dtype == torch.bool:
        raise DataError(f"{name}: features of type {tensor.dtype}; give real numbers")
    return tensor if tensor.is_floating_point() else tensor.double()


def check_alike(query: Tensor, gallery: Tensor) -> None:
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
    for start in range(0, len(features), 1024):
        rows = features[start : start + 1024]
        _refuse(~rows.isfinite().all(dim=1), start, name, "NaN or infinite")
        if angular:
            _refuse((rows == 0).all(dim=1), start, name, "zero, which has no direction,")


def spread_over(length: int, count: int) -> Tensor:
    """Choose up to `count` rows evenly from the first to the last."""
    return torch.linspace(0, length - 1, min(count, length), dtype=torch.float64).long()


def _refuse(bad: Tensor, start: int, name: str, what: str) -> None:
    rows = (bad.nonzero()[:, 0] + start).tolist()
    if rows:
        listed = ", ".join(map(str, rows[:_NAMED])) + (" …" if len(rows) > _NAMED else "")
        raise DataError(
            f"{name}: features are {what} in row {listed}; look at those images, "
            "and at the network's weights if there are many"
        )


def _largest(features: Tensor, name: str) -> float:
    low, high = features.aminmax()
    largest = max(-float(low), float(high))
    if not math.isfinite(largest):
        refuse_bad_rows(features, angular=False, name=name)
    return largest
