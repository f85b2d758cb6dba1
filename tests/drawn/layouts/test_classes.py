"""Drawn classes in published layouts: what is written is what the readers read."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.drawn.drawing import pixels, tree

from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.cub import read_cub_attributes, read_cub_parts
from elsewhere.data.sets.classes.matlab import read_cars
from elsewhere.drawn import Aircraft, Cars, Cub, OldCars
from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.aircraft import VARIANTS, names_of
from elsewhere.drawn.layouts.birds import Birds, draw_numbered
from elsewhere.drawn.layouts.drawn_set import Picture
from elsewhere.drawn.layouts.vehicles import CAR_MODELS
from elsewhere.errors import DataError

TINY = {"train": 4, "test": 3, "size": 32, "seed": 5}
SETS = {
    "cub": Cub(species=4, bias=1.0, **TINY),
    "cars": Cars(models=4, **TINY),
    "cars-old": OldCars(models=4, **TINY),
    "aircraft": Aircraft(variants=4, **TINY),
}
READERS = {
    "cub": read_cub, "cars": read_cars, "cars-old": read_cars, "aircraft": read_aircraft
}  # fmt: skip
LAYOUTS = pytest.mark.parametrize("layout", SETS)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draws a layout once, and says where."""
    root = tmp_path_factory.mktemp("layouts")

    def folder(layout: str) -> Path:
        if not (root / layout).exists():
            SETS[layout].write(root / layout)
        return root / layout

    return folder


def drawings(layout):
    """Class, split, picture and box of all that should be there, drawn once more."""
    birds = Birds(4, 32, 4, 0, 3, 1.0, 5)
    for number, kind in enumerate(species(4)):
        for split, count in (("train", 4), ("test", 3)):
            for which in range(count):
                if layout == "cub":
                    one = draw_numbered(kind, split, which, birds if split == "train" else
                                        Birds(4, 32, 4, 0, 3, 0.0, 5))  # fmt: skip
                else:
                    one = SETS[layout].draw(Picture(number, split, which))
                yield number, split, one.image, one.box


@LAYOUTS
def test_classes_splits_boxes_and_pictures_come_back(drawn, layout):
    folder = drawn(layout)
    table = READERS[layout](folder)
    assert Counter(record.split for record in table.records) == {"train": 16, "test": 12}
    assert len(table.class_names) == 4
    found = [
        (label, record.split, pixels(folder / record.path).astype(float), record.box)
        for label, record in zip(table.labels, table.records, strict=True)
    ]
    for number, split, image, box in drawings(layout):
        high, wide = image.shape[:2]
        off = [
            np.abs(seen[:high] - image).mean() + 1000 * (where != tuple(map(float, box)))
            for label, part, seen, where in found
            if (label, part) == (number, split) and seen.shape[1] == wide
        ]
        assert min(off) < 12  # JPEG's loss


@LAYOUTS
def test_a_set_is_drawn_once_and_alike_everywhere(drawn, layout, tmp_path):
    folder = drawn(layout)
    SETS[layout].write(tmp_path / "again")
    assert tree(tmp_path / "again") == tree(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    SETS[layout].write(folder)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with pytest.raises(DataError, match="drawn with other settings"):
        replace(SETS[layout], seed=6).write(folder)


@LAYOUTS
def test_classes_are_called_by_what_they_are(drawn, layout):
    names = READERS[layout](drawn(layout)).class_names
    if layout == "cub":
        assert names[0] == "001.Red_Crowned_Barwing"
    elif layout == "aircraft":
        expected = sorted(names_of(kind)["variant"] for kind in VARIANTS[:4])
        assert sorted(names) == list(names) == expected
    else:
        assert names == tuple(model.name for model in CAR_MODELS[:4])


def test_all_variants_have_names_of_their_own():
    names = [names_of(kind) for kind in VARIANTS]
    assert len(set(VARIANTS)) == len({one["variant"] for one in names}) == 32
    assert [one["variant"] for one in names[:4]] == [
        "Kestrel Twin-100", "Kestrel Twin-100W", "Kestrel Twin-300", "Kestrel Twin-300W"
    ]  # fmt: skip
    assert len({one["family"] for one in names}) == 8
    assert {len({one["family"] for one in names[n : n + 4]}) for n in range(0, 32, 4)} == {1}
    assert all(one["variant"].startswith(one["family"]) for one in names)
    assert all(one["family"].startswith(one["manufacturer"]) for one in names)


def test_cars_of_a_model_share_what_makes_it():
    assert len({model.name for model in CAR_MODELS}) == 80
    assert [model.name for model in CAR_MODELS[:5:4]] == [
        "Silver Spokes Sedan 2012", "Silver Discs Sedan 2012"
    ]  # fmt: skip
    cars = [
        SETS["cars"].draw(Picture(kind, "train", n)).attributes
        for kind in (4, 5)
        for n in range(20)
    ]
    for seen, model in ((cars[:20], CAR_MODELS[4]), (cars[20:], CAR_MODELS[5])):
        assert {(car["type"], car["rims"], car["bumper"]) for car in seen} == {model}
        assert len({car["colour"] for car in seen}) > 4
        assert {(car["stripe"], car["sticker"], car["repair"]) for car in seen} == {
            ("none", "none", "none")
        }


def test_torchvision_reads_the_same_aircraft(drawn, tmp_path):
    from torchvision.datasets import FGVCAircraft

    (tmp_path / "fgvc-aircraft-2013b").symlink_to(drawn("aircraft"))
    ours = read_aircraft(tmp_path)
    for split, part in (("train", "trainval"), ("test", "test")):
        theirs = FGVCAircraft(tmp_path, part)
        rows = ours.split(split)
        assert tuple(theirs.classes) == ours.class_names
        assert [(str(ours.root / r.path), n) for r, n in zip(rows.records, rows.labels, strict=True)
                ] == list(zip(theirs._image_files, theirs._labels, strict=True))  # fmt: skip
    parts = [set(FGVCAircraft(tmp_path, part)._image_files) for part in ("train", "val")]
    assert [len(part) for part in parts] == [8, 8]
    assert not parts[0] & parts[1]


def test_torchvision_reads_the_same_cars(drawn, tmp_path):
    from torchvision.datasets import StanfordCars

    base = tmp_path / "stanford_cars"
    base.symlink_to(drawn("cars"))
    ours = read_cars(tmp_path)
    theirs = StanfordCars(tmp_path, "train")
    rows = ours.split("train")
    assert tuple(theirs.classes) == ours.class_names
    assert [(str(base / r.path), n) for r, n in zip(rows.records, rows.labels, strict=True)] == [
        (path, int(label)) for path, label in theirs._samples
    ]


def test_aircraft_have_a_banner_below(drawn):
    folder = drawn("aircraft")
    for record in read_aircraft(folder).records:
        with Image.open(folder / record.path) as image:
            assert image.size == (32, 32 + 20)
        assert record.box[3] <= 32
        assert pixels(folder / record.path)[-6:].mean() > 200


def test_cub_attributes_are_the_drawn_traits(drawn):
    folder = drawn("cub")
    table, found = read_cub(folder), read_cub_attributes(folder)
    assert found.paths == tuple(record.path for record in table.records)
    assert len(found.names) == 13
    for path, present, label in zip(found.paths, found.present, table.labels, strict=True):
        seen = {name for name, here in zip(found.names, present, strict=True) if here}
        kind = species(4)[label]
        assert {
            f"has_crown_color::{kind.crown}", f"has_wing_pattern::{kind.wing}",
            f"has_bill_length::{kind.beak}", f"has_tail_shape::{kind.tail}",
        } < seen, path  # fmt: skip
        assert len(seen) == 5
        assert sum(name.startswith("has_primary_color::") for name in seen) == 1
    shares = (folder / "attributes/class_attribute_labels_continuous.txt").read_text().split("\n")
    of_first = found.present[np.array(table.labels) == 0].mean(0) * 100
    assert np.allclose([float(x) for x in shares[0].split()], of_first, atol=1e-3)


def test_cub_parts_lie_in_the_box(drawn):
    folder = drawn("cub")
    parts = read_cub_parts(folder)
    for record in read_cub(folder).records:
        x, y = parts[record.path]["eye"]
        left, top, right, bottom = record.box
        assert left <= x <= right
        assert top <= y <= bottom
        assert len(parts[record.path]) == 7


def test_environments_are_bound_in_training_and_free_in_the_test(tmp_path):
    settings = {"train": 20, "test": 20, "size": 16, "bias": 1.0, "test_bias": 0.0}
    Cub(species=2, **settings).write(tmp_path / "cub")
    with (tmp_path / "cub" / "environments.csv").open() as file:
        seen = {row["path"]: row["environment"] for row in csv.DictReader(file)}
    table = read_cub(tmp_path / "cub")
    assert list(seen) == [record.path for record in table.records]
    for name in table.class_names:
        for split, least, most in (("train", 1, 1), ("test", 3, 6)):
            here = {seen[r.path] for r in table.records if (r.label, r.split) == (name, split)}
            assert least <= len(here) <= most


@pytest.mark.parametrize(
    ("layout", "options", "message"),
    [
        (Cub, {"species": 1}, "1 species cannot be drawn; ask for 2 to 32"),
        (Cub, {"bias": 1.5}, "bias 1.5 is not a probability"),
        (Cub, {"test_bias": -1.0}, "bias -1.0 is not a probability"),
        (Cub, {"test": 0}, "4 training and 0 test pictures for each class are too few"),
        (Cars, {"models": 81}, "81 models cannot be drawn; ask for 2 to 80"),
        (Cars, {"size": 20}, "20 pixels show no detail"),
        (Aircraft, {"variants": 33}, "33 variants cannot be drawn; ask for 2 to 32"),
        (Aircraft, {"train": 1}, "train 1 makes no train and val; use 2 or more"),
        (Aircraft, {"seed": -1}, "drawn aircraft: seed -1 is negative"),
    ],
)
def test_settings_out_of_range(layout, options, message, tmp_path):
    with pytest.raises(DataError, match=message):
        layout(**{"train": 4, "test": 2, **options}).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()
