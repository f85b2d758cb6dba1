"""Which gallery images a query is to find, and which are left out for it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.features import refuse_strange

Ids = Tensor | np.ndarray | Sequence[int] | Sequence[str]
Pairs = Tensor | np.ndarray | Sequence[tuple[int, int]]


class LeftOut(NamedTuple):
    """Pairs that do not count.

    Attributes:
        rows: places among some queries.
        columns: rows of the gallery, ascending.
    """

    rows: Int[Tensor, " pairs"]
    columns: Int[Tensor, " pairs"]

    def apply(
        self, values: Float[Tensor, "rows columns"], start: int, rows: Int[Tensor, " rows"]
    ) -> None:
        """Put what does not count behind everything else in a block of the gallery.

        `start` is the block's first row; `rows` are the places of its queries, ascending.
        """
        ends = torch.tensor([start, start + values.shape[1]], device=values.device)
        first, last = torch.searchsorted(self.columns, ends).tolist()
        whose, columns = self.rows[first:last], self.columns[first:last] - start
        places = torch.searchsorted(rows, whose).clamp_max(len(rows) - 1)
        here = rows[places] == whose
        values[places[here], columns[here]] = torch.inf


class Related(NamedTuple):
    """Gallery images that are not plain wrong answers to some queries.

    Attributes:
        columns: rows of the gallery with each query's identity, ascending; -1 where it has fewer.
        match: which of them are to be found; the others are left out.
        junk: what is left out besides.
    """

    columns: Int[Tensor, "queries m"]
    match: Bool[Tensor, "queries m"]
    junk: LeftOut

    def left_out(self) -> LeftOut:
        """All that is left out."""
        rows, places = ((self.columns >= 0) & ~self.match).nonzero(as_tuple=True)
        return _by_column(
            torch.cat([rows, self.junk.rows]),
            torch.cat([self.columns[rows, places], self.junk.columns]),
        )


class Labels:
    """The identity-and-camera rule of the field, with pairs to leave out besides.

    A gallery image of the query's identity is a match, unless the same camera took it or the pair
    is junk: then it is left out. Junk of another identity is left out too. Without identities no
    gallery image is of a query's.
    """

    def __init__(
        self,
        query_ids: Ids | None,
        gallery_ids: Ids | None,
        query_cameras: Ids | None,
        gallery_cameras: Ids | None,
        junk: Pairs | None,
        shape: tuple[int, int],
    ) -> None:
        if query_ids is None and gallery_ids is None:
            if query_cameras is not None or gallery_cameras is not None:
                raise DataError("cameras are given, identities are not; give both")
            query_ids, gallery_ids = np.zeros(shape[0], np.int64), np.ones(shape[1], np.int64)
        if query_ids is None or gallery_ids is None:
            raise DataError("identities are given of one of query and gallery; give both or none")
        if (query_cameras is None) != (gallery_cameras is None):
            given, missing = ("gallery", "query")[:: 1 if query_cameras is None else -1]
            raise DataError(f"cameras of the {given} are given, of the {missing} not; give both")
        self.shape = shape
        self.query, self.gallery = _encode(query_ids, gallery_ids, "identities", shape)
        self.cameras = None
        if query_cameras is not None and gallery_cameras is not None:
            self.cameras = _encode(query_cameras, gallery_cameras, "cameras", shape)
        self.junk = _check_junk(junk, shape)
        self.by_identity = self.gallery.argsort(stable=True)
        ordered = self.gallery[self.by_identity]
        self.first = torch.searchsorted(ordered, self.query)
        self.counts = torch.searchsorted(ordered, self.query, right=True) - self.first

    def related(self, queries: Int[Tensor, " queries"], device: torch.device) -> Related:
        """Find what concerns some queries."""
        counts = self.counts[queries]
        places = torch.arange(int(counts.max()))
        match = places < counts[:, None]
        columns = (self.first[queries][:, None] + places).clamp_max(self.shape[1] - 1)
        columns = self.by_identity[columns].where(match, -1)
        if self.cameras is not None:
            match &= self.cameras[0][queries][:, None] != self.cameras[1][columns]
        if len(self.junk):
            match &= ~torch.isin(queries[:, None] * self.shape[1] + columns, self.junk)
        return Related(columns.to(device), match.to(device), self._junk_of(queries, device))

    def _junk_of(self, queries: Tensor, device: torch.device) -> LeftOut:
        width = self.shape[1]
        first = torch.searchsorted(self.junk, queries * width)
        counts = torch.searchsorted(self.junk, (queries + 1) * width) - first
        rows = torch.arange(len(queries)).repeat_interleave(counts)
        skipped = first - (counts.cumsum(0) - counts)
        columns = self.junk[torch.arange(len(rows)) + skipped[rows]] % width
        return _by_column(rows.to(device), columns.to(device))


def _by_column(rows: Tensor, columns: Tensor) -> LeftOut:
    order = columns.argsort(stable=True)
    return LeftOut(rows[order], columns[order])


def _encode(
    query: Ids, gallery: Ids, what: str, shape: tuple[int, int]
) -> tuple[Int[Tensor, " queries"], Int[Tensor, " gallery"]]:
    """Number the different labels."""
    left, right = _as_array(query, f"query {what}"), _as_array(gallery, f"gallery {what}")
    for array, name, images in ((left, "query", shape[0]), (right, "gallery", shape[1])):
        if len(array) != images:
            raise DataError(f"{name}: {len(array)} {what} for {images} images; give one for each")
    if (left.dtype.kind == "U") != (right.dtype.kind == "U"):
        raise DataError(
            f"{what} are words in one of query and gallery and numbers in the other; "
            "name them alike in both"
        )
    codes = np.unique(np.concatenate([left, right]), return_inverse=True)[1]
    numbers = torch.from_numpy(codes.astype(np.int64))
    return numbers[: len(left)], numbers[len(left) :]


def _as_array(labels: Ids, name: str) -> np.ndarray:
    refuse_strange(labels, name)
    try:
        array = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else np.asarray(labels)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: no list of numbers or words ({error})") from error
    if array.dtype.kind in "OT" and all(isinstance(label, str) for label in array.ravel()):
        array = array.astype(str)
    if array.ndim != 1 or array.dtype.kind not in "iuU":
        raise DataError(
            f"{name}: one whole number or one word per image is needed, "
            f"not {array.dtype} of shape {array.shape}"
        )
    return array.astype(np.int64) if array.dtype.kind == "u" else array


def _check_junk(junk: Pairs | None, shape: tuple[int, int]) -> Int[Tensor, " pairs"]:
    """Junk pairs as one sorted number each."""
    refuse_strange(junk, "junk")
    nothing = torch.empty(0, dtype=torch.int64)
    if junk is None:
        return nothing
    try:
        pairs = torch.as_tensor(junk if isinstance(junk, Tensor) else np.asarray(junk)).cpu()
    except (TypeError, ValueError) as error:
        raise DataError(
            "junk: no whole numbers; give pairs of a query row and a gallery row"
        ) from error
    if pairs.numel() == 0:
        return nothing
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.is_floating_point():
        raise DataError(
            f"junk of shape {tuple(pairs.shape)}; give pairs of a query row and a gallery row"
        )
    pairs = pairs.long()
    for side, (name, images) in enumerate(zip(("query", "gallery"), shape, strict=True)):
        low, high = (int(value) for value in pairs[:, side].aminmax())
        if low < 0 or high >= images:
            wrong = low if low < 0 else high
            raise DataError(f"junk names {name} row {wrong}; there are rows 0 to {images - 1}")
    numbers: Tensor = torch.unique(pairs[:, 0] * shape[1] + pairs[:, 1])
    return numbers
