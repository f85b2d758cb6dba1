from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference.protocols import left_out

from elsewhere.data.junk import JunkRule
from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, QueryGallery, Trial
from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.errors import ConfigError, DataError


def table_of(records: list[Record]) -> RecordTable:
    return RecordTable(Path("set"), tuple(records), class_names_of(records))


def pool(counts: list[int]) -> RecordTable:
    return table_of(
        [
            Record(f"{identity}/{number}.jpg", str(identity), "test")
            for identity, count in enumerate(counts)
            for number in range(count)
        ]
    )


def paths(table: RecordTable, trial: Trial) -> tuple[list[str], list[str]]:
    names = [record.path for record in table.records]
    return [names[row] for row in trial.query], [names[row] for row in trial.gallery]


def test_query_and_gallery_are_the_sets_own():
    splits = ["gallery", "query-night", "test", "gallery", "query-night", "train"]
    table = table_of([Record(f"{n}.jpg", "a", split) for n, split in enumerate(splits)])
    (trial,) = QueryGallery().trials(table, 0)
    assert paths(table, trial) == (["1.jpg", "4.jpg"], ["0.jpg", "3.jpg"])
    assert trial.junk.shape == (0, 2)


def test_queries_without_a_gallery_are_refused():
    with pytest.raises(DataError, match="set: no images in split 'gallery'; its splits: query"):
        QueryGallery().trials(table_of([Record("a.jpg", "a", "query")]), 0)
    with pytest.raises(DataError, match="split 'query'; its splits: none"):
        QueryGallery().trials(table_of([]), 0)


def test_each_asks_all_others():
    table = pool([2, 1])
    (trial,) = EachAgainstRest().trials(table, 0)
    assert trial.query.tolist() == trial.gallery.tolist() == [0, 1, 2]
    assert trial.junk.tolist() == [[0, 0], [1, 1], [2, 2]]
    with pytest.raises(DataError, match="1 image to test with"):
        EachAgainstRest().trials(pool([1]), 0)


def test_junk_is_added_to_itself():
    records = [
        Record(f"{n}.jpg", f"{n % 3}", "test", attributes={"animal": str(n % 2), "no": str(n)})
        for n in range(9)
    ]
    rule = JunkRule("animal", "no", 2)
    (trial,) = EachAgainstRest(rule).trials(table_of(records), 0)
    pairs = [(query, gallery) for query, gallery in trial.junk.tolist()]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == left_out(records, "animal", "no", 2) | {(n, n) for n in range(9)}


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6).filter(lambda counts: max(counts) > 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 5),
)
def test_k_of_each_identity_are_drawn_and_the_rest_asks(counts, k, draws, seed):
    table = pool(counts)
    trials = KPerIdentity(k, draws).trials(table, seed)
    assert len(trials) == draws
    for trial in trials:
        query, gallery = trial.query.tolist(), trial.gallery.tolist()
        assert sorted(query + gallery) == list(range(len(table)))
        assert (query, gallery) == (sorted(query), sorted(gallery))
        for identity, count in enumerate(counts):
            drawn = [row for row in gallery if table.records[row].label == str(identity)]
            assert len(drawn) == min(k, count)
        assert trial.junk.shape == (0, 2)
    turned = KPerIdentity(k, draws, "query").trials(table, seed)
    for trial, other in zip(trials, turned, strict=True):
        assert trial.query.tolist() == other.gallery.tolist()
        assert trial.gallery.tolist() == other.query.tolist()


def test_draws_depend_on_seed_and_paths_alone():
    table = pool([5, 4, 6])
    backwards = table_of(list(table.records[::-1]))
    trials = KPerIdentity(1, 4).trials(table, 3)
    for trial, other in zip(trials, KPerIdentity(1, 4).trials(backwards, 3), strict=True):
        assert [set(side) for side in paths(table, trial)] == [
            set(side) for side in paths(backwards, other)
        ]
    again = KPerIdentity(1, 2).trials(table, 3)
    assert [trial.gallery.tolist() for trial in again] == [t.gallery.tolist() for t in trials[:2]]
    different = [t.gallery.tolist() for t in trials + KPerIdentity(1, 4).trials(table, 4)]
    assert len({tuple(gallery) for gallery in different}) > 4


def test_every_image_of_an_identity_is_drawn_equally_often():
    trials = KPerIdentity(2, 1000).trials(pool([5, 3]), 0)
    times = [0] * 8
    for trial in trials:
        for row in trial.gallery.tolist():
            times[row] += 1
    # 1,000 draws with probability 2/5 and 2/3: five standard deviations are 78
    assert all(abs(count - 400) < 80 for count in times[:5])
    assert all(abs(count - 667) < 80 for count in times[5:])


def test_draws_are_the_same_on_every_machine():
    # Written down once: were they to change, older results could not be met.
    trials = KPerIdentity(1, 3).trials(pool([4, 4]), 0)
    assert [trial.gallery.tolist() for trial in trials] == [[2, 6], [1, 7], [2, 7]]


def test_a_draw_that_leaves_nothing_is_refused():
    with pytest.raises(DataError, match="no identity has more than 2 test images"):
        KPerIdentity(2).trials(pool([2, 1]), 0)
    for arguments in ((0, 1), (1, 0)):
        with pytest.raises(ConfigError, match="at least 1 each"):
            KPerIdentity(*arguments)


def test_names_tell_protocols_apart():
    rule = JunkRule("individual", "photo_no")
    names = {
        QueryGallery(): "query-gallery, other cameras",
        QueryGallery(cameras=False): "query-gallery",
        EachAgainstRest(): "each-against-rest",
        EachAgainstRest(cameras=True): "each-against-rest, other cameras",
        EachAgainstRest(rule): "each-against-rest, individual as junk, without photo_no within 1",
        KPerIdentity(): "k-per-identity, 1 in the gallery, 10 draws",
        KPerIdentity(draws=1): "k-per-identity, 1 in the gallery, 1 draw",
        KPerIdentity(drawn="query"): (
            "k-per-identity, 1 as query, 10 draws (reverse of VehicleID's)"
        ),
    }
    assert {protocol: protocol.name for protocol in names} == names
    assert [protocol.uses_cameras for protocol in names] == [
        True, False, False, True, False, False, False, False,
    ]  # fmt: skip
