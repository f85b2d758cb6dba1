"""Where features are compared, and quick estimates of their distances there.

Features are compared as points whose squared Euclidean distance orders a gallery: as given, or of
length one, where the squared distance is 2 − 2·cosine. Points are taken relative to a centre,
so that an offset shared by all features costs no digits.
"""

import math
import warnings
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.ranking.features import largest_number, row_lengths, spread_over

Metric = Literal["euclidean", "cosine"]

_SAMPLE = 65


class Points(NamedTuple):
    """Features ready to be multiplied.

    Attributes:
        coordinates: relative to the centre.
        squares: squared lengths of `coordinates`.
    """

    coordinates: Float[Tensor, "rows size"]
    squares: Float[Tensor, " rows"]

    def part(self, rows: slice) -> "Points":
        """Some of them, not copied."""
        return Points(self.coordinates[rows], self.squares[rows])


class Space(NamedTuple):
    """Where features of queries and gallery are compared.

    Attributes:
        angular: points have length one, for cosines and for normalised features.
        scale: a power of two that keeps squares of features as given from overflow.
        centre: of the points; numbers that occur in the features, so the same on every device.
        device: where it is computed.
        dtype: of points and estimates.
    """

    angular: bool
    scale: float
    centre: Float64[Tensor, " size"]
    device: torch.device
    dtype: torch.dtype

    def points(self, features: Float[Tensor, "rows size"]) -> Points:
        """Place rows of features; NaN or infinite squares tell of bad rows."""
        rows = features.to(self.device)
        rows = rows.to(torch.promote_types(rows.dtype, self.dtype))
        # in place where that is a copy already
        out = None if rows.data_ptr() == features.data_ptr() else rows
        centre = -self.centre.to(rows.dtype)
        if self.angular:
            lengths = row_lengths(rows)[:, None]
            points = torch.addcdiv(centre, rows, lengths, out=out).to(self.dtype)
        else:
            points = torch.add(centre, rows, alpha=self.scale, out=out).to(self.dtype)
        return Points(points, torch.linalg.vector_norm(points, dim=1).square_())


def compare_in(
    query: Tensor,
    gallery: Tensor,
    metric: Metric,
    normalize: bool,
    dtype: torch.dtype = torch.float32,
) -> Space:
    """Choose the space for two sets of features.

    Raises:
        DataError: features that are not finite.
    """
    angular = normalize or metric == "cosine"
    # MPS cannot compute in float64
    device = torch.device("cpu") if gallery.device.type == "mps" else gallery.device
    scale = 1.0
    if not angular:
        largest = max(largest_number(query, "query"), largest_number(gallery, "gallery"))
        # of denormal numbers, as far as their own kind can hold it
        least = -1000 if query.dtype == gallery.dtype == torch.float64 else -120
        scale = 2.0 ** -min(max(math.frexp(largest)[1], least), 1000)
    sample = gallery[spread_over(len(gallery), _SAMPLE).to(gallery.device)].to(device)
    sample = sample.double()
    if angular:
        sample = sample / row_lengths(sample).clamp_min(torch.finfo(torch.float64).tiny)[:, None]
    # a median is robust against rows far away, and computed without rounding
    centre = (sample * scale).float().median(dim=0).values.double()
    return Space(angular, scale, centre, device, dtype)


def estimates(query: Points, gallery: Points) -> Float[Tensor, "queries columns"]:
    """Squared distances less the query's own squared length, quickly and roughly."""
    return torch.addmm(gallery.squares, query.coordinates, gallery.coordinates.T, alpha=-2)


def squared_distances(
    query: Points, gallery: Points, out: Float[Tensor, "queries columns"] | None = None
) -> Float[Tensor, "queries columns"]:
    """Squared distances of every query to every row, as precise as the points are."""
    squares = torch.add(query.squares[:, None], gallery.squares, out=out)
    return squares.addmm_(query.coordinates, gallery.coordinates.T, alpha=-2)


def chosen_estimates(
    query: Points,
    gallery: Points,
    counts: Int[Tensor, " queries"],
    columns: Int[Tensor, " pairs"],
) -> Float64[Tensor, " pairs"]:
    """Estimate squared distances of each query to its own choice of the gallery, one by one.

    `columns` are what the queries chose, `counts` of each, one after the other, ascending for each.
    No row of the gallery is copied.
    """
    starts = F.pad(counts.cumsum(0), (1, 0))
    shape = (len(counts), len(gallery.squares))
    nothing = query.coordinates.new_zeros(len(columns))
    with warnings.catch_warnings():  # torch says once that the layout is young
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        chosen = torch.sparse_csr_tensor(starts, columns, nothing, shape, check_invariants=False)
    sides = query.coordinates, gallery.coordinates.T
    products = torch.sparse.sampled_addmm(chosen, *sides, beta=0.0).values()
    squares = query.squares.double().repeat_interleave(counts) + gallery.squares[columns]
    return squares.sub_(products, alpha=2).clamp_min_(0)
