from pathlib import Path

import pytest

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.classes import CATEGORY_SETS, PUBLISHED_CLASSES, class_count_remarks
from elsewhere.errors import ConfigError


def table_of(classes, root=Path("set"), **splits):
    records = tuple(
        Record(f"{split}/{number}", str(number % classes), split)
        for split, images in splits.items()
        for number in range(images)
    )
    return RecordTable(root, records, class_names_of(records))


def test_every_named_set_has_published_counts():
    assert set(PUBLISHED_CLASSES) == set(CATEGORY_SETS)


@pytest.mark.parametrize(
    ("name", "classes", "splits"),
    [
        ("cub", 200, {"train": 5994, "test": 5794}),
        ("cars", 196, {"train": 8144, "test": 8041}),
        ("aircraft", 100, {"train": 6667, "test": 3333}),
        ("dogs", 120, {"train": 12000, "test": 8580}),
        ("nabirds", 555, {"train": 23929, "test": 48562 - 23929}),
        ("flowers", 102, {"train": 1020, "val": 1020, "test": 6149}),
    ],
)
def test_a_whole_copy_is_passed_in_silence(name, classes, splits):
    assert class_count_remarks(name, table_of(classes, **splits)) == ()


def test_validation_images_drawn_from_training_count_as_training():
    assert class_count_remarks("cub", table_of(200, train=5394, val=600, test=5794)) == ()
    (line,) = class_count_remarks("flowers", table_of(102, train=1020, val=1000, test=6149))
    assert line == "flowers: 1,000 validation images, published are 1,020"


def test_what_differs_is_said_plainly():
    assert class_count_remarks("cars", table_of(195, train=8144, test=8000)) == (
        "cars: 8,000 test images, published are 8,041",
        "cars: 195 classes with images, published are 196",
    )


def test_a_drawn_set_is_called_one(tmp_path):
    (tmp_path / "drawn.json").write_text("{}")
    assert class_count_remarks("cub", table_of(8, tmp_path, train=40, test=40)) == (
        "cub: a drawn set of 8 classes; the published one has 200, with 5,994 training and 5,794 "
        "test images",
    )


def test_only_published_sets_have_counts():
    with pytest.raises(ConfigError, match="'finches' is no published data set; these are cub, ca"):
        class_count_remarks("finches", table_of(2, train=2))
