"""Photographs grouped into probable individuals."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from elsewhere.errors import DataError, ElsewhereError
from elsewhere.gallery.entries import Entry

MOST = 20_000
"""Images that are compared all with all: 3.2 GB of distances."""


class Clusters(NamedTuple):
    """Images in groups.

    Attributes:
        entries: the images.
        groups: number of each image's group, from 0, the largest group first; -1 for one alone.
        sure: how surely each image belongs to its group, 0..1.
        individuals: how many names the images have; None where none has one.
        agreement: adjusted Rand index between groups and names over the images that have one, each
            image alone counted as a group; 1 for the same, 0 for chance, None where fewer than
            two have one.
    """

    entries: tuple[Entry, ...]
    groups: tuple[int, ...]
    sure: tuple[float, ...]
    individuals: int | None
    agreement: float | None

    @property
    def found(self) -> int:
        """How many groups there are."""
        return max(self.groups, default=-1) + 1

    @property
    def alone(self) -> int:
        """How many images are in none."""
        return self.groups.count(-1)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        images = [
            {"path": entry.path, "label": entry.label, "group": group, "sure": round(sure, 4)}
            for entry, group, sure in zip(self.entries, self.groups, self.sure, strict=True)
        ]
        counts = {"groups": self.found, "alone": self.alone, "individuals": self.individuals}
        return {**counts, "agreement": self.agreement, "images": images}


def cluster_images(
    entries: Sequence[Entry], read_vectors: Callable[[Sequence[str]], np.ndarray], least: int
) -> Clusters:
    """Group images by HDBSCAN over their k-reciprocal distances.

    Raises:
        DataError: fewer than three images, or too many.
        ElsewhereError: scikit-learn is not installed.
    """
    if not 3 <= len(entries) <= MOST:
        raise DataError(
            f"{len(entries)} images: 3 to {MOST:,} can be grouped at once; choose by conditions"
        )
    if not 2 <= least <= len(entries):
        raise DataError(f"groups of {least} among {len(entries)} images: 2 or more make a group")
    distances = reranked_distances(read_vectors([entry.key for entry in entries]))
    groups, sure = group(distances, least)
    names = [entry.label for entry in entries]
    known = [row for row, name in enumerate(names) if name is not None]
    return Clusters(
        tuple(entries),
        tuple(groups.tolist()),
        tuple(sure.tolist()),
        len({names[row] for row in known}) or None,
        agreement([str(names[row]) for row in known], groups[known]) if len(known) > 1 else None,
    )


def reranked_distances(
    vectors: Float[np.ndarray, "images size"],
) -> Float64[np.ndarray, "images images"]:
    """k-reciprocal distances of all images to all, the same both ways."""
    from elsewhere.ranking import rerank  # with torch, which nothing else here needs

    distances = rerank(vectors, None).double().numpy()
    distances += distances.T.copy()
    distances /= 2
    np.fill_diagonal(distances, 0)
    return np.asarray(distances)


def group(
    distances: Float64[np.ndarray, "images images"], least: int
) -> tuple[Int64[np.ndarray, " images"], Float64[np.ndarray, " images"]]:
    """Groups of images, the largest first, and how surely each image belongs to its own.

    Raises:
        ElsewhereError: scikit-learn is not installed.
    """
    try:
        from sklearn.cluster import HDBSCAN
    except ImportError as error:
        raise ElsewhereError(
            "grouping images needs scikit-learn: pip install 'elsewhere[gallery]'"
        ) from error
    found = HDBSCAN(min_cluster_size=least, metric="precomputed", copy=True).fit(distances)
    labels = found.labels_.astype(np.int64)
    counts = np.bincount(labels[labels >= 0])
    order = np.argsort(-counts, kind="stable")
    numbers = np.append(np.argsort(order), -1)  # the last is that of -1
    return numbers[labels], found.probabilities_.astype(np.float64)


def agreement(names: Sequence[str], groups: Int64[np.ndarray, " images"]) -> float:
    """Adjusted Rand index of groups and names; an image alone is a group of its own."""
    from sklearn.metrics import adjusted_rand_score

    alone = -2 - np.arange(len(groups))
    return float(adjusted_rand_score(names, np.where(groups < 0, alone, groups)))
