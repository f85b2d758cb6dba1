import csv
import hashlib
import json
from collections import Counter
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.birds import Birds, draw_numbered, own_scene
from elsewhere.drawn.scenes import SCENES
from elsewhere.errors import DataError

pytestmark = pytest.mark.slow

SMALL = {"species": 3, "size": 32, "train": 3, "val": 1, "test": 2}
# Raise `GENERATOR` in layouts/birds.py together with this.
GOLDEN = "a11ca49ffa0dec7d"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pixels_of(folder: Path, row: dict[str, str]) -> np.ndarray:
    with Image.open(folder / row["path"]) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        return np.asarray(image)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("drawn") / "deep" / "birds"
    Birds(**SMALL).write(place)
    return place


def test_the_list_names_every_picture_once(folder):
    rows = rows_of(folder)
    counts = Counter(row["split"] for row in rows)
    assert counts == {"train": 9, "val": 3, "test": 6, "test-unbiased": 6}
    assert set(Counter((row["split"], row["label"]) for row in rows).values()) == {3, 1, 2}
    listed = {row["path"] for row in rows}
    assert len(listed) == len(rows)
    assert listed == {file.relative_to(folder).as_posix() for file in folder.rglob("*.png")}
    assert list(rows[0])[:8] == ["path", "label", "split", "x1", "y1", "x2", "y2", "scene"]
    assert rows[0]["path"] == "images/train/red-crowned-barwing/00000.png"


def test_every_row_tells_what_its_picture_shows(folder):
    settings = Birds(**SMALL)
    kinds = {kind.name: kind for kind in species(3)}
    for row in rows_of(folder):
        bird = draw_numbered(
            kinds[row["label"]], row["split"], int(Path(row["path"]).stem), settings
        )
        assert np.array_equal(pixels_of(folder, row), bird.image)
        assert tuple(int(row[edge]) for edge in ("x1", "y1", "x2", "y2")) == bird.box
        assert {key: row[key] for key in bird.attributes} == bird.attributes
        for part, (x, y) in bird.parts.items():
            assert float(row[f"{part}_x"]) == pytest.approx(x, abs=0.006)
            assert float(row[f"{part}_y"]) == pytest.approx(y, abs=0.006)


def test_the_folder_is_this_one_on_every_machine(folder):
    """Pixels and list, not the files' bytes: those depend on the compressor."""
    total = hashlib.sha256((folder / "labels.csv").read_bytes())
    for row in rows_of(folder):
        total.update(pixels_of(folder, row).tobytes())
    assert total.hexdigest()[:16] == GOLDEN


def test_a_picture_does_not_depend_on_how_many_are_drawn(folder, tmp_path):
    more = {"species": 5, "size": 32, "train": 5, "val": 2, "test": 3}
    Birds(**more).write(tmp_path / "more")
    for row in rows_of(folder):
        assert np.array_equal(pixels_of(folder, row), pixels_of(tmp_path / "more", row))


def test_no_two_pictures_are_alike_and_another_seed_shares_none(folder, tmp_path):
    Birds(**SMALL, seed=1).write(tmp_path / "other")
    seen = {pixels_of(folder, row).tobytes() for row in rows_of(folder)}
    others = {pixels_of(tmp_path / "other", row).tobytes() for row in rows_of(folder)}
    assert len(seen) == len(others) == 24
    assert not seen & others


def shown_scenes(split: str, bias: float, numbers: int) -> list[tuple[str, str]]:
    """Own scene and shown scene of many pictures."""
    settings = Birds(size=16, bias=bias, seed=3)
    return [
        (own_scene(kind).name, draw_numbered(kind, split, number, settings).attributes["scene"])
        for kind in species(8)
        for number in range(numbers)
    ]


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_the_bias_ties_species_to_their_scene(split):
    pairs = shown_scenes(split, 0.7, 25)
    expected = 0.7 + 0.3 / len(SCENES)
    share = np.mean([own == shown for own, shown in pairs])
    assert abs(share - expected) < 4 * sqrt(expected * (1 - expected) / len(pairs))


def test_all_or_nothing_of_the_bias():
    assert all(own == shown for own, shown in shown_scenes("train", 1.0, 5))
    free = np.mean([own == shown for own, shown in shown_scenes("train", 0.0, 25)])
    assert abs(free - 1 / 6) < 4 * sqrt(5 / 36 / 200)


def test_the_unbiased_split_shows_every_scene_alike_whatever_the_bias():
    pairs = shown_scenes("test-unbiased", 1.0, 40)
    counts = Counter(shown for _, shown in pairs)
    fair = len(pairs) / len(SCENES)
    squares = sum((counts[scene.name] - fair) ** 2 / fair for scene in SCENES)
    assert squares < 20.5  # the chi-square of five degrees of freedom exceeds it once in 1000
    share = np.mean([own == shown for own, shown in pairs])
    assert abs(share - 1 / 6) < 4 * sqrt(5 / 36 / len(pairs))


def test_species_of_one_scene_differ_in_crown_and_wing():
    """Otherwise the scene and one part alone would name them."""
    kinds = species(8)
    for one in kinds:
        for two in kinds:
            if one is not two and own_scene(one) is own_scene(two):
                assert one.crown != two.crown
                assert one.wing != two.wing


def test_a_folder_with_the_same_settings_is_kept(folder):
    (folder / "labels.csv").touch()
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    Birds(**SMALL).write(folder)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
    assert [file.name for file in folder.parent.iterdir()] == ["birds"]


def test_a_folder_with_other_settings_is_refused_and_left_alone(folder):
    before = (folder / "labels.csv").read_bytes()
    with pytest.raises(DataError, match=r"bias 0\.7, not 0\.5.*name another folder"):
        Birds(**SMALL, bias=0.5).write(folder)
    assert (folder / "labels.csv").read_bytes() == before


def test_birds_of_an_older_generator_are_refused(tmp_path):
    Birds(**SMALL).write(tmp_path / "birds")
    told = json.loads((tmp_path / "birds" / "drawn.json").read_text())
    (tmp_path / "birds" / "drawn.json").write_text(json.dumps({**told, "generator": "birds 0"}))
    with pytest.raises(DataError, match="generator 'birds 0'"):
        Birds(**SMALL).write(tmp_path / "birds")


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "holiday.txt").write_text("mine")
    with pytest.raises(DataError, match="holds no drawn birds"):
        Birds(**SMALL).write(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "birds").mkdir()
    Birds(**SMALL).write(tmp_path / "birds")
    assert len(rows_of(tmp_path / "birds")) == 24
    assert [file.name for file in tmp_path.iterdir()] == ["birds"]


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write drawn birds here"):
        Birds(**SMALL).write(tmp_path / "file" / "birds")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"bias": 1.5}, "probability"),
        ({"species": 40}, "2 to 32"),
        ({"seed": -1}, "negative"),
        ({"train": 0}, "1 or more"),
        ({"size": 4}, "16 or more"),
        ({"scale": (0.2, 1.4)}, "range"),
    ],
)
def test_impossible_settings_are_refused_before_anything_is_written(tmp_path, setting, message):
    with pytest.raises(DataError, match=message):
        Birds(**{**SMALL, **setting}).write(tmp_path / "birds")
    assert not list(tmp_path.iterdir())
