from pathlib import Path

import pytest

from elsewhere.data.records import (
    Record,
    RecordTable,
    class_names_of,
    enumerate_names,
    name_fault,
    require_training_images,
    split_name,
)
from elsewhere.errors import DataError

ROOT = Path("birds")


def table(*records: Record, names: tuple[str, ...] | None = None) -> RecordTable:
    return RecordTable(ROOT, records, class_names_of(records) if names is None else names)


def test_a_table_knows_its_splits_and_labels_in_order() -> None:
    birds = table(
        Record("a.png", "wren", "test-unbiased"),
        Record("b.png", "finch", "test"),
        Record("c.png", "wren", "train"),
        Record("d.png", "tit", "val"),
    )
    assert len(birds) == 4
    assert birds.class_names == ("finch", "tit", "wren")
    assert birds.labels == [2, 0, 2, 1]
    assert birds.splits == ("train", "val", "test", "test-unbiased")
    one = birds.split("test")
    assert [record.path for record in one.records] == ["b.png"]
    assert one.class_names == birds.class_names
    with pytest.raises(DataError, match=r"no images in split 'test-night'.*train, val, test"):
        birds.split("test-night")


def test_numeric_labels_are_ordered_as_numbers() -> None:
    assert class_names_of(Record(f"{n}", n, "train") for n in ("10", "9", "0")) == ("0", "9", "10")
    assert class_names_of(Record(n, n, "train") for n in ("10", "9", "b")) == ("10", "9", "b")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (Record("b.png", "wren", "train", (5, 5, 5, 9)), "no area"),
        (Record("b.png", "wren", "train", (5, 9, 8, 5)), "no area"),
        (Record("b.png", "wren", "train", (float("nan"), 0, 8, 5)), "no area"),
        (Record("b.png", "wren", "trian"), "split 'trian' is not train, val, test"),
        (Record("b.png", "eagle", "train"), "label 'eagle' is not among the 1 classes"),
        (Record("a.png", "wren", "train"), "twice in split 'train'"),
    ],
)
def test_a_table_refuses_contradictions(record: Record, message: str) -> None:
    with pytest.raises(DataError, match=message):
        table(Record("a.png", "wren", "train"), record, names=("wren",))


def test_a_path_may_be_in_two_splits_but_a_class_name_not_twice() -> None:
    assert len(table(Record("a.png", "wren", "train"), Record("a.png", "wren", "test"))) == 2
    with pytest.raises(DataError, match="class names appear twice: 'wren'"):
        table(Record("a.png", "wren", "train"), names=("wren", "wren"))


def test_classes_without_training_images_are_named() -> None:
    birds = table(Record("a.png", "wren", "train"), Record("b.png", "kite", "test"))
    with pytest.raises(DataError, match=r"1 of 2 classes have images, but none in train: 'kite'"):
        require_training_images(birds)
    birds = table(Record("a.png", "wren", "train"), names=("wren", "owl"))
    with pytest.raises(DataError, match=r"1 of 2 classes have no image: 'owl'"):
        require_training_images(birds)
    require_training_images(table(Record("a.png", "wren", "train")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Train", "train"),
        ("valid", "val"),
        (" Validation ", "val"),
        ("test_unbiased", "test-unbiased"),
        ("test-night", "test-night"),
        ("testing", "test"),
        ("test-", None),
        ("tests", None),
        ("wren", None),
        ("", None),
    ],
)
def test_common_spellings_of_splits(text: str, name: str | None) -> None:
    assert split_name(text) == name


def test_long_enumerations_are_cut() -> None:
    assert enumerate_names("abc", most=2) == "'a', 'b' and 1 more"
    assert enumerate_names("ab", most=2) == "'a', 'b'"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (b"b\xe4r".decode("utf-8", "surrogateescape"), r"'b\\udce4r' is no UTF-8; rename it, or"),
        ("blue\ntit", r"'blue\\ntit' has a line break; rename it$"),
        ("blue\u2028tit", "has a line break"),
        ("blue\ttit", r"has the sign U\+0009"),
        ("\x1b[2J", r"has the sign U\+001B"),
        ("tit\x80", r"has the sign U\+0080"),
        (" ", "' ' is blank"),
    ],
)
def test_class_names_that_are_not_one_line_of_text(name: str, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        table(Record("a.png", name, "train"))


def test_names_of_any_script_are_names() -> None:
    for name in ("Grünfink", "نمی\u200cدانم", "ヤマガラ", "a\u00a0b", "🐦"):
        assert name_fault(name) is None
