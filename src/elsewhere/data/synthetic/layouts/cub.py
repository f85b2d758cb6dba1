"""Drawn birds laid out like CUB-200-2011."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.synthetic.anatomy import PARTS
from elsewhere.data.synthetic.birds import DrawnBird
from elsewhere.data.synthetic.dataset import GENERATOR, BirdSettings, draw_numbered
from elsewhere.data.synthetic.layouts.by_class import (
    ClassSettings,
    Picture,
    pictures_of,
    write_classes,
)
from elsewhere.data.synthetic.layouts.writing import save_jpeg, write_lines
from elsewhere.data.synthetic.palette import CROWNS, PLUMAGES
from elsewhere.data.synthetic.taxonomy import Species
from elsewhere.data.synthetic.taxonomy import species as first_species

ENVIRONMENTS = "environments.csv"
_TRAITS = {
    "crown": ("has_crown_color", tuple(CROWNS)),
    "wing": ("has_wing_pattern", ("barred", "spotted")),
    "beak": ("has_bill_length", ("short", "long")),
    "tail": ("has_tail_shape", ("round", "forked")),
    "plumage": ("has_primary_color", tuple(PLUMAGES)),
}
_CERTAINTIES = ("1 not visible", "2 guessing", "3 probably", "4 definitely")
_CERTAIN, _SECONDS = 4, 1.0


class _Written(NamedTuple):
    number: int  # of the class, from 1
    path: str
    split: str
    bird: DrawnBird


def write_cub(
    folder: Path,
    *,
    species: int = 8,
    train: int = 30,
    test: int = 30,
    bias: float = 0.7,
    test_bias: float = 0.0,
    size: int = 64,
    seed: int = 0,
) -> None:
    """Write drawn birds as CUB-200-2011 has its photographs, with boxes, parts and attributes.

    Attributes are the species' parts and the plumage, named as there: "has_crown_color::red".
    Where each bird was seen, which the published set does not say, stands in `environments.csv`
    (path, environment). A folder that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        species: how many, 2 to 32.
        train: training pictures of each.
        test: test pictures of each.
        bias: probability that a training picture shows its species' own scene rather than any.
        test_bias: the same of a test picture; at 0, scene and species have nothing to do with
            each other.
        size: pixels of a side.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings = ClassSettings(species, train, test, size, seed)
    birds = BirdSettings(species, size, train, 0, test, bias, seed)
    for checked in (birds, replace(birds, bias=test_bias)):
        checked.check()

    def fill(place: Path) -> None:
        written = [
            _write(place, kind, picture, birds if picture.split == "train" else tests)
            for number, kind in enumerate(first_species(species))
            for picture in pictures_of(number, settings)
        ]
        names = [_folder(number, kind) for number, kind in enumerate(first_species(species))]
        _write_lists(place, written, names)
        _write_parts(place, written)
        _write_attributes(place, written, species)

    tests = replace(birds, bias=test_bias)
    write_classes(folder, "cub", GENERATOR, settings, fill, bias=bias, test_bias=test_bias)


def _folder(number: int, kind: Species) -> str:
    words = kind.name.replace("-", " ").split()
    return f"{number + 1:03d}.{'_'.join(word.capitalize() for word in words)}"


def _write(place: Path, kind: Species, picture: Picture, settings: BirdSettings) -> _Written:
    bird = draw_numbered(kind, picture.split, picture.number, settings)
    name = _folder(picture.kind, kind)
    first = 0 if picture.split == "train" else settings.train
    path = f"{name}/{name[4:]}_{first + picture.number + 1:04d}.jpg"
    (place / "images" / name).mkdir(parents=True, exist_ok=True)
    save_jpeg(bird.image, place / "images" / path)
    return _Written(picture.kind + 1, path, picture.split, bird)


def _write_lists(place: Path, written: Sequence[_Written], names: Sequence[str]) -> None:
    lines: dict[str, list[str]] = {
        "images.txt": [one.path for one in written],
        "image_class_labels.txt": [str(one.number) for one in written],
        "train_test_split.txt": [str(int(one.split == "train")) for one in written],
        "bounding_boxes.txt": [_corner_and_size(one.bird.box) for one in written],
        "classes.txt": list(names),
    }
    for file, texts in lines.items():
        write_lines(place / file, (f"{n} {text}" for n, text in enumerate(texts, start=1)))
    rows = (f"images/{one.path},{one.bird.attributes['scene']}" for one in written)
    write_lines(place / ENVIRONMENTS, ["path,environment", *rows])


def _corner_and_size(box: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = box
    return f"{left:.1f} {top:.1f} {right - left:.1f} {bottom - top:.1f}"


def _write_parts(place: Path, written: Sequence[_Written]) -> None:
    write_lines(place / "parts/parts.txt", (f"{n} {part}" for n, part in enumerate(PARTS, start=1)))
    rows = []
    for image, one in enumerate(written, start=1):
        for number, part in enumerate(PARTS, start=1):
            x, y = one.bird.parts[part]
            rows.append(f"{image} {number} {x:.1f} {y:.1f} 1")
    write_lines(place / "parts/part_locs.txt", rows)


def _write_attributes(place: Path, written: Sequence[_Written], species: int) -> None:
    pairs = [(trait, value) for trait, (_, values) in _TRAITS.items() for value in values]
    names = [f"{_TRAITS[trait][0]}::{value}" for trait, value in pairs]
    rows = []
    share = [[0] * len(pairs) for _ in range(species)]
    for image, one in enumerate(written, start=1):
        for number, (trait, value) in enumerate(pairs):
            seen = int(one.bird.attributes[trait] == value)
            share[one.number - 1][number] += seen
            rows.append(f"{image} {number + 1} {seen} {_CERTAIN} {_SECONDS:.3f}")
    each = len(written) / species
    percent = (" ".join(f"{100 * count / each:g}" for count in counts) for counts in share)
    folder = place / "attributes"
    write_lines(folder / "attributes.txt", (f"{n} {name}" for n, name in enumerate(names, start=1)))
    write_lines(folder / "certainties.txt", _CERTAINTIES)
    write_lines(folder / "image_attribute_labels.txt", rows)
    write_lines(folder / "class_attribute_labels_continuous.txt", percent)
