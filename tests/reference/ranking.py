"""Ranking one query and one image at a time, in plain Python."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Scores(NamedTuple):
    average_precision: list[float]
    inverse_penalty: list[float]
    first_match: list[int]
    matches: list[int]
    cmc: list[float]

    @property
    def mean_average_precision(self) -> float:
        return mean_of_numbers(self.average_precision)

    @property
    def mean_inverse_penalty(self) -> float:
        return mean_of_numbers(self.inverse_penalty)


def distances(query: np.ndarray, gallery: np.ndarray, metric: str, normalize: bool) -> np.ndarray:
    """Every pair on its own, by the difference of both rows, in float64."""
    query, gallery = query.astype(np.float64), gallery.astype(np.float64)
    if normalize or metric == "cosine":
        query, gallery = (rows / np.sqrt((rows**2).sum(1))[:, None] for rows in (query, gallery))
    squares = np.array([[((q - g) ** 2).sum() for g in gallery] for q in query])
    return squares / 2 if metric == "cosine" else np.sqrt(squares)


def left_in(
    row: int,
    query_ids: Sequence,
    gallery_ids: Sequence,
    cameras: tuple[Sequence, Sequence] | None,
    junk: set[tuple[int, int]],
) -> list[int]:
    """Gallery rows that count for a query."""
    rows = []
    for column, identity in enumerate(gallery_ids):
        own = identity == query_ids[row]
        if cameras is not None and own and cameras[0][row] == cameras[1][column]:
            continue
        if (row, column) not in junk:
            rows.append(column)
    return rows


def order(distance: Sequence[float], columns: list[int]) -> list[int]:
    """Columns, the nearest first, of equal ones the first in the gallery."""
    return sorted(columns, key=lambda column: (distance[column], column))


def score(
    distance: np.ndarray,
    query_ids: Sequence,
    gallery_ids: Sequence,
    cameras: tuple[Sequence, Sequence] | None = None,
    junk: set[tuple[int, int]] = frozenset(),
    ranks: int = 50,
) -> Scores:
    """Go down each query's list and note what is right."""
    precisions, penalties, firsts, counts = [], [], [], []
    for row, identity in enumerate(query_ids):
        columns = left_in(row, query_ids, gallery_ids, cameras, junk)
        right, values, last, first = 0, [], 0, 0
        for rank, column in enumerate(order(distance[row], columns), start=1):
            if gallery_ids[column] == identity:
                right += 1
                values.append(right / rank)
                first, last = first or rank, rank
        precisions.append(sum(values) / right if right else math.nan)
        penalties.append(right / last if right else math.nan)
        firsts.append(first)
        counts.append(right)
    found = [first for first in firsts if first]
    places = range(1, min(ranks, len(gallery_ids)) + 1)
    cmc = [sum(first <= k for first in found) / len(found) for k in places] if found else []
    return Scores(precisions, penalties, firsts, counts, cmc)


def mean_of_numbers(values: list[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers)
