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


@pytest.mark.parametrize(
    ("names", "loose", "splits"),
    [
        (["train", "test-1"], [], ["train", "test-1"]),
        (["test-0001"], ["test-0001"], [None]),
        (["test-0001"], [], [None]),
        (["test-night"], [], ["test-night"]),
        (["test-0001", "test-0002"], [], [None, None]),
        (["test-0001", "train-7", "query2"], [], [None, None, None]),
        (["train-1", "test-1", "train-2", "test-2"], [], [None] * 4),
        (["train-7", "test-7", "wren"], ["train-7", "test-7", "wren"], [None] * 3),
        (["train2017", "val2017", "annotations"], [], ["train", "val", None]),
        (["train2017", "val2017"], ["train2017", "val2017"], ["train", "val"]),
        (["test-0001", "query-0002"], ["test-0001", "query-0002"], [None, None]),
        (["query-b", "gallery-b"], [], ["query-b", "gallery-b"]),
        (["Ada", "Dev", "Val"], ["Ada", "Dev", "Val"], [None, None, None]),
        (["val", "trn"], [], ["val", "train"]),
        (["Ada", "query", "test-0001"], ["Ada", "test-0001"], [None, "query", None]),
        (["query", "gallery", "test-x"], ["query", "gallery", "test-x"],
         ["query", "gallery", "test-x"]),
    ],
)  # fmt: skip
def test_what_individuals_are_called_too(names, loose, splits):
    assert split_folders(names, loose) == splits


@pytest.mark.parametrize("name", ["images", "train", "Test Images", "DataSet"])
def test_names_that_say_nothing(name):
    assert says_nothing(name)
    assert not says_nothing(f"wren {name}")
