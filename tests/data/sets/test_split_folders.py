import pytest

from elsewhere.data.sets.split_folders import says_nothing, split_folders

TRAIN_TEST = [
    ("train", "test"),
    ("TRAIN", "TEST"),
    ("training", "testing"),
    ("Training Data", "Test Data"),
    ("train_set", "test-set"),
    ("trainset", "testset"),
    ("TrainSet", "TestSet"),
    ("train_images", "test_images"),
    ("imgs_train", "imgs_test"),
    ("seg_train", "seg_test"),
    ("birds-training", "birds-test"),
    ("trn", "tst"),
    ("training", "evaluation"),
]


@pytest.mark.parametrize("names", TRAIN_TEST)
def test_names_of_train_and_test(names):
    assert split_folders(names) == ["train", "test"]


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["train2017", "val2017"], ["train", "val"]),
        (["train", "valid_set", "test_night", "test"], ["train", "val", "test-night", "test"]),
        (["train", "query-b", "gallery-b"], ["train", "query-b", "gallery-b"]),
        (["training shoes", "running shoes"], [None, None]),
        (["seg_train", "seg_test", "seg_pred"], ["train", "test", None]),
        (["train_test", "wren"], [None, None]),
        (["trainspotting", "testament", "validate"], [None, None, None]),
        (["2021", "2022"], [None, None]),
    ],
)
def test_other_names(names, splits):
    assert split_folders(names) == splits


@pytest.mark.parametrize("name", ["images", "train", "Test Images", "DataSet"])
def test_names_that_say_nothing(name):
    assert says_nothing(name)
    assert not says_nothing(f"wren {name}")
