"""What all layouts share: numbers for individuals, JPEG files, and the folder that is made once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from elsewhere.data.synthetic.folder import write_once
from elsewhere.data.synthetic.individuals import (
    GENERATOR,
    IndividualSettings,
    Shot,
    draw_shot,
    shots_of,
)
from elsewhere.data.synthetic.seeding import generator_of, shuffled

QUALITY = 95


class Planned(NamedTuple):
    """A picture that is going to be written.

    Attributes:
        part: "train", "query" or "gallery".
        label: the number that the individual has in the set's file names.
        shot: what to draw.
    """

    part: str
    label: int
    shot: Shot


def numbers_of(settings: IndividualSettings) -> dict[int, int]:
    """A number from 1 for each individual; as in the published sets, train and test are mixed."""
    individuals = [*settings.individuals("train"), *settings.individuals("test")]
    order = shuffled(generator_of("drawn numbers", settings.seed), len(individuals))
    return {individuals[place]: number for number, place in enumerate(order, start=1)}


def plan(settings: IndividualSettings) -> Iterator[Planned]:
    """Every picture of the identities, in the order of their numbers.

    Of a test identity, the first picture of each camera is a query, and the others lie in the
    gallery.
    """
    trained = set(settings.individuals("train"))
    for individual, number in sorted(numbers_of(settings).items(), key=lambda item: item[1]):
        for shot in shots_of(individual, settings):
            if individual in trained:
                yield Planned("train", number, shot)
            else:
                yield Planned("gallery" if shot.number else "query", number, shot)


def write_set(
    folder: Path,
    layout: str,
    settings: IndividualSettings,
    fill: Callable[[Path], None],
    **more: int,
) -> None:
    """Check the settings and fill a folder once.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings.check()
    description = {"generator": GENERATOR, "layout": layout, **asdict(settings), **more}
    write_once(folder, "individuals", description, fill)


def save_jpeg(image: np.ndarray, path: Path) -> None:
    """Write a picture as the published sets have theirs."""
    Image.fromarray(image).save(path, quality=QUALITY)


def draw_files(
    folder: Path, files: Iterable[tuple[str, Shot]], settings: IndividualSettings
) -> None:
    """Draw pictures into files, whose folders are made."""
    for name, shot in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_jpeg(draw_shot(shot, settings).image, path)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a list, one line for each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
