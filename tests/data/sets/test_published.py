from pathlib import Path

import pytest

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.classes.reading import CATEGORY_SETS
from elsewhere.data.sets.individuals.market import read_market
from elsewhere.data.sets.individuals.reading import SET_NAMES
from elsewhere.data.sets.published import PUBLISHED, count_remarks
from elsewhere.errors import ConfigError


def table_of(cameras, **splits):
    """A table with so many images and identities in each split; train's are not the test's."""
    records = []
    for split, (images, identities) in splits.items():
        side = "a" if split in ("train", "val") else "b"
        records += [
            Record(
                f"{split}/{number}",
                f"{side}{number % identities}",
                split,
                camera=str(number % cameras) if cameras else None,
            )
            for number in range(images)
        ]
    return RecordTable(Path("set"), tuple(records), class_names_of(records))


def test_every_named_set_has_published_counts():
    assert set(PUBLISHED) == {*SET_NAMES, *CATEGORY_SETS}
    of_classes = {name for name, published in PUBLISHED.items() if published.classes is not None}
    assert of_classes == set(CATEGORY_SETS)


@pytest.mark.parametrize(
    ("name", "cameras", "splits"),
    [
        ("market", 6, {"train": (12936, 751), "query": (3368, 750), "gallery": (15913, 751)}),
        ("duke", 8, {"train": (16522, 702), "query": (2228, 702), "gallery": (17661, 1110)}),
        ("msmt17", 15, {"train": (30248, 1041), "query": (11659, 3060), "gallery": (82161, 3060)}),
        ("veri", 20, {"train": (37778, 576), "query": (1678, 200), "gallery": (11579, 200)}),
        ("vehicleid-800", 0, {"train": (113346, 13164), "test": (6493, 800)}),
        ("vehicleid-1600", 0, {"train": (113346, 13164), "test": (13377, 1600)}),
        ("vehicleid-2400", 0, {"train": (113346, 13164), "test": (19777, 2400)}),
    ],
)
def test_a_whole_copy_is_passed_in_silence(name, cameras, splits):
    assert count_remarks(name, table_of(cameras, **splits)) == ()


def test_identities_held_out_of_training_still_count_as_published():
    splits = {"train": (12000, 700), "val": (936, 751), "query": (3368, 750)}
    remarks = count_remarks("market", table_of(6, **splits, gallery=(15913, 751)))
    assert remarks == ()


def test_what_differs_is_said_plainly_with_the_number_that_the_paper_prints():
    table = table_of(6, train=(12930, 751), query=(3368, 749), gallery=(19732, 751))
    assert count_remarks("market", table) == (
        "market: 12,930 training images, published are 12,936 (the paper prints 12,968)",
        "market: 749 query identities, published are 750",
        "market: 19,732 gallery images, published are 15,913 (19,732 with junk; the distractors "
        "count as one more)",
    )
    table = table_of(20, train=(37778, 576), query=(1678, 200), gallery=(11587, 200))
    assert count_remarks("veri", table) == (
        "veri: 11,587 gallery images, published are 11,579 (a table of the paper prints 11,587)",
    )


def test_validation_images_of_msmt17_are_recognised():
    splits = {"train": (32621, 1041), "query": (11659, 3060), "gallery": (82161, 3060)}
    (line,) = count_remarks("msmt17-v2", table_of(15, **splits))
    assert line == (
        "msmt17-v2: 32,621 training images, published are 30,248 (the validation list's 2,373 are "
        "among them, the paper trains without)"
    )


def test_a_small_copy_differs_in_everything_and_is_no_error(market):
    remarks = count_remarks("market", read_market(market))
    assert "market: 4 training images, published are 12,936 (the paper prints 12,968)" in remarks
    assert "market: 2 training identities, published are 751" in remarks
    assert "market: 5 cameras, published are 6" in remarks
    assert len(remarks) == 7


def test_only_published_sets_have_counts(market):
    with pytest.raises(
        ConfigError, match=r"'nyala' is no published data set; these are cub, ca.*market, "
    ):
        count_remarks("nyala", read_market(market))


def classes_table(classes, root=Path("set"), **splits):
    records = tuple(
        Record(f"{split}/{number}", str(number % classes), split)
        for split, images in splits.items()
        for number in range(images)
    )
    return RecordTable(root, records, class_names_of(records))


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
def test_a_whole_copy_of_classes_is_passed_in_silence(name, classes, splits):
    assert count_remarks(name, classes_table(classes, **splits)) == ()


def test_validation_images_drawn_from_training_count_as_training():
    assert count_remarks("cub", classes_table(200, train=5394, val=600, test=5794)) == ()
    (line,) = count_remarks("flowers", classes_table(102, train=1020, val=1000, test=6149))
    assert line == "flowers: 1,000 validation images, published are 1,020"


def test_what_differs_of_classes_is_said_plainly():
    assert count_remarks("cars", classes_table(195, train=8144, test=8000)) == (
        "cars: 8,000 test images, published are 8,041",
        "cars: 195 classes with images, published are 196",
    )


def test_a_drawn_set_is_called_one(tmp_path):
    (tmp_path / "drawn.json").write_text("{}")
    assert count_remarks("cub", classes_table(8, tmp_path, train=40, test=40)) == (
        "cub: a drawn set of 8 classes; the published one has 200, with 5,994 training and 5,794 "
        "test images",
    )


def test_only_published_sets_have_counts_of_classes():
    with pytest.raises(ConfigError, match="'finches' is no published data set; these are cub, ca"):
        count_remarks("finches", classes_table(2, train=2))
