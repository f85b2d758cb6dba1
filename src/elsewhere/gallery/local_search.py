"""The nearest among the rows of a file of vectors, exactly, less what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from elsewhere.gallery.database import LeftOut
from elsewhere.retrieval.similarity import most_similar

Side = list[tuple[int, float, int]]
"""Row, similarity, and how many images of its individual were compared; nearest first."""


@dataclass(frozen=True)
class Rows:
    """What a search needs to know of all vectors.

    Attributes:
        total: rows of the file.
        present: rows of images that are in the gallery, ascending.
        labels: number of each row's individual; -1 where unknown.
        cameras: number of each row's camera; -1 where unknown.
        label_numbers: by name.
        camera_numbers: by name.
    """

    total: int
    present: Int64[np.ndarray, " images"]
    labels: Int64[np.ndarray, " rows"]
    cameras: Int64[np.ndarray, " rows"]
    label_numbers: dict[str, int]
    camera_numbers: dict[str, int]

    @classmethod
    def read(cls, total: int, facts: Sequence[tuple[int, str | None, str | None]]) -> "Rows":
        """Of so many rows, those with row, label and camera that are in the gallery."""
        present = np.sort(np.array([slot for slot, _, _ in facts], np.int64))
        labels, cameras = (np.full(total, -1, np.int64) for _ in range(2))
        numbers: tuple[dict[str, int], dict[str, int]] = ({}, {})
        for slot, *names in facts:
            for name, column, known in zip(names, (labels, cameras), numbers, strict=True):
                if name is not None:
                    column[slot] = known.setdefault(name, len(known))
        return cls(total, present, labels, cameras, *numbers)

    @cached_property
    def everything(self) -> "Compared":
        """What is compared where there is no condition."""
        return self.compared(self.present)

    def compared(self, among: Int64[np.ndarray, " some"]) -> "Compared":
        """What is compared of some rows."""
        inside = np.zeros(self.total, np.bool_)
        inside[among] = True
        groups = np.where(inside, self.labels, -1)
        counts = np.bincount(groups[groups >= 0], minlength=1)
        return Compared(groups, counts, None if bool(inside.all()) else inside)

    def left_out(self, rule: LeftOut, own: Mapping[str, int]) -> Int64[np.ndarray, " some"]:
        """Rows that are not compared with a query."""
        out = [own[rule.key]] if rule.key in own else []
        if rule.camera is None:
            return np.array(out, np.int64)
        same = self.cameras == self.camera_numbers.get(rule.camera, -2)
        if rule.label is not None:
            same &= self.labels == self.label_numbers.get(rule.label, -2)
        same[out] = True
        return np.flatnonzero(same)


class Compared(NamedTuple):
    """What is compared with a query.

    Attributes:
        groups: number of each row's individual; -1 where unknown, or not compared.
        counts: images of each individual.
        inside: which rows are compared; None for all.
    """

    groups: Int64[np.ndarray, " rows"]
    counts: Int64[np.ndarray, " individuals"]
    inside: Bool[np.ndarray, " rows"] | None


def search_rows(
    rows: Rows,
    vectors: Float32[np.ndarray, "rows size"],
    queries: Float[np.ndarray, "queries size"],
    k: int,
    among: Sequence[int] | None,
    left_out: Sequence[LeftOut],
    own: Mapping[str, int],
) -> list[tuple[Side, Side]]:
    """The nearest images and individuals of each query.

    Args:
        rows: what is known of the vectors.
        vectors: where they lie.
        queries: vectors of length one.
        k: how many of each.
        among: rows that fulfil a condition; None for none.
        left_out: what is not compared with each query.
        own: rows of images that ask, by key.
    """
    groups, counts, inside = (
        rows.everything if among is None else rows.compared(np.array(among, np.int64))
    )
    without = [rows.left_out(rule, own) for rule in left_out]
    found = most_similar(queries, [vectors], vectors.__getitem__, groups, k, without, inside)
    answers = []
    for query, unseen in enumerate(without):
        lost = groups[unseen]
        lost_of = np.bincount(lost[lost >= 0], minlength=len(counts))
        seen = (counts - lost_of).tolist()
        images, individuals = (
            [
                (row, similarity, seen[group] if (group := int(groups[row])) >= 0 else 0)
                for similarity, row in zip(
                    nearby.similarities[query].tolist(), nearby.rows[query].tolist(), strict=True
                )
                if row >= 0
            ]
            for nearby in found
        )
        answers.append((images, individuals))
    return answers
