"""Shares in training and test, against a recount image by image from the set's own files."""

import csv
import itertools
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from elsewhere import drawn
from elsewhere.data.image_data import ImageData
from elsewhere.data.records import Record, RecordTable
from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.cub import CubAttributes, read_cub_attributes, read_environments
from elsewhere.errors import ConfigError, DataError
from elsewhere.reproduce.bias import class_bias, environment_distance, find_class

NAME = "002.Golden_Crowned_Barwing"


class Cub(NamedTuple):
    root: Path
    table: RecordTable
    attributes: CubAttributes
    environments: dict


@pytest.fixture(scope="module")
def cub(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets") / "CUB_200_2011"
    drawn.Cub(species=3, train=9, test=7, size=24, bias=0.8).write(root)
    table = read_cub(root)
    paths = [record.path for record in table.records]
    where = read_environments(root / "environments.csv", paths)
    return Cub(root, table, read_cub_attributes(root), where)


def lines(file):
    return [line.split() for line in file.read_text().splitlines()]


def recount(root, name, split):
    """Of one class's images of a split: how many there are, attributes, environments."""
    wanted = {"train": "1", "test": "0"}[split]
    kind = {number for number, text in lines(root / "classes.txt") if text == name}
    label = dict(lines(root / "image_class_labels.txt"))
    part = dict(lines(root / "train_test_split.txt"))
    images = dict(lines(root / "images.txt"))
    chosen = [i for i in images if label[i] in kind and part[i] == wanted]
    named = dict(lines(root / "attributes/attributes.txt"))
    seen = dict.fromkeys(named.values(), 0)
    for image, number, present, *_ in lines(root / "attributes/image_attribute_labels.txt"):
        if image in chosen and present == "1":
            seen[named[number]] += 1
    places = {}
    with (root / "environments.csv").open() as file:
        for row in csv.DictReader(file):
            if row["path"] in [f"images/{images[i]}" for i in chosen]:
                places[row["environment"]] = places.get(row["environment"], 0) + 1
    return len(chosen), seen, places


def test_counts_are_those_of_the_files(cub):
    bias = class_bias(cub.attributes, cub.table, NAME, environments=cub.environments, most=1000)
    (trained, train, in_train), (tested, test, in_test) = (
        recount(cub.root, NAME, split) for split in ("train", "test")
    )
    assert bias.images == (trained, tested) == (9, 7)
    for share in (*bias.frequent, *bias.different):
        assert share.train == (train[share.name], 9)
        assert share.test == (test[share.name], 7)
        assert share.difference == pytest.approx(train[share.name] / 9 - test[share.name] / 7)
    shown = {share.name for share in (*bias.frequent, *bias.different)}
    assert shown == {n for n in train if 0 < train[n] + test[n] < 16}, "neither all nor none"
    assert {share.name: (share.train, share.test) for share in bias.environments} == {
        place: ((in_train.get(place, 0), 9), (in_test.get(place, 0), 7))
        for place in {*in_train, *in_test}
    }
    totals = [in_train.get(s.name, 0) + in_test.get(s.name, 0) for s in bias.environments]
    assert totals == sorted(totals, reverse=True)
    assert bias.unknown == (0, 0)


def test_training_images_drawn_for_validation_count_as_training(cub):
    data = ImageData(path="cub", root=str(cub.root.parent), val=0.3)
    assert "val" in data.table.splits
    assert class_bias(cub.attributes, data.table, NAME) == class_bias(
        cub.attributes, cub.table, NAME
    )
    whole = environment_distance(cub.table, cub.environments)
    assert environment_distance(data.table, cub.environments).by_class == whole.by_class


def small(present, certainty=None, split="aabb"):
    """One class, an attribute a column; "a" is a training image and "b" one of the test."""
    present = np.array(present, dtype=np.bool_)
    names = tuple(f"has_{chr(112 + n)}" for n in range(present.shape[1]))
    records = tuple(
        Record(f"images/{n}.jpg", "1.X", "train" if part == "a" else "test")
        for n, part in enumerate(split)
    )
    asked = np.full(present.shape, 4) if certainty is None else np.array(certainty)
    paths = tuple(record.path for record in records)
    return (
        CubAttributes(paths, names, present, asked.astype(np.uint8)),
        RecordTable(Path("set"), records, ("1.X", "2.Y")),
    )


PRESENT = [
    # p: in all, q: frequent, r: differs wholly, s: in none, t: differs half, u: the same in both
    [1, 1, 1, 0, 1, 0],
    [1, 1, 1, 0, 0, 1],
    [1, 1, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 1],
]


def test_the_rule_of_choice():
    bias = class_bias(*small(PRESENT), "X", most=4)
    assert [share.name for share in bias.frequent] == ["has_q", "has_r"]
    assert [share.name for share in bias.different] == ["has_t"], "u does not differ"
    few = class_bias(*small(PRESENT), "X", most=2)
    assert [share.name for share in (*few.frequent, *few.different)] == ["has_q", "has_r"]
    assert few.different[0].difference == 1.0


def test_an_image_that_nobody_was_asked_about_is_not_counted():
    (share,) = class_bias(*small([[1], [0], [0], [0]], [[3], [0], [1], [1]]), "X").frequent
    assert (share.train, share.test) == ((1, 1), (0, 2))


def test_a_split_without_labels_has_no_difference():
    bias = class_bias(*small([[1], [0], [0], [0]], [[3], [3], [0], [0]]), "X")
    assert bias.frequent[0].test == (0, 0)
    assert math.isnan(bias.frequent[0].difference)
    assert math.isnan(bias.largest)


def test_a_class_without_images():
    bias = class_bias(*small(PRESENT), "Y", environments={"images/0.jpg": "sea"})
    assert (bias.images, bias.frequent, bias.environments) == ((0, 0), (), ())


def largest(present, trained):
    """Largest difference of any attribute, in loops."""
    found = 0.0
    for column in range(len(present[0])):
        shares = []
        for wanted in (True, False):
            values = [row[column] for row, t in zip(present, trained, strict=True) if t == wanted]
            shares.append(sum(values) / len(values))
        found = max(found, abs(shares[0] - shares[1]))
    return found


def test_what_chance_gives_is_the_mean_over_all_splits():
    present = [[1, 0, 1], [1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0]]
    bias = class_bias(*small(present, split="aabbb"), "X", splits=3000)
    every = [
        largest(present, [n in chosen for n in range(5)])
        for chosen in itertools.combinations(range(5), 2)
    ]
    assert bias.largest == pytest.approx(largest(present, [True, True, False, False, False]))
    assert bias.largest_by_chance == pytest.approx(sum(every) / len(every), abs=0.02)


def test_images_without_an_environment_are_counted_apart():
    where = {"images/0.jpg": "sea", "images/2.jpg": "sky", "images/3.jpg": "sea"}
    bias = class_bias(*small(PRESENT), "X", environments=where)
    assert bias.unknown == (1, 0)
    assert [(s.name, s.train, s.test) for s in bias.environments] == [
        ("sea", (1, 1), (1, 2)),
        ("sky", (0, 1), (1, 2)),
    ]
    assert class_bias(*small(PRESENT), "X").unknown == (2, 2)


def test_distance_is_half_the_sum_of_differences(cub):
    found = environment_distance(cub.table, cub.environments)
    by_hand = {}
    for name in cub.table.class_names:
        (trained, _, train), (tested, _, test) = (
            recount(cub.root, name, split) for split in ("train", "test")
        )
        places = {*train, *test}
        gaps = [abs(train.get(p, 0) / trained - test.get(p, 0) / tested) for p in places]
        by_hand[name] = sum(gaps) / 2
    assert found.by_class == pytest.approx(by_hand)
    assert found.mean == pytest.approx(sum(by_hand.values()) / 3)
    assert (found.left_out, found.unknown) == (0, 0)
    assert found.mean > found.by_chance + 0.1, "eight of ten training pictures are bound"


def test_distance_by_chance_is_the_mean_over_all_splits():
    _, table = small([[0]] * 5, split="aabbb")
    places = ["sea", "sea", "sky", "wood", "sea"]
    where = {record.path: at for record, at in zip(table.records, places, strict=True)}
    every = []
    for chosen in itertools.combinations(range(5), 2):
        gaps = []
        for place in set(places):
            a = sum(places[n] == place for n in chosen) / 2
            b = sum(places[n] == place for n in range(5) if n not in chosen) / 3
            gaps.append(abs(a - b))
        every.append(sum(gaps) / 2)
    found = environment_distance(table, where, splits=3000)
    assert found.by_chance == pytest.approx(sum(every) / len(every), abs=0.02)
    assert found.left_out == 1, "class Y has no images"


def test_distance_of_what_is_known():
    _, table = small(PRESENT)
    half = environment_distance(table, {"images/0.jpg": "sea", "images/1.jpg": "sea"})
    assert math.isnan(half.mean)
    assert (half.by_class, half.left_out, half.unknown) == ({}, 2, 2)
    whole = environment_distance(table, {"images/0.jpg": "sea", "images/3.jpg": "sky"})
    assert (whole.mean, whole.unknown) == (1.0, 2)


NAMES = ["082.Ringed_Kingfisher", "001.Black_footed_Albatross", "7.A_Jay", "8.A-Jay"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("082.Ringed_Kingfisher", 0),
        ("080.ringed_kingfisher", 0),
        ("Ringed_Kingfisher", 0),
        (" ringed  KINGFISHER", 0),
        ("Black-footed Albatross", 1),
        ("8.A-Jay", 3),
    ],
)
def test_classes_are_found_by_their_name(wanted, found):
    assert find_class(NAMES, wanted) == NAMES[found]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("Ringed Kingfischer", "no class 'Ringed Kingfischer'; did you mean '082.Ringed_King"),
        ("zebra", "no class 'zebra'; it has '082.Ringed_Kingfisher', '001"),
        ("a jay", "'a jay' may be '7.A_Jay', '8.A-Jay': give the whole name"),
    ],
)
def test_classes_that_are_not_there(wanted, message):
    with pytest.raises(ConfigError, match=message):
        find_class(NAMES, wanted)


def test_attributes_of_another_set_are_refused(cub):
    _, other = small(PRESENT)
    with pytest.raises(DataError, match=r"images/0.jpg: the attributes say nothing of it"):
        class_bias(cub.attributes, other, "X")
