"""Which images of a class belong together: a burst, a folder, photographs of one scene.

A split that is drawn image by image puts shots of one scene on both sides, and its test then
measures memory. So what is drawn are series.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from elsewhere.data.images.opening import open_image, time_taken, upright_rgb
from elsewhere.data.likeness import colours
from elsewhere.data.records import RecordTable
from elsewhere.errors import DataError

ALIKE = 0.05
"""Images of one class are alike where they are nearer than this share of pairs of two classes."""
LEAST = 5
"""A class falls into so many series at least, where it has as many images."""
BURST = 300.0
"""Seconds between photographs of one series, at most."""
_MOST = 4000
"""Images of a class that are compared with each other; of a larger class, so many at a time."""
_SAMPLE = 1500
_START = datetime(1970, 1, 1)


class Sight(NamedTuple):
    """An image's `likeness.colours`, and when it was taken, in seconds, if its file says it."""

    colours: Float[np.ndarray, "128"]
    taken: float | None


def find_series(table: RecordTable) -> dict[int, int]:
    """Number the series of the training images, by row; images that cannot be read are alone.

    Images of a class are joined (average linkage) while they are nearer to each other, in colour,
    than all but a few pairs of images of two classes: on photographs that have no more in common
    within a class than between classes hardly any are. Bursts and sub-folders of a class are
    joined before, where there are three of them and more.
    """
    rows = [row for row, record in enumerate(table.records) if record.split == "train"]
    sights = _look(table, rows)
    of_class: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: table.records[row].path):
        of_class.setdefault(table.records[row].label, []).append(row)
    limit = _limit(table, sights)
    series: dict[int, int] = {}
    count = 0
    for members in of_class.values():
        for start in range(0, len(members), _MOST):
            seen = [row for row in members[start : start + _MOST] if row in sights]
            alone = [row for row in members[start : start + _MOST] if row not in sights]
            paths = [table.records[row].path for row in seen]
            numbers = _join([sights[row] for row in seen], paths, limit)
            series |= {row: count + n for row, n in zip(seen, numbers, strict=True)}
            count += max(numbers, default=-1) + 1
            series |= {row: count + n for n, row in enumerate(alone)}
            count += len(alone)
    return series


def _look(table: RecordTable, rows: Sequence[int]) -> dict[int, Sight]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        files = [table.root / table.records[row].path for row in rows]
        found = zip(rows, pool.map(_sight, files), strict=True)
        return {row: sight for row, sight in found if sight is not None}


def _sight(file: Path) -> Sight | None:
    try:
        with open_image(file) as image:
            taken = time_taken(image)
            image.draft("RGB", (64, 64))  # a JPEG is decoded no larger than that needs
            # by the camera's clock, whatever the zone of this machine
            seconds = None if taken is None else (taken - _START).total_seconds()
            return Sight(colours(upright_rgb(image)), seconds)
    except DataError:
        return None


def _limit(table: RecordTable, sights: Mapping[int, Sight]) -> float:
    """The distance that only the nearest pairs of two classes are below."""
    rows = sorted(sights, key=lambda row: table.records[row].path)
    rows = rows[:: max(len(rows) // _SAMPLE, 1)]
    if not rows:
        return 0.0
    labels = np.array([table.records[row].label for row in rows])
    apart = labels[:, None] != labels[None]
    distances = squareform(pdist(np.stack([sights[row].colours for row in rows])))[apart]
    return float(np.quantile(distances, ALIKE)) if len(distances) else 0.0


def _join(sights: Sequence[Sight], paths: Sequence[str], limit: float) -> list[int]:
    """Number the series of one class."""
    if len(sights) <= LEAST:
        return list(range(len(sights)))
    distances = squareform(pdist(np.stack([sight.colours for sight in sights])))
    known = _known([sight.taken for sight in sights], paths)
    together = known[:, None] == known[None]
    least = LEAST
    if len(set(known.tolist())) >= 3:
        distances[together] = 0.0
        least = min(LEAST, len(set(known.tolist())))
    tree = linkage(squareform(distances, checks=False), "average")
    numbers = fcluster(tree, limit, "distance")
    if numbers.max() < least:
        numbers = cut_tree(tree, least)[:, 0]
    return [int(number) for number in numbers]


def _known(taken: Sequence[float | None], paths: Sequence[str]) -> np.ndarray:
    """Number what is known to belong together: bursts where times are known, else sub-folders."""
    folders = [PurePosixPath(path).parent for path in paths]
    known = np.array([sorted(set(folders)).index(folder) for folder in folders])
    if any(time is None for time in taken):
        return known
    times = np.array(taken, np.float64)
    order = np.argsort(times, kind="stable")
    bursts = np.concatenate([[0], np.cumsum(np.diff(times[order]) > BURST)])
    by_time = np.empty_like(known)
    by_time[order] = bursts
    return by_time if len(set(by_time.tolist())) > len(set(known.tolist())) else known
