"""Drawn birds as one's own data, and laid out like CUB-200-2011; their species tied to scenes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np

from elsewhere.data.sets.classes.cub import DRAWN_ENVIRONMENTS
from elsewhere.drawn.birds import (
    ALL_SPECIES,
    PARTS,
    PLUMAGES,
    SCALE,
    Species,
    draw_bird,
)
from elsewhere.drawn.birds import species as first_species
from elsewhere.drawn.canvas import Drawn
from elsewhere.drawn.chance import uniform
from elsewhere.drawn.layouts.drawn_set import (
    DrawnClasses,
    DrawnSet,
    Picture,
    edges,
    save_picture,
    write_lines,
    write_table,
)
from elsewhere.drawn.scenes import CROWNS, SCENES, Scene
from elsewhere.errors import DataError

GENERATOR = "birds 1"  # raise the number whenever a pixel of any picture changes
SPLITS = ("train", "val", "test", "test-unbiased")
CUB_TRAITS = {
    "crown": ("has_crown_color", tuple(CROWNS)),
    "wing": ("has_wing_pattern", ("barred", "spotted")),
    "beak": ("has_bill_length", ("short", "long")),
    "tail": ("has_tail_shape", ("round", "forked")),
    "plumage": ("has_primary_color", tuple(PLUMAGES)),
}
CERTAINTIES = ("1 not visible", "2 guessing", "3 probably", "4 definitely")


@dataclass(frozen=True)
class Birds(DrawnSet):
    """Drawn birds as PNG files with `labels.csv`.

    The splits are train, val and test, where a species is tied to a scene by `bias`, and
    test-unbiased, where it is not.
    """

    species: Annotated[int, "how many species, 2 to 32"] = 8
    size: Annotated[int, "pixels of a side"] = 64
    train: Annotated[int, "training pictures per species"] = 120
    val: Annotated[int, "validation pictures per species"] = 15
    test: Annotated[int, "test pictures per species, in each of the two test sets"] = 60
    bias: Annotated[float, "share of pictures that show their species' own scene (0 to 1)"] = 0.7
    seed: Annotated[int, "seed of everything random"] = 0
    scale: Annotated[tuple[float, float], "longest side of a bird, in units of the picture's"] = (
        SCALE
    )

    what = "birds"

    def _check(self) -> None:
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

    def _description(self) -> dict[str, Any]:
        return {"generator": GENERATOR, **asdict(self), "scale": list(self.scale)}

    def _fill(self, folder: Path) -> None:
        write_table(folder / "labels.csv", self._draw_all(folder))

    def _draw_all(self, folder: Path) -> Iterator[dict[str, str]]:
        counts = {"train": self.train, "val": self.val}
        for split in SPLITS:
            for kind in first_species(self.species):
                place = Path("images", split, kind.slug)
                for number in range(counts.get(split, self.test)):
                    bird = draw_numbered(kind, split, number, self)
                    path = place / f"{number:05d}.png"
                    save_picture(bird.image, folder / path)
                    yield _row(path, kind, split, bird)


def own_scene(species: Species) -> Scene:
    """The scene that the bias ties a species to."""
    return SCENES[ALL_SPECIES.index(species) % len(SCENES)]


def draw_numbered(species: Species, split: str, number: int, settings: Birds) -> Drawn:
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


def _row(path: Path, kind: Species, split: str, bird: Drawn) -> dict[str, str]:
    row = {"path": path.as_posix(), "label": kind.name, "split": split}
    row |= edges(bird.box) | bird.attributes
    for part, (x, y) in bird.parts.items():
        row |= {f"{part}_x": f"{x:.2f}", f"{part}_y": f"{y:.2f}"}
    return row


class _Written(NamedTuple):
    kind: int
    path: str
    split: str
    bird: Drawn


@dataclass(frozen=True)
class Cub(DrawnClasses):
    """Drawn birds as CUB-200-2011 has its photographs, with boxes, parts and attributes.

    Attributes are the species' parts and the plumage, named as there: "has_crown_color::red".
    Where each bird was seen, which the published set does not say, stands in `environments.csv`
    (path, environment). With a `test_bias` of 0, scene and species of a test picture have nothing
    to do with each other.
    """

    species: Annotated[int, "how many species, 2 to 32"] = 8
    bias: Annotated[
        float, "share of training pictures that show their species' own scene (0 to 1)"
    ] = 0.7
    test_bias: Annotated[float, "the same of test pictures (0 to 1)"] = 0.0

    layout = what = "cub"
    generator = GENERATOR

    @property
    def classes(self) -> int:
        """The species."""
        return self.species

    def birds(self, split: str) -> Birds:
        """The settings by which the birds of a split are drawn."""
        bias = self.bias if split == "train" else self.test_bias
        return Birds(self.species, self.size, self.train, 0, self.test, bias, self.seed)

    def _check(self) -> None:
        for split in ("train", "test"):
            self.birds(split)._check()
        super()._check()

    def _description(self) -> dict[str, Any]:
        return {**super()._description(), "bias": self.bias, "test_bias": self.test_bias}

    def _fill(self, folder: Path) -> None:
        kinds = first_species(self.species)
        names = [_class_name(number, kind) for number, kind in enumerate(kinds)]
        written = [self._draw(folder, names[one.kind], kinds, one) for one in self.pictures()]
        _write_lists(folder, written, names)
        _write_parts(folder / "parts", written)
        _write_attributes(folder / "attributes", written, self.species)

    def _draw(
        self, folder: Path, name: str, kinds: Sequence[Species], picture: Picture
    ) -> _Written:
        kind, split, number = picture
        bird = draw_numbered(kinds[kind], split, number, self.birds(split))
        first = 1 if split == "train" else 1 + self.train
        path = f"{name}/{name[4:]}_{first + number:04d}.jpg"
        save_picture(bird.image, folder / "images" / path)
        return _Written(kind, path, split, bird)


def _class_name(number: int, kind: Species) -> str:
    words = kind.name.replace("-", " ").split()
    return f"{number + 1:03d}.{'_'.join(word.capitalize() for word in words)}"


def _numbered(path: Path, lines: Sequence[str]) -> None:
    write_lines(path, (f"{n} {line}" for n, line in enumerate(lines, start=1)))


def _write_lists(folder: Path, written: Sequence[_Written], names: Sequence[str]) -> None:
    _numbered(folder / "classes.txt", names)
    _numbered(folder / "images.txt", [one.path for one in written])
    _numbered(folder / "image_class_labels.txt", [str(one.kind + 1) for one in written])
    trained = [str(int(one.split == "train")) for one in written]
    _numbered(folder / "train_test_split.txt", trained)
    boxes = (one.bird.box for one in written)
    # upper left corner, width and height
    sizes = [f"{x:.1f} {y:.1f} {right - x:.1f} {low - y:.1f}" for x, y, right, low in boxes]
    _numbered(folder / "bounding_boxes.txt", sizes)
    rows = (f"images/{one.path},{one.bird.attributes['scene']}" for one in written)
    write_lines(folder / DRAWN_ENVIRONMENTS, ["path,environment", *rows])


def _write_parts(folder: Path, written: Sequence[_Written]) -> None:
    _numbered(folder / "parts.txt", list(PARTS))
    rows = []
    for image, one in enumerate(written, start=1):
        for number, part in enumerate(PARTS, start=1):
            x, y = one.bird.parts[part]
            rows.append(f"{image} {number} {x:.1f} {y:.1f} 1")
    write_lines(folder / "part_locs.txt", rows)


def _write_attributes(folder: Path, written: Sequence[_Written], species: int) -> None:
    pairs = [(trait, value) for trait, (_, values) in CUB_TRAITS.items() for value in values]
    rows = []
    share = [[0] * len(pairs) for _ in range(species)]
    for image, one in enumerate(written, start=1):
        for number, (trait, value) in enumerate(pairs):
            seen = int(one.bird.attributes[trait] == value)
            share[one.kind][number] += seen
            rows.append(f"{image} {number + 1} {seen} 4 1.000")  # 4: definitely; after a second
    each = len(written) / species
    percent = (" ".join(f"{100 * count / each:g}" for count in counts) for counts in share)
    _numbered(
        folder / "attributes.txt", [f"{CUB_TRAITS[trait][0]}::{value}" for trait, value in pairs]
    )
    write_lines(folder / "certainties.txt", CERTAINTIES)
    write_lines(folder / "image_attribute_labels.txt", rows)
    write_lines(folder / "class_attribute_labels_continuous.txt", percent)
