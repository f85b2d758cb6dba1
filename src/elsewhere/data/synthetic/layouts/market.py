"""Drawn persons laid out like Market-1501."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from elsewhere.data.synthetic.individuals import (
    FIRST,
    LOOKALIKES,
    IndividualSettings,
    Shot,
    draw_shot,
)
from elsewhere.data.synthetic.layouts.writing import Planned, draw_files, plan, save_jpeg, write_set
from elsewhere.errors import DataError

CAMERAS = 6
FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}


def write_market(
    folder: Path,
    *,
    train: int = 30,
    test: int = 20,
    sightings: int = 4,
    shots: int = 3,
    distractors: int = 20,
    junk: int = 5,
    size: int = 64,
    lookalikes: float = LOOKALIKES,
    seed: int = 0,
) -> None:
    """Write drawn persons as Market-1501 has its photographs: `0002_c1s1_000451_03.jpg`.

    The gallery holds distractors (0000), people that nobody asks for, and junk (-1), legs without
    the rest of a person. A `Thumbs.db` lies in every folder, as in the published set. A folder
    that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        train: identities to train on.
        test: identities to test on.
        sightings: cameras that see each person, 2 to 6.
        shots: pictures of a person by each of these cameras, at least 2; one of them is a query.
        distractors: pictures of other people in the gallery.
        junk: pictures in the gallery that show a part of a person only.
        size: height of a picture in pixels; it is half as wide.
        lookalikes: share of people who differ from another one in a single small thing.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings = IndividualSettings(
        "persons", train, test, 0, CAMERAS, sightings, shots, size, lookalikes, seed
    )
    if distractors < 0 or junk < 0:
        raise DataError("drawn persons: distractors and junk are counts; use 0 or more")

    def fill(place: Path) -> None:
        draw_files(place, ((_path(one), one.shot) for one in plan(settings)), settings)
        strangers = list(_strangers(distractors + junk))
        named = [(_path(Planned("gallery", 0, shot)), shot) for shot in strangers[:distractors]]
        draw_files(place, named, settings)
        for shot in strangers[distractors:]:
            path = place / _path(Planned("gallery", -1, shot))
            save_jpeg(_legs(draw_shot(shot, settings).image), path)
        for name in FOLDERS.values():
            (place / name / "Thumbs.db").write_bytes(b"no picture\n")

    write_set(folder, "market", settings, fill, distractors=distractors, junk=junk)


def _path(one: Planned) -> str:
    individual, camera, number = one.shot.individual, one.shot.camera + 1, one.shot.number
    who = "-1" if one.label < 0 else f"{one.label:04d}"
    frame = individual % 100_000 * 10 + number
    return f"{FOLDERS[one.part]}/{who}_c{camera}s{number % 3 + 1}_{frame:06d}_{number:02d}.jpg"


def _strangers(count: int) -> Iterator[Shot]:
    """One picture each of people who are not in the set."""
    for number in range(count):
        yield Shot(FIRST["distractor"] + number, number % CAMERAS, 0)


def _legs(image: np.ndarray) -> np.ndarray:
    """The lower half of a picture, stretched to its size: a box that missed the person."""
    height, width, _ = image.shape
    lower = Image.fromarray(image[height // 2 :])
    return np.asarray(lower.resize((width, height), Image.Resampling.BILINEAR))
