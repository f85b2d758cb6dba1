import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.splitting import complete_splits, split_by_seed
from elsewhere.errors import DataError

SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=8).filter(lambda sizes: sum(sizes) >= 15)


def table(sizes: list[int], shuffled_by: int | None = None) -> RecordTable:
    records = [
        Record(f"{name}/{number}.png", str(name), "train")
        for name, size in enumerate(sizes)
        for number in range(size)
    ]
    names = class_names_of(records)
    if shuffled_by is not None:
        random.Random(shuffled_by).shuffle(records)
    return RecordTable(Path("birds"), tuple(records), names)


def by_path(birds: RecordTable) -> dict[str, str]:
    return {record.path: record.split for record in birds.records}


@settings(deadline=None)
@given(SIZES, st.floats(0.1, 0.45), st.floats(0.1, 0.45), st.integers(0, 2**40))
@example([1, 1, 1, 12], 0.25, 0.25, 0)
@example([1, 2, 12], 0.25, 0.25, 0)
def test_every_class_gives_its_share_and_keeps_one(
    sizes: list[int], val: float, test: float, seed: int
) -> None:
    try:
        drawn = split_by_seed(table(sizes), val, test, seed)
    except DataError:
        assert max(sizes) <= 3
        return
    counts = Counter((record.label, record.split) for record in drawn.records)
    for name, size in enumerate(sizes):
        in_train, in_val, in_test = (counts[str(name), s] for s in ("train", "val", "test"))
        assert in_train + in_val + in_test == size
        assert in_train >= 1
        assert in_test < test * size + 1
        assert in_val < val * size + 1
        if in_train > 1:  # Nothing was held back for training, so the share is whole.
            assert in_test > test * size - 1
            assert in_val > val * size - 1


@settings(deadline=None)
@given(st.lists(st.integers(10, 30), min_size=1, max_size=6), st.floats(0.1, 0.4))
def test_totals_are_the_rounded_fractions(sizes: list[int], fraction: float) -> None:
    drawn = split_by_seed(table(sizes), fraction, fraction, seed=3)
    counts = Counter(record.split for record in drawn.records)
    assert counts["val"] == counts["test"] == round(fraction * sum(sizes))


@settings(deadline=None)
@given(SIZES, st.integers(0, 9), st.integers(0, 9))
def test_the_order_of_files_changes_nothing(sizes: list[int], seed: int, shuffle: int) -> None:
    try:
        expected = by_path(split_by_seed(table(sizes), 0.2, 0.3, seed))
    except DataError:
        return
    assert by_path(split_by_seed(table(sizes, shuffle), 0.2, 0.3, seed)) == expected


def test_the_largest_remainders_are_rounded_up() -> None:
    for seed in range(5):
        drawn = split_by_seed(table([18, 12, 10, 13]), 0.0, 0.1, seed)
        counts = Counter(record.label for record in drawn.split("test").records)
        assert counts == {"0": 2, "1": 1, "2": 1, "3": 1}


def test_the_seed_chooses_and_the_rows_stay_in_place() -> None:
    birds = table([20, 20], shuffled_by=1)
    first, second = (split_by_seed(birds, 0.2, 0.2, seed) for seed in (0, 1))
    assert by_path(first) != by_path(second)
    assert [r.path for r in first.records] == [r.path for r in birds.records]


def test_the_draw_goes_by_digests_of_seed_and_path() -> None:
    drawn = by_path(split_by_seed(table([5, 5]), 0.2, 0.2, seed=7))
    for name in "01":
        paths = sorted(
            (f"{name}/{number}.png" for number in range(5)),
            key=lambda path: hashlib.sha256(f"7/{path}".encode()).hexdigest(),
        )
        assert [drawn[path] for path in paths] == ["test", "val", "train", "train", "train"]


@pytest.mark.parametrize(("val", "test"), [(0.5, 0.5), (-0.1, 0.2), (0.1, -0.2), (1.0, 0.0)])
def test_impossible_fractions(val: float, test: float) -> None:
    with pytest.raises(DataError, match="together below 1"):
        split_by_seed(table([9]), val, test)


def test_a_set_too_small_to_draw_from_says_so() -> None:
    with pytest.raises(DataError, match="too few images to draw split 'test'"):
        split_by_seed(table([1, 1, 1, 1, 1]), 0.2, 0.2)


def test_given_splits_are_kept() -> None:
    birds = table([20])
    records = (*birds.records, Record("x.png", "0", "test"))
    birds = RecordTable(birds.root, records, birds.class_names)
    with pytest.raises(DataError, match="split 'test' is given"):
        split_by_seed(birds, 0.1, 0.1)
    completed = complete_splits(birds, 0.1, 0.1, seed=0)
    counts = Counter(record.split for record in completed.records)
    assert counts == {"train": 18, "val": 2, "test": 1}
    assert complete_splits(completed, 0.1, 0.1, seed=0) is completed
    without_test = RecordTable(
        birds.root, tuple(r for r in completed.records if r.split != "test"), birds.class_names
    )
    assert complete_splits(without_test, 0.1, 0.1, seed=0) is without_test
