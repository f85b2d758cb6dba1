"""Drawn individuals as somebody's own data: pictures and a list of them."""

import csv
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from elsewhere.data.synthetic.cameras import camera_of
from elsewhere.data.synthetic.individuals import (
    LOOKALIKES,
    IndividualSettings,
    Kind,
    Shot,
    draw_shot,
    shots_of,
)
from elsewhere.data.synthetic.layouts.writing import write_set

LIST_NAME = "labels.csv"
SPLITS = ("train", "val", "test")


def write_individuals(
    folder: Path,
    *,
    kind: Kind = "persons",
    train: int = 30,
    val: int = 6,
    test: int = 20,
    cameras: int = 6,
    sightings: int = 4,
    shots: int = 3,
    size: int = 64,
    lookalikes: float = LOOKALIKES,
    seed: int = 0,
) -> None:
    """Write drawn persons or vehicles as PNG files with `labels.csv`.

    The list's columns are path, identity, camera, split (train, val or test; no identity is in
    two), the box x1, y1, x2, y2, and what the picture shows. A folder that was made with the same
    settings is kept as it is.

    Args:
        folder: where to.
        kind: "persons" or "vehicles".
        train: identities to train on.
        val: identities held out for validation.
        test: identities to test on.
        cameras: cameras of the set; each looks at a place of its own.
        sightings: cameras that see each individual, at least 2.
        shots: pictures of an individual by each of these cameras, at least 2.
        size: height of a picture in pixels; persons are half as wide, vehicles square.
        lookalikes: share of individuals that differ from another one in a single small thing.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings = IndividualSettings(
        kind, train, test, val, cameras, sightings, shots, size, lookalikes, seed
    )
    write_set(folder, "own", settings, lambda place: _fill(place, settings))


def _fill(folder: Path, settings: IndividualSettings) -> None:
    rows = list(_draw_all(folder, settings))
    with (folder / LIST_NAME).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _draw_all(folder: Path, settings: IndividualSettings) -> Iterator[dict[str, str]]:
    for split in SPLITS:
        for number, individual in enumerate(settings.individuals(split)):
            identity = f"{split}-{number:04d}"
            (folder / "images" / identity).mkdir(parents=True)
            for shot in shots_of(individual, settings):
                yield _draw(folder, identity, split, shot, settings)


def _draw(
    folder: Path, identity: str, split: str, shot: Shot, settings: IndividualSettings
) -> dict[str, str]:
    camera = camera_of(settings.seed, shot.camera).name
    drawn = draw_shot(shot, settings)
    path = Path("images", identity, f"{camera}-{shot.number:02d}.png")
    Image.fromarray(drawn.image).save(folder / path, compress_level=1)
    row = {"path": path.as_posix(), "identity": identity, "camera": camera, "split": split}
    row |= {name: str(edge) for name, edge in zip(("x1", "y1", "x2", "y2"), drawn.box, strict=True)}
    return row | drawn.attributes
