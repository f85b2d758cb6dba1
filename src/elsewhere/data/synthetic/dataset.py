"""Drawn birds as a folder: images, a list of them, and the settings they were made with."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from elsewhere.data.synthetic.birds import SCALE, DrawnBird, draw_bird
from elsewhere.data.synthetic.canvas import uniform
from elsewhere.data.synthetic.folder import write_once
from elsewhere.data.synthetic.scenes import SCENES, Scene
from elsewhere.data.synthetic.taxonomy import ALL_SPECIES, Species
from elsewhere.data.synthetic.taxonomy import species as first_species
from elsewhere.errors import DataError

GENERATOR = "birds 1"  # raise the number whenever a pixel of any picture changes
SPLITS = ("train", "val", "test", "test-unbiased")
LIST_NAME = "labels.csv"


@dataclass(frozen=True)
class BirdSettings:
    """Everything that decides the contents of a folder of drawn birds.

    Attributes:
        species: Number of species, 2 to 32.
        size: Pixels of a side.
        train: Training pictures per species.
        val: Validation pictures per species, biased like training.
        test: Test pictures per species, in each of the two test sets.
        bias: Probability that a picture shows its species' own scene rather than any scene.
        seed: Seed of everything random.
        scale: Least and greatest longest side of a bird, in units of the picture's.
    """

    species: int = 8
    size: int = 64
    train: int = 120
    val: int = 15
    test: int = 60
    bias: float = 0.7
    seed: int = 0
    scale: tuple[float, float] = SCALE

    def check(self) -> None:
        """Say what is wrong before anything is drawn.

        Raises:
            DataError: A number is out of its range.
        """
        first_species(self.species)
        if not 0.0 <= self.bias <= 1.0:
            raise DataError(f"drawn birds: bias {self.bias} is not a probability; use 0 to 1")
        if self.seed < 0:
            raise DataError(f"drawn birds: seed {self.seed} is negative; use 0 or more")
        if self.train < 1 or self.val < 0 or self.test < 0:
            raise DataError(
                "drawn birds: pictures per species must be 1 or more for train and 0 or more for "
                f"val and test, not {self.train}, {self.val} and {self.test}"
            )

    def count(self, split: str) -> int:
        """Pictures per species of a split."""
        return {"train": self.train, "val": self.val}.get(split, self.test)


def own_scene(species: Species) -> Scene:
    """The scene that the bias ties a species to."""
    return SCENES[ALL_SPECIES.index(species) % len(SCENES)]


def draw_numbered(species: Species, split: str, number: int, settings: BirdSettings) -> DrawnBird:
    """Draw picture `number` of a species in a split.

    It depends on seed, species, split and number only, not on how many are drawn; another size is
    the same picture coarser or finer.
    """
    keys = (settings.seed, SPLITS.index(split), ALL_SPECIES.index(species), number)
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(keys)))
    bias = 0.0 if split == "test-unbiased" else settings.bias
    owned = uniform(generator, 0.0, 1.0) < bias
    anywhere = SCENES[int(uniform(generator, 0.0, len(SCENES)))]
    scene = own_scene(species) if owned else anywhere
    return draw_bird(species, scene, settings.size, generator, scale=settings.scale)


def write_birds(
    folder: Path,
    *,
    species: int = 8,
    size: int = 64,
    train: int = 120,
    val: int = 15,
    test: int = 60,
    bias: float = 0.7,
    seed: int = 0,
    scale: tuple[float, float] = SCALE,
) -> None:
    """Write drawn birds as PNG files with `labels.csv`; see `BirdSettings` for the settings.

    The splits are train, val and test, where a species is tied to a scene by `bias`, and
    test-unbiased, where it is not. The folder appears only when it is complete. One that was made
    with the same settings is kept as it is.

    Raises:
        DataError: A setting is out of range, the folder holds anything else, or cannot be written.
    """
    settings = BirdSettings(species, size, train, val, test, bias, seed, (scale[0], scale[1]))
    settings.check()
    write_once(folder, "birds", _description(settings), lambda place: _fill(place, settings))


def _description(settings: BirdSettings) -> dict[str, Any]:
    return {"generator": GENERATOR, **asdict(settings), "scale": list(settings.scale)}


def _fill(folder: Path, settings: BirdSettings) -> None:
    with (folder / LIST_NAME).open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in _draw_all(folder, settings):
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)


def _draw_all(folder: Path, settings: BirdSettings) -> Iterator[dict[str, str]]:
    for split in SPLITS:
        for kind in first_species(settings.species):
            place = Path("images", split, kind.slug)
            (folder / place).mkdir(parents=True)
            for number in range(settings.count(split)):
                bird = draw_numbered(kind, split, number, settings)
                path = place / f"{number:05d}.png"
                Image.fromarray(bird.image).save(folder / path, compress_level=1)
                yield _row(path, kind, split, bird)


def _row(path: Path, kind: Species, split: str, bird: DrawnBird) -> dict[str, str]:
    row = {"path": path.as_posix(), "label": kind.name, "split": split}
    row |= {name: str(edge) for name, edge in zip(("x1", "y1", "x2", "y2"), bird.box, strict=True)}
    row |= bird.attributes
    for part, (x, y) in bird.parts.items():
        row |= {f"{part}_x": f"{x:.2f}", f"{part}_y": f"{y:.2f}"}
    return row
