from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.individuals.check import (
    queries_without_match,
    retrieval_problems,
    retrieval_remarks,
    summarise_splits,
)
from elsewhere.data.sets.individuals.market import read_market


def table_of(*rows):
    """A table of (label, split[, camera])."""
    records = tuple(
        Record(f"{number}.jpg", label, split, camera=camera[0] if camera else None)
        for number, (label, split, *camera) in enumerate(rows)
    )
    return RecordTable(Path("set"), records, class_names_of(records))


def test_numbers_of_every_split(market):
    assert summarise_splits(read_market(market)) == (
        ("train", 4, 2, 3, 2, 2, 2),
        ("gallery", 3, 2, 3, 1, 1.5, 2),
        ("query", 2, 2, 2, 1, 1, 1),
    )


def test_queries_without_a_match_are_a_remark(market):
    assert retrieval_remarks(read_market(market)) == (
        "1 of 2 images of 'query' have no match in 'gallery', and take no part in the score",
    )
    assert retrieval_problems(read_market(market)) == ()


rows = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2", None])), max_size=8)


@given(query=rows, gallery=rows)
def test_matches_of_a_gallery_as_looked_for_one_by_one(query, gallery):
    asks = [Record("q", label, "query", camera=camera) for label, camera in query]
    searched = [Record("g", label, "gallery", camera=camera) for label, camera in gallery]
    expected = [
        q
        for q in asks
        if not any(
            g.label == q.label and (q.camera is None or g.camera != q.camera) for g in searched
        )
    ]
    assert queries_without_match(asks, searched) == expected


@given(pool=rows)
def test_matches_within_a_pool_as_looked_for_one_by_one(pool):
    records = [
        Record(str(n), label, "test", camera=camera) for n, (label, camera) in enumerate(pool)
    ]
    expected = [
        q
        for q in records
        if not any(
            g is not q and g.label == q.label and (q.camera is None or g.camera != q.camera)
            for g in records
        )
    ]
    assert queries_without_match(records, records) == expected


def test_training_identities_with_one_image_and_validation_identities_that_are_trained_on():
    train = [("a", "train"), ("a", "train"), ("b", "train")]
    table = table_of(*train, ("a", "val"), ("a", "val"), ("c", "val"), ("c", "val"))
    assert retrieval_remarks(table) == (
        "1 of 2 training identities have one image",
        "1 of 2 validation identities are trained on, so validation scores flatter",
    )
    assert retrieval_problems(table) == ()


def test_sets_that_can_only_be_tested():
    table = table_of(("a", "test-zoo"), ("a", "test-zoo"), ("b", "test-zoo"))
    assert retrieval_remarks(table) == (
        "no training images: the set can only be tested on",
        "1 of 3 images of 'test-zoo' have no match in the others, and take no part in the score",
    )
    assert retrieval_problems(table) == ()


def test_problems():
    one = table_of(("a", "train"), ("b", "train"))
    assert "each of the 2 training identities has one image" in retrieval_problems(one)[0]
    lonely = table_of(("a", "train"), ("a", "train"))
    assert "only one identity in train, 'a'" in retrieval_problems(lonely)[0]
    assert retrieval_problems(table_of(("a", "query-x"), ("a", "query-x"))) == (
        "split 'query-x' has no 'gallery-x' to search; add it",
    )
    assert retrieval_problems(table_of(("a", "gallery"))) == (
        "split 'gallery' has no 'query' that asks; add it",
    )


def test_a_test_in_which_nothing_can_be_found_is_a_problem():
    assert retrieval_problems(table_of(("a", "test"), ("b", "test"))) == (
        "none of the 2 images of 'test' has a match to be found; add images of the same identities",
    )
    table = table_of(("a", "query", "1"), ("a", "gallery", "1"), ("b", "gallery", "2"))
    assert retrieval_problems(table) == (
        "none of the 1 images of 'query' has a match to be found; add images of the same "
        "identities by another camera (or leave the cameras out)",
    )


def test_identities_in_train_and_test_are_a_problem():
    both = [("a", "train"), ("a", "train"), ("b", "train")]
    (line,) = retrieval_problems(table_of(*both, ("a", "test"), ("a", "test")))
    assert line.startswith("1 identities are in train and in the test: 'a'; move all images")


def test_a_pool_beside_queries_of_the_same_name_is_a_problem():
    rows = [(label, split) for split in ("test", "query", "gallery") for label in "aab"]
    assert retrieval_problems(table_of(*rows)) == (
        "split 'test' beside 'query'; name one of them otherwise, such as test-pool",
    )
    named = [(label, split.replace("test", "test-pool")) for label, split in rows]
    assert retrieval_problems(table_of(*named)) == ()
