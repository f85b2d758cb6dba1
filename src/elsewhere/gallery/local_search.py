"""The nearest among the rows of a file of vectors, exactly, less what is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from elsewhere.gallery.database import LeftOut
from elsewhere.gallery.local_reading import Names, Slots
from elsewhere.retrieval.similarity import most_similar

Side = list[tuple[int, float, int]]
"""Row, similarity, and how many images of its individual were compared; nearest first."""
_SPARE = 8
"""Near images whose names are read, for each individual that is sought."""


class Numbers(NamedTuple):
    """A fact of every row, as numbers.

    Attributes:
        of_row: number of each row's value; -1 where unknown.
        by_name: number of each value.
    """

    of_row: Int64[np.ndarray, " rows"]
    by_name: dict[str, int]

    @classmethod
    def read(cls, total: int, alike: Sequence[tuple[str, np.ndarray]]) -> "Numbers":
        """Of so many rows, each value with the rows that have it."""
        of_row = np.full(total, -1, np.int64)
        for number, (_, slots) in enumerate(alike):
            of_row[slots] = number
        return cls(of_row, {name: number for number, (name, _) in enumerate(alike)})


@dataclass(frozen=True)
class Rows:
    """What a search needs to know of all vectors.

    Attributes:
        total: rows of the file.
        present: rows of images that are in the gallery, ascending.
        labels: their individuals; None where nobody has asked yet.
        cameras: their cameras; likewise.
    """

    total: int
    present: Int64[np.ndarray, " images"]
    labels: Numbers | None = None
    cameras: Numbers | None = None

    @cached_property
    def everything(self) -> "Compared":
        """What is compared where there is no condition."""
        return self.compared(self.present)

    def compared(self, among: Slots) -> "Compared":
        """What is compared of some rows."""
        inside = np.zeros(self.total, np.bool_)
        inside[among] = True
        labels = np.int64(-1) if self.labels is None else self.labels.of_row
        groups = np.where(inside, labels, -1)
        counts = np.bincount(groups[groups >= 0], minlength=1)
        return Compared(groups, counts, None if bool(inside.all()) else inside)

    def left_out(self, rule: LeftOut, own: Mapping[str, int]) -> Slots:
        """Rows that are not compared with a query."""
        out = [own[rule.key]] if rule.key in own else []
        if rule.camera is None or self.cameras is None:
            return np.array(out, np.int64)
        same = self.cameras.of_row == self.cameras.by_name.get(rule.camera, -2)
        if rule.label is not None and self.labels is not None:
            same &= self.labels.of_row == self.labels.by_name.get(rule.label, -2)
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


def search_images(
    rows: Rows,
    vectors: Float32[np.ndarray, "rows size"],
    queries: Float[np.ndarray, "queries size"],
    k: int,
    among: Slots | None,
    own: Sequence[int],
    names: Names,
) -> list[tuple[Side, Side]] | None:
    """The same as `search_rows` without rules, reading no names but those of near images.

    `own` is the row of the image that asks, -1 where it is not in the gallery.

    Returns:
        What was found; None where the near images are of too few individuals to tell.
    """
    wide = _SPARE * k
    groups, _, inside = rows.everything if among is None else rows.compared(among)
    without = [[row] if row >= 0 else [] for row in own]
    near, _ = most_similar(queries, [vectors], vectors.__getitem__, groups, wide, without, inside)
    name_of = names.of({*near.rows[near.rows >= 0].tolist(), *(row for row in own if row >= 0)})
    sides = []
    for similarities, found in zip(near.similarities.tolist(), near.rows.tolist(), strict=True):
        images = [(row, value) for row, value in zip(found, similarities, strict=True) if row >= 0]
        best: dict[str, tuple[int, float]] = {}
        for row, value in images:
            if row in name_of:
                best.setdefault(name_of[row], (row, value))
        if len(best) < k and len(images) == wide:
            return None
        sides.append((images[:k], list(best.values())[:k]))
    shown = {row for pair in sides for side in pair for row, _ in side}
    counts = names.count({name_of[row] for row in shown if row in name_of})
    return [
        tuple(
            [(row, value, _others(row, asking, name_of, counts)) for row, value in side]
            for side in pair
        )
        for pair, asking in zip(sides, own, strict=True)
    ]


def _others(row: int, asking: int, names: Mapping[int, str], counts: Mapping[str, int]) -> int:
    """Images of a row's individual besides the one that asks; 0 where it is unknown."""
    name = names.get(row)
    return 0 if name is None else counts[name] - (names.get(asking) == name)


def search_rows(
    rows: Rows,
    vectors: Float32[np.ndarray, "rows size"],
    queries: Float[np.ndarray, "queries size"],
    k: int,
    among: Slots | None,
    left_out: Sequence[LeftOut],
    own: Mapping[str, int],
) -> list[tuple[Side, Side]]:
    """The nearest images and individuals of each query, a vector of length one.

    `among` are the rows that fulfil a condition, None for no condition; `own` those of images that
    ask, by key.
    """
    groups, counts, inside = rows.everything if among is None else rows.compared(among)
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
