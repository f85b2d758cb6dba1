import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.splitting import split_identities
from elsewhere.errors import DataError


def table_of(counts, cameras=None):
    """A table with so many training images of each identity."""
    records = tuple(
        Record(f"{label}/{n}.jpg", label, "train", camera=cameras and cameras[n % len(cameras)])
        for label, count in counts.items()
        for n in range(count)
    )
    return RecordTable(Path("set"), records, class_names_of(records))


def sides(table):
    """The splits in which each identity occurs."""
    found = {}
    for record in table.records:
        found.setdefault(record.label, set()).add(record.split)
    return found


@given(
    counts=st.lists(st.integers(1, 4), min_size=8, max_size=24).filter(
        lambda c: sum(n > 1 for n in c) >= 5
    ),
    val=st.sampled_from([0.0, 0.1, 0.25]),
    test=st.sampled_from([0.0, 0.2, 0.5]),
    seed=st.integers(0, 99),
)
def test_each_identity_is_on_one_side_and_shares_are_kept(counts, val, test, seed):
    table = table_of({f"id{n}": count for n, count in enumerate(counts)})
    drawn = split_identities(table, val, test, seed)
    found = sides(drawn)
    assert all(len(splits) == 1 for splits in found.values())
    assert [r._replace(split="train") for r in drawn.records] == list(table.records)
    sizes = Counter(split for splits in found.values() for split in splits)
    for name, share in (("val", val), ("test", test)):
        assert sizes[name] == (max(2, round(share * len(counts))) if share else 0)
        images = Counter(r.label for r in drawn.records if r.split == name).values()
        assert sum(count > 1 for count in images) >= (2 if share else 0)
    assert sizes["train"] >= 2
    left = Counter(r.label for r in drawn.records if r.split == "train").values()
    assert max(left) > 1


def test_the_draw_depends_on_the_seed_and_not_on_the_order():
    table = table_of({f"id{n}": 1 + n % 3 for n in range(30)})
    mixed = list(table.records)
    random.Random(1).shuffle(mixed)
    first = sides(split_identities(table, seed=3))
    assert sides(split_identities(replace(table, records=tuple(mixed)), seed=3)) == first
    assert sides(split_identities(table, seed=4)) != first


def test_more_images_of_an_identity_do_not_change_the_draw():
    table = table_of({f"id{n}": 2 for n in range(30)})
    more = table_of({f"id{n}": 2 + n % 5 for n in range(30)})
    assert sides(split_identities(table)) == sides(split_identities(more))


def test_labels_of_one_individual_stay_together():
    labels = {f"{n} {side}": str(n) for n in range(20) for side in ("left", "right")}
    table = table_of(dict.fromkeys(labels, 2))
    drawn = split_identities(table, 0.1, 0.2, individuals=labels)
    where = sides(drawn)
    assert all(where[f"{n} left"] == where[f"{n} right"] for n in range(20))
    assert Counter(r.split for r in drawn.records) == {"train": 56, "test": 16, "val": 8}


def test_with_cameras_an_identity_of_one_camera_cannot_be_found_again():
    records = [
        Record(f"{n}/{i}.jpg", str(n), "train", camera=str(i if n in (3, 8) else 0))
        for n in range(12)
        for i in range(2)
    ]
    table = RecordTable(Path("set"), tuple(records), class_names_of(records))
    for seed in range(5):
        drawn = split_identities(table, 0.0, 0.2, seed)
        assert {"3", "8"} == {r.label for r in drawn.split("test").records}
    with pytest.raises(DataError, match="there are 12, 2 of them with two; add images"):
        split_identities(table, 0.1, 0.2)


def test_everything_can_be_tested_on():
    table = table_of({"a": 2, "b": 2, "c": 1})
    assert {r.split for r in split_identities(table, 0.0, 1.0).records} == {"test"}


def test_too_few_identities_are_told():
    with pytest.raises(DataError, match=r"'test' at share 0.2 and split 'val' at share 0.1: each"):
        split_identities(table_of({"a": 2, "b": 2, "c": 2, "d": 2, "e": 2}), 0.1, 0.2)
    with pytest.raises(DataError, match=r"split 'test' .* there are 9, 1 of them with two"):
        split_identities(table_of({"a": 2} | {f"one{n}": 1 for n in range(8)}), 0.0, 0.2)


@pytest.mark.parametrize(("val", "test"), [(-0.1, 0.2), (0.6, 0.6), (float("nan"), 0.1)])
def test_shares_that_are_none(val, test):
    with pytest.raises(DataError, match="each ≥ 0, together at most 1"):
        split_identities(table_of({"a": 2, "b": 2}), val, test)


def test_a_given_split_is_not_drawn_again():
    table = table_of({f"id{n}": 2 for n in range(9)})
    given_test = replace(table, records=(table.records[0]._replace(split="test"),))
    with pytest.raises(DataError, match="split 'test' is given; set its share to 0"):
        split_identities(given_test, 0.0, 0.2)


@pytest.mark.parametrize("count", [7, 8, 9])
def test_two_halves_of_any_number_fit(count):
    drawn = split_identities(table_of({f"id{n}": 2 for n in range(count)}), 0.5, 0.5, 0)
    found = Counter(split for splits in sides(drawn).values() for split in splits)
    assert sorted(found.values()) == [count // 2, (count + 1) // 2]
    with pytest.raises(DataError, match="too few identities"):
        split_identities(table_of({f"id{n}": 2 for n in range(3)}), 0.5, 0.5, 0)
