"""The nearest in a gallery on a file, against plain loops: names read of all images or of few."""

from pathlib import Path

import numpy as np
import pytest

from elsewhere.gallery.conditions import read_conditions
from elsewhere.gallery.database import Action, Change, LeftOut, State
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.local import LocalDatabase

IMAGES, SIZE = 300, 8


def entry(number: int, individuals: int) -> Entry:
    label = f"ind {number % individuals}" if number % 7 else None
    facts = label, f"c{number % 3}", None, f"/herd/{number}.png", f"{number}.png", 1, 1
    return Entry(f"{number:064}", *facts, {"age": number % 5})


def filled(place: Path, individuals: int) -> tuple[LocalDatabase, list[Entry], np.ndarray]:
    """A gallery, some of it removed and forgotten; what is left of it, with many equal vectors."""
    chance = np.random.default_rng(individuals)
    vectors = chance.integers(-1, 2, (IMAGES, SIZE)).astype(np.float32)
    vectors[:, 0] += 2 * (vectors == 0).all(axis=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    entries = [entry(number, individuals) for number in range(IMAGES)]
    database = LocalDatabase(place)
    database.create({"dimension": SIZE})
    database.add(entries, vectors, Action.now("add"))
    gone = [each for each in entries if int(each.key) % 11 == 0]
    changes = [Change(e.key, State(True, e.label), State(False, e.label)) for e in gone]
    database.change(changes, Action.now("remove"))
    database.forget([each.key for each in entries if int(each.key) % 13 == 5])
    left = [n for n in range(IMAGES) if n % 11 and n % 13 != 5]
    return LocalDatabase(place), [entries[n] for n in left], vectors[left]


def by_loops(entries, vectors, query, k, holds, rule):
    """Place, similarity and images of the individual, of the nearest and of the best of each."""
    there = [
        (float(np.float64(vector) @ query), each)
        for each, vector in zip(entries, vectors, strict=True)
        if holds(each) and each.key != rule.key and each.camera != rule.camera
    ]
    there.sort(key=lambda pair: (-round(pair[0], 6), pair[1].key))
    count = lambda name: sum(each.label == name for _, each in there) if name else 0  # noqa: E731
    best = {}
    for pair in there:
        if pair[1].label:
            best.setdefault(pair[1].label, pair)
    return [
        [(each.place, pytest.approx(value, abs=1e-6), count(each.label)) for value, each in side]
        for side in (there[:k], list(best.values())[:k])
    ]


def test_of_two_with_the_same_content_the_first_is_kept_whole(tmp_path):
    database = LocalDatabase(tmp_path / "herd.db")
    database.create({"dimension": 2})
    first, other = entry(1, 9), entry(2, 9)
    twin = other._replace(key=first.key)
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    assert database.add([first, twin, other], vectors, Action.now("add")) == 2
    assert database.entries() == [first, other]
    assert np.array_equal(database.vectors([first.key, other.key]), vectors[[0, 2]])


@pytest.mark.parametrize("individuals", [2, 40, 400])
def test_the_nearest_whichever_names_are_read(individuals, tmp_path):
    database, entries, vectors = filled(tmp_path / "herd.db", individuals)
    queries = np.random.default_rng(1).standard_normal((4, SIZE))
    queries[3] = vectors[20]
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    conditions = {
        (): lambda each: True,
        ("age > 2", "camera != c1"): lambda each: each.columns["age"] > 2 and each.camera != "c1",
    }
    own = [LeftOut(), LeftOut(entries[9].key), LeftOut(f"{11:064}"), LeftOut(entries[20].key)]
    cameras = [rule._replace(camera="c2") for rule in own]
    for rules in (own, cameras, own):
        for texts, holds in conditions.items():
            found = database.nearest(queries, 5, read_conditions(texts), rules)
            for query, rule, hits in zip(queries, rules, found, strict=True):
                said = [[(hit.place, hit.similarity, hit.images) for hit in side]
                        for side in hits]  # fmt: skip
                assert said == by_loops(entries, vectors, query, 5, holds, rule)


@pytest.mark.parametrize(
    ("individuals", "queries", "all_read"), [(2, 1, True), (400, 1, False), (400, 9, True)]
)
def test_no_names_are_read_but_those_of_near_images(individuals, queries, all_read, tmp_path):
    database, _, vectors = filled(tmp_path / "herd.db", individuals)
    database.nearest(vectors[:queries], 5, [], [LeftOut()] * queries)
    assert (database._rows[1].labels is not None) == all_read
    assert database._rows[1].cameras is None
