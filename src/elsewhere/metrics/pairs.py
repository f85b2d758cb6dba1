"""How alike images of the same and of different individuals are, pair by pair."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int, Int64
from torch import Tensor

from elsewhere.errors import DataError

_VALUES_AT_ONCE = 2**21
_CANDIDATES = 4

Rows = Int[np.ndarray, " pairs"]


class PairSimilarities(NamedTuple):
    """Cosine similarities, -1..1, of pairs of the same and of different individuals.

    `between` numbers the two individuals of each different pair; None where not known.
    """

    same: Float64[Tensor, " same"]
    different: Float64[Tensor, " different"]
    between: Int64[Tensor, "different 2"] | None = None


def pair_similarities(
    vectors: Float[Tensor, "images size"],
    identities: Sequence[int] | Sequence[str],
    cameras: Sequence[int] | Sequence[str] | Sequence[str | None] | None = None,
    *,
    junk: Int[Tensor, "pairs 2"] | None = None,
    most: int = 200_000,
    seed: int = 0,
) -> PairSimilarities:
    """Compare every two images of one individual, and a sample of those of two.

    Two images of one individual by one camera are left out, as in the rankings: they are often of
    one moment, and too easy. Images of no known individual (distractors) share a label without
    being the same; leave them out before.

    Vectors need not be normalised; one of length zero is like no other (0). Cameras are None where
    none is known, as whole or for an image. `junk` are rows of two images that are not compared, in
    either order. Of more than `most` pairs of a kind, so many are drawn by `seed` without
    repeating; of the same individual's, fewer may be left where many are by one camera.
    """
    _check(vectors, identities, cameras)
    who = np.unique(np.asarray(identities), return_inverse=True)[1].reshape(-1)
    where = _camera_codes(cameras, len(who))
    left_out = _unordered(junk.cpu().numpy(), len(who)) if junk is not None else None
    by_identity = np.argsort(who, kind="stable")
    first, second = _pairs_within(np.bincount(who), _CANDIDATES * most, random.Random(seed))
    first, second = by_identity[first], by_identity[second]
    allowed = where[first] != where[second]
    same = _keep(first, second, allowed, left_out, len(who), most)
    everyone = np.array([len(who)])
    first, second = _pairs_within(everyone, _CANDIDATES * most, random.Random(seed + 1))
    different = _keep(first, second, who[first] != who[second], left_out, len(who), most)
    between = torch.from_numpy(np.stack([who[rows] for rows in different], axis=1).astype(np.int64))
    alike = _similarities(vectors, *same)
    return PairSimilarities(alike, _similarities(vectors, *different), between)


def _check(vectors: Tensor, identities: Sequence, cameras: Sequence | None) -> None:
    for name, given in (("identities", identities), ("cameras", cameras)):
        if given is not None and len(given) != len(vectors):
            raise DataError(f"{len(vectors)} vectors, but {len(given)} {name}; one each is needed")
    at_once = max(1, _VALUES_AT_ONCE // max(vectors.shape[1], 1))
    starts = range(0, max(len(vectors), 1), at_once)
    known = torch.cat([vectors[at : at + at_once].isfinite().all(dim=1) for at in starts])
    broken = torch.nonzero(~known)[:, 0]
    if len(broken):
        raise DataError(
            f"{len(broken)} of {len(vectors)} vectors are not finite, first row {int(broken[0])}; "
            "check the weights and the image"
        )


def _camera_codes(cameras: Sequence | None, images: int) -> Int[np.ndarray, " images"]:
    """A number for each camera; every image without one has a number of its own."""
    codes = -1 - np.arange(images)
    if cameras is None:
        return codes
    numbers: dict[object, int] = {}
    for row, camera in enumerate(cameras):
        if camera is not None:
            codes[row] = numbers.setdefault(camera, len(numbers))
    return codes


def _pairs_within(
    sizes: Int[np.ndarray, " groups"], most: int, draw: random.Random
) -> tuple[Rows, Rows]:
    """All pairs of places within consecutive groups, or `most` of them drawn, in random order."""
    counts = sizes * (sizes - 1) // 2
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    # sampled from a range: no array of all pairs is ever made
    numbers = np.array(draw.sample(range(total), min(total, most)), dtype=np.int64)
    group = np.searchsorted(ends, numbers, side="right")
    within = numbers - (ends - counts)[group]
    later = ((1 + np.sqrt(1 + 8 * within.astype(np.float64))) / 2).astype(np.int64)
    later -= later * (later - 1) // 2 > within  # where the root was rounded up
    earlier = within - later * (later - 1) // 2
    start = (np.cumsum(sizes) - sizes)[group]
    return start + later, start + earlier


def _unordered(pairs: Int[np.ndarray, "pairs 2"], images: int) -> Int[np.ndarray, " pairs"]:
    """One number a pair, the same in either order."""
    return np.asarray(pairs.min(axis=1).astype(np.int64) * images + pairs.max(axis=1))


def _keep(
    first: Rows,
    second: Rows,
    allowed: Bool[np.ndarray, " pairs"],
    left_out: Int[np.ndarray, " junk"] | None,
    images: int,
    most: int,
) -> tuple[Int[np.ndarray, " kept"], Int[np.ndarray, " kept"]]:
    if left_out is not None:
        allowed = allowed & ~np.isin(_unordered(np.stack([first, second], 1), images), left_out)
    return first[allowed][:most], second[allowed][:most]


def _similarities(
    vectors: Float[Tensor, "images size"], first: np.ndarray, second: np.ndarray
) -> Float64[Tensor, " pairs"]:
    """Cosines, block by block: never a copy of all vectors."""
    at_once = max(1, _VALUES_AT_ONCE // max(vectors.shape[1], 1))
    found = torch.zeros(len(first), dtype=torch.float64)
    for start in range(0, len(first), at_once):
        places = slice(start, start + at_once)
        one, other = (
            vectors[torch.from_numpy(rows[places]).to(vectors.device)].float()
            for rows in (first, second)
        )
        found[places] = torch.cosine_similarity(one, other).cpu()
    return found.clamp_(-1, 1)
