import pytest

from elsewhere.data.records import Record, RecordTable
from elsewhere.data.sets.individuals.check import retrieval_problems
from elsewhere.data.sets.individuals.market import read_market
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.reading import merge_tables
from elsewhere.errors import DataError


@pytest.fixture
def both(market, tmp_path, jpeg):
    own = tmp_path / "own"
    jpeg(own, *(f"{split}/{name}/{i}.jpg" for split, names in
                {"train": ["0002", "0001"], "test": ["0003", "0007"]}.items()
                for name in names for i in range(2)))  # fmt: skip
    return {"market": read_market(market), "own": read_own(own, val=0.0)}


def test_nothing_of_one_set_is_taken_for_something_of_another(both, tmp_path):
    merged = merge_tables(both)
    assert merged.root == tmp_path
    assert len(merged) == 9 + 8
    assert all((merged.root / record.path).is_file() for record in merged.records)
    assert merged.records[0] == Record(
        "market-here/bounding_box_train/0002_c1s1_000451_03.jpg",
        "market/0002",
        "train",
        camera="market/1",
    )
    assert merged.splits == (
        "train",
        "gallery-market",
        "query-market",
        "test-own",
    )
    assert {r.label for r in merged.split("train").records} == {
        "market/0002",
        "market/0007",
        "own/0001",
        "own/0002",
    }
    assert retrieval_problems(merged) == ()


def test_distractors_are_never_trained_on(both):
    merged = merge_tables(both)
    assert {r.split for r in merged.records if r.label.endswith("/0000")} == {"gallery-market"}


def test_names_of_test_sets_stay_apart(tmp_path):
    records = (Record("a.jpg", "a", "test-night"), Record("b.jpg", "b", "val"))
    table = RecordTable(tmp_path / "zoo", records, ("a", "b"))
    merged = merge_tables({"zoo": table})
    assert merged.root == tmp_path / "zoo"
    assert [(r.path, r.split) for r in merged.records] == [
        ("a.jpg", "test-zoo-night"),
        ("b.jpg", "val"),
    ]


def test_paths_outside_the_common_folder_stay_whole(tmp_path):
    record = Record((tmp_path / "far.jpg").as_posix(), "a", "train")
    table = RecordTable(tmp_path / "zoo", (record,), ("a",))
    assert merge_tables({"zoo": table}).records[0].path == (tmp_path / "far.jpg").as_posix()


def test_nothing_to_merge():
    with pytest.raises(DataError, match="no data sets to merge"):
        merge_tables({})
