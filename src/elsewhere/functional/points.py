"""Query and gallery features as one cloud of points, and squared distances between its images.

Distances are computed in two ways. Matrix products of the centred points are fast and differ from
the truth by rounding, by no more than `rounding`. Differences of the features as they were given,
in float64, are slow and settle what the products leave in doubt: two identical images are at
distance 0 there, and equally far from every third.
"""

import math
import warnings
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.functional.features import read_tensor
from elsewhere.functional.sparse import spread

Features = Tensor | np.ndarray
Indices = Int[Tensor, " pairs"]


class Points(NamedTuple):
    """All images, queries before gallery; or one set whose images all query each other.

    Attributes:
        given: features.
        centred: features times `scale`, less their mean.
        squares: squared lengths of `centred`.
        scale: a power of two that keeps squares away from overflow. All distances are of features
            times `scale`.
        queries: how many of the images, from the first on, are queries.
        gallery: the first image of the gallery, which reaches to the last; 0 in one set.
        twins: for every image, the first that is identical to it.
    """

    given: Float[Tensor, "images size"]
    centred: Float[Tensor, "images size"]
    squares: Float[Tensor, " images"]
    scale: float
    queries: int
    gallery: int
    twins: Int[Tensor, " images"]


def place(query: Features, gallery: Features | None, normalize: bool = False) -> Points:
    """Check features and make them ready to be measured.

    Products are computed in float32, and in float64 where the features are float64 or where
    torch's `set_float32_matmul_precision` would let products of float32 be rounded further.

    Args:
        query: one row per image.
        gallery: likewise, of the same size and on the same device; None where the queries are the
            gallery, too.
        normalize: bring every row to length one first.

    Raises:
        DataError: empty, mismatched, or not finite.
    """
    sides = {"query": _as_tensor(query, "query")}
    if gallery is not None:
        sides["gallery"] = _as_tensor(gallery, "gallery")
        _check_alike(*sides.values())
    largest = max(_largest(features, name) for name, features in sides.items())
    given = torch.cat([*sides.values()])
    given = given.to(torch.promote_types(given.dtype, torch.float32))
    if normalize:
        given, largest = F.normalize(given, dim=1), 1.0
    scale = 2.0 ** -min(max(math.frexp(largest)[1], -126), 126)
    coarse = torch.get_float32_matmul_precision() != "highest"
    centred = given.to(torch.float64 if coarse else given.dtype) * scale
    centred -= centred.mean(dim=0)
    squares = torch.linalg.vector_norm(centred, dim=1).square()
    keys = torch.stack([squares, centred.sum(dim=1)], dim=1)
    queries = len(sides["query"])
    first = queries if gallery is not None else 0
    return Points(given, centred, squares, scale, queries, first, _twins(given, keys))


def rounding(
    points: Points, squares: Float[Tensor, " rows"], reach: Float[Tensor, " rows"]
) -> Float[Tensor, " rows"]:
    """Bound how far squared distances by products are from the truth.

    Args:
        points: all images.
        squares: squared length of each row's image.
        reach: squared distance within which the bound is to hold. An image within reach is no
            longer than the row's length and reach together, so far images do not loosen it.
    """
    # errors of a sum of n products grow like the square root of n; summed in parts, slower. Seen
    # are 3 to 5 units from 64 to 8,192 products
    units = 6 + math.sqrt(points.centred.shape[1]) / 4
    return torch.finfo(points.centred.dtype).eps * units * (3 * squares + 2 * reach)


def exact_distances(points: Points, left: Indices, right: Indices) -> Float64[Tensor, " pairs"]:
    """Squared distances by differences, for pairs of images."""
    # a pair has one distance, whichever way round and whichever of its twins are asked for
    left, right = points.twins[left], points.twins[right]
    images = len(points.given)
    keys, places = torch.unique(
        torch.minimum(left, right) * images + torch.maximum(left, right), return_inverse=True
    )
    left, right = keys // images, keys % images
    # few enough at a time to stay in a processor's cache; a GPU wants more
    amount = 2**18 if keys.device.type == "cpu" else 2**26
    step = max(1, amount // points.given.shape[1])
    result = torch.empty(len(keys), dtype=torch.float64, device=keys.device)
    for start in range(0, len(keys), step):
        part = slice(start, start + step)
        difference = points.given[left[part]].double().sub_(points.given[right[part]])
        result[part] = difference.mul_(points.scale).square_().sum(dim=1)
    return result[places]


def chosen_distances(
    points: Points, rows: slice, counts: Int[Tensor, " rows"], columns: Indices
) -> Float64[Tensor, " pairs"]:
    """Squared distances by products, from each of some images to its own choice of images.

    Args:
        points: all images.
        rows: from which images.
        counts: how many each of them chose.
        columns: what they chose, one after the other, ascending for each.
    """
    owners = spread(counts)
    products = _sampled_products(points.centred[rows], points.centred, counts, columns)
    squares = points.squares[rows][owners].double() + points.squares[columns]
    return squares.sub_(products, alpha=2).clamp_min_(0)


def _sampled_products(
    left: Float[Tensor, "rows size"],
    right: Float[Tensor, "images size"],
    counts: Int[Tensor, " rows"],
    columns: Indices,
) -> Float[Tensor, " pairs"]:
    """Products of rows with their chosen columns, without a copy of either."""
    starts = F.pad(counts.cumsum(0), (1, 0))
    shape = (len(left), len(right))
    nothing = left.new_zeros(len(columns))
    with warnings.catch_warnings():  # torch says once that the layout is young
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        chosen = torch.sparse_csr_tensor(starts, columns, nothing, shape, check_invariants=False)
    products: Tensor = torch.sparse.sampled_addmm(chosen, left, right.T, beta=0.0).values()
    return products


def _twins(
    given: Float[Tensor, "images size"], keys: Float[Tensor, "images 2"]
) -> Int[Tensor, " images"]:
    """Find the first of identical images, which their keys being equal gives away."""
    own = torch.arange(len(given), device=given.device)
    groups = torch.unique(keys, dim=0, return_inverse=True)[1]
    first = torch.full_like(own, len(own)).scatter_reduce_(0, groups, own, "amin")[groups]
    for part in torch.split((first != own).nonzero()[:, 0], 1024):
        same = (given[part] == given[first[part]]).all(dim=1)
        first[part] = first[part].where(same, part)
    return first


def _as_tensor(features: Features, name: str) -> Float[Tensor, "images size"]:
    tensor = read_tensor(features, name)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise DataError(
            f"{name}: features of shape {tuple(tensor.shape)}; one row per image is needed, "
            "and at least one image"
        )
    return tensor if tensor.is_floating_point() else tensor.double()


def _check_alike(query: Tensor, gallery: Tensor) -> None:
    if query.shape[1] != gallery.shape[1]:
        raise DataError(
            f"query features have {query.shape[1]} numbers per image, gallery features "
            f"{gallery.shape[1]}; take both from the same network"
        )
    if query.device != gallery.device:
        raise DataError(
            f"query features are on {query.device}, gallery features on {gallery.device}; "
            "move them together"
        )


def _largest(features: Float[Tensor, "images size"], name: str) -> float:
    """The largest magnitude, once it is known that every number is finite."""
    low, high = features.aminmax()
    largest = max(-float(low), float(high))
    if not math.isfinite(largest):
        broken = (~features.isfinite()).any(dim=1).nonzero()[:, 0]
        raise DataError(
            f"{name}: {len(broken)} of {len(features)} rows hold NaN or infinity, first row "
            f"{int(broken[0])}; check the weights and the picture"
        )
    return largest
