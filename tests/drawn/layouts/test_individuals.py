"""What is written is what the readers of the published layouts read."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from tests.drawn.drawing import TINY, pixels, tree

from elsewhere.data.sets.individuals.market import read_duke, read_market
from elsewhere.data.sets.individuals.msmt17 import read_msmt17
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.vehicles import read_vehicleid, read_veri
from elsewhere.drawn import Duke, Individuals, Market, Msmt17, VehicleId, Veri
from elsewhere.drawn.individuals import IndividualSettings, draw_shot, shots_of
from elsewhere.drawn.vehicles import COLOUR_NUMBERS, TYPE_NUMBERS, vehicle_of
from elsewhere.errors import DataError

SETS = {
    "market": Market(**TINY, distractors=5, junk=2),
    "duke": Duke(**TINY),
    "msmt17": Msmt17(**TINY),
    "msmt17-v2": Msmt17(**TINY, version=2),
    "veri": Veri(**TINY),
    "vehicleid": VehicleId(**{**TINY, "test": 6}),
    "persons": Individuals(**TINY, val=2),
    "vehicles": Individuals(**TINY, val=2, kind="vehicles"),
}
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


def counts(table):
    return Counter(record.split for record in table.records)


def identities(table, split):
    return {record.label for record in table.records if record.split == split}


@pytest.mark.parametrize(
    ("layout", "read", "cameras"),
    [
        ("market", read_market, 6),
        ("duke", read_duke, 8),
        ("msmt17", read_msmt17, 15),
        ("msmt17-v2", read_msmt17, 15),
        ("veri", read_veri, 20),
    ],
)
def test_query_and_gallery_are_read_as_they_were_written(drawn, layout, read, cameras):
    table = read(drawn(layout))
    in_val = 4 if layout.startswith("msmt17") else 0
    gallery = {"market": 6 + 5, "veri": 12}.get(layout, 6)
    assert counts(table) == {"train": 16 - in_val, "query": 6, "gallery": gallery}
    assert len(identities(table, "train")) == 4
    assert len(identities(table, "query")) == 3
    assert identities(table, "gallery") - {"0000"} == identities(table, "query")
    assert not identities(table, "train") & identities(table, "query")
    assert {record.camera for record in table.records} <= {str(n + 1) for n in range(cameras)}
    for label in identities(table, "query"):
        asking = [r.camera for r in table.records if (r.label, r.split) == (label, "query")]
        found = Counter(r.camera for r in table.records if (r.label, r.split) == (label, "gallery"))
        assert len(asking) == len(set(asking)) == 2
        assert found == dict.fromkeys(asking, 2 if layout == "veri" else 1)


def test_every_camera_of_a_layout_is_used(tmp_path):
    """And each picture under its own number: what one camera sees is written under its name."""
    Msmt17(**{**TINY, "train": 14, "sightings": 4}).write(tmp_path / "set")
    table = read_msmt17(tmp_path / "set")
    assert {record.camera for record in table.records} == {str(n + 1) for n in range(15)}


@LAYOUTS
def test_the_pictures_are_the_drawn_ones(drawn, layout):
    """Every picture of the plan is there once (in VeRi, queries twice), JPEG loss apart."""
    folder = drawn(layout)
    kind = (
        "persons" if layout in ("market", "duke", "msmt17", "msmt17-v2", "persons") else "vehicles"
    )
    cameras = {"duke": 8, "msmt17": 15, "msmt17-v2": 15, "veri": 20}.get(layout, 6)
    own = layout in ("persons", "vehicles")
    tests = 6 if layout == "vehicleid" else 3
    settings = IndividualSettings(
        kind, 4, tests, 2 if own else 0, cameras, sightings=2, shots=2, size=32
    )
    expected = [
        draw_shot(shot, settings).image.astype(float)
        for split in ("train", "val", "test")
        for individual in settings.individuals(split)
        for shot in shots_of(individual, settings)
    ]
    files = [*folder.rglob("*.jpg"), *folder.rglob("*.png")]
    found = np.stack([pixels(file).astype(float) for file in files])
    for image in expected:
        away = np.abs(found - image).mean(axis=(1, 2, 3))
        assert (away < (0.001 if own else 8)).sum() == (2 if is_query(layout, files, away) else 1)
    extra = {"market": 7, "veri": 6}.get(layout, 0)
    assert len(files) == len(expected) + extra


def is_query(layout, files, away):
    names = {file.name for file in files if file.parent.name == "image_query"}
    return layout == "veri" and files[int(away.argmin())].name in names


@LAYOUTS
def test_files_are_of_the_kind_that_the_set_has(drawn, layout):
    own = layout in ("persons", "vehicles")
    file = next(drawn(layout).rglob("*.png" if own else "*.jpg"))
    with Image.open(file) as image:
        assert image.format == ("PNG" if own else "JPEG")
        square = layout in ("veri", "vehicleid", "vehicles")
        assert image.size == ((32, 32) if square else (16, 32))


def test_market_has_junk_distractors_and_files_that_are_no_pictures(drawn):
    folder = drawn("market")
    names = [file.name for file in (folder / "bounding_box_test").iterdir()]
    assert sum(name.startswith("-1_c") for name in names) == 2
    assert sum(name.startswith("0000_c") for name in names) == 5
    for part in ("bounding_box_train", "query", "bounding_box_test"):
        assert (folder / part / "Thumbs.db").is_file()
        for file in (folder / part).glob("*.jpg"):
            assert re.fullmatch(r"(-1|\d{4})_c[1-6]s[1-3]_\d{6}_\d\d\.jpg", file.name)
    assert len({name for name in tree(folder) if name.endswith(".jpg")}) == 16 + 6 + 6 + 5 + 2


def test_train_and_test_identities_are_numbered_in_one_sequence(drawn):
    table = read_duke(drawn("duke"))
    assert sorted(table.class_names) == [f"{n:04d}" for n in range(1, 8)]
    assert max(identities(table, "train")) > min(identities(table, "query"))


@pytest.mark.parametrize(
    ("layout", "folders"),
    [("msmt17", ("train", "test")), ("msmt17-v2", ("mask_train_v2", "mask_test_v2"))],
)
def test_msmt17_lists_every_file_once_and_starts_anew_in_the_test(drawn, layout, folders):
    folder = drawn(layout)
    listed = {
        part: [line.split(" ") for line in (folder / f"list_{part}.txt").read_text().splitlines()]
        for part in ("train", "val", "query", "gallery")
    }
    assert {part: len(lines) for part, lines in listed.items()} == {
        "train": 12, "val": 4, "query": 6, "gallery": 6,
    }  # fmt: skip
    for parts, place in ((("train", "val"), folders[0]), (("query", "gallery"), folders[1])):
        lines = [line for part in parts for line in listed[part]]
        there = {f.relative_to(folder / place).as_posix() for f in (folder / place).rglob("*.jpg")}
        assert there == {path for path, _ in lines}
        assert len(lines) == len(there)
        assert min(int(number) for _, number in lines) == 0
        for path, number in lines:
            assert re.fullmatch(rf"{int(number):04d}/{int(number):04d}_\d{{3}}_\d\d_\d{{4}}"
                                r"(morning|noon|afternoon)_\d{4}_\d\.jpg", path)  # fmt: skip


def test_veri_labels_say_colour_and_type(drawn):
    """The bytes declare gb2312, so that careless XML readers fail on them as on the real ones."""
    table = read_veri(drawn("veri"))
    settings = IndividualSettings("vehicles", 4, 3)
    wanted = Counter()
    for split in ("train", "test"):
        for individual in settings.individuals(split):
            vehicle = vehicle_of(0, individual)
            wanted[str(COLOUR_NUMBERS[vehicle.colour]), str(TYPE_NUMBERS[vehicle.type])] += 1
    shown = {r.label: (r.attributes["color"], r.attributes["type"]) for r in table.records}
    assert Counter(shown.values()) == wanted
    for name in ("train_label.xml", "test_label.xml"):
        data = (drawn("veri") / name).read_bytes()
        assert data.startswith(b'<?xml version="1.0" encoding="gb2312"?>')
        with pytest.raises(ValueError, match="multi-byte encodings"):
            ElementTree.fromstring(data)


def test_veri_lists_right_and_junk_gallery_images_of_every_query(drawn):
    folder = drawn("veri")

    def lines(name: str) -> list[str]:
        return (folder / name).read_text().splitlines()

    gallery = lines("name_test.txt")
    assert {f.name for f in (folder / "image_test").iterdir()} == set(gallery)
    assert {f.name for f in (folder / "image_query").iterdir()} == set(lines("name_query.txt"))
    rows = zip(lines("name_query.txt"), lines("gt_index.txt"), lines("jk_index.txt"), strict=True)
    for query, right, junk in rows:
        who, where = query.split("_")[:2]
        alike = [n for n, name in enumerate(gallery, start=1) if name.startswith(who)]
        near = [n for n in alike if gallery[n - 1].split("_")[1] == where]
        assert [int(n) for n in junk.split()] == near
        assert [int(n) for n in right.split()] == [n for n in alike if n not in near]
        assert query in [gallery[n - 1] for n in near]


def test_vehicleid_lists_are_nested(drawn):
    folder = drawn("vehicleid")
    vehicles = []
    for number, size in enumerate((800, 1600, 2400), start=1):
        table = read_vehicleid(folder, size)
        assert counts(table) == {"train": 16, "test": 2 * number * 4}
        vehicles.append(identities(table, "test"))
        assert not vehicles[-1] & identities(table, "train")
    assert [len(some) for some in vehicles] == [2, 4, 6]
    assert vehicles[0] < vehicles[1] < vehicles[2]


def test_vehicleid_names_tell_nothing_and_attributes_all(drawn):
    folder = drawn("vehicleid")
    owner = dict(
        line.split() for line in (folder / "attribute/img2vid.txt").read_text().splitlines()
    )
    assert {file.stem for file in (folder / "image").iterdir()} == set(owner)
    numbers = defaultdict(list)
    for name, vehicle in owner.items():
        numbers[vehicle].append(int(name))
    spread = [max(names) - min(names) for names in numbers.values()]
    assert np.mean(spread) > 15  # of forty names; those of one vehicle do not follow each other
    for name in ("color_attr.txt", "model_attr.txt"):
        lines = (folder / "attribute" / name).read_text().splitlines()
        assert {line.split()[0] for line in lines} == set(numbers)
        assert all(0 <= int(line.split()[1]) < 8 for line in lines)


@pytest.mark.parametrize("kind", ["persons", "vehicles"])
def test_own_lists_tell_what_every_picture_shows(drawn, kind):
    table = read_own(drawn(kind), val=0.0, test=0.0)
    assert counts(table) == {"train": 16, "val": 8, "test": 12}
    seen = [identities(table, split) for split in ("train", "val", "test")]
    assert [len(some) for some in seen] == [4, 2, 3]
    assert len(set.union(*seen)) == 9
    settings = IndividualSettings(kind, 4, 3, 2, sightings=2, shots=2, size=32)
    record = next(r for r in table.records if r.label == "test-0002")
    shot = shots_of(settings.individuals("test")[2], settings)[0]
    picture = draw_shot(shot, settings)
    assert record.box == picture.box
    assert record.camera == f"c{shot.camera + 1}"
    assert record.attributes == picture.attributes
    assert np.array_equal(pixels(table.root / record.path), picture.image)


@LAYOUTS
def test_a_set_is_the_same_again_and_kept_when_it_is_there(drawn, layout, tmp_path):
    folder = drawn(layout)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    SETS[layout].write(folder)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
    SETS[layout].write(tmp_path / "again")
    assert tree(tmp_path / "again") == tree(folder)


@LAYOUTS
def test_a_folder_with_other_settings_is_refused(drawn, layout):
    with pytest.raises(DataError, match=r"individuals drawn with other settings \(seed 0, not 4"):
        replace(SETS[layout], seed=4).write(drawn(layout))


def test_another_layout_is_refused(drawn):
    with pytest.raises(DataError, match="layout 'market', not 'duke'"):
        Duke(**TINY).write(drawn("market"))


def test_impossible_settings_leave_nothing_behind(tmp_path):
    for layout, setting in (
        (Market, {"sightings": 7}),
        (Market, {"junk": -1}),
        (Duke, {"size": 8}),
        (VehicleId, {"test": 5}),
        (Individuals, {"lookalikes": 2.0}),
    ):
        with pytest.raises(DataError):
            layout(**{**TINY, **setting}).write(tmp_path / "set")
    assert not list(tmp_path.iterdir())
