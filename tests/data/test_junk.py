from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference.protocols import left_out

from elsewhere.data.junk import JunkRule
from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.errors import ConfigError, DataError


def table_of(records: list[Record]) -> RecordTable:
    return RecordTable(Path("set"), tuple(records), class_names_of(records))


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("lr"), st.integers(-2, 12)), min_size=1
)


def animals(rows: list[tuple[int, str, int]]) -> RecordTable:
    return table_of(
        [
            Record(
                f"{at}.jpg",
                f"{animal} {side}",
                "test",
                attributes={"individual": str(animal), "photo_no": str(number)},
            )
            for at, (animal, side, number) in enumerate(rows)
        ]
    )


@given(
    ROWS,
    st.sampled_from([("individual", None), (None, "photo_no"), ("individual", "photo_no")]),
    st.sampled_from([0, 1, 2.5]),
)
def test_pairs_are_those_found_one_by_one(rows, attributes, within):
    table = animals(rows)
    shared, adjacent = attributes
    pairs = JunkRule(shared, adjacent, within).pairs(table).tolist()
    expected = left_out(table.records, shared, adjacent, within)
    assert len(pairs) == len(expected)
    assert {(query, gallery) for query, gallery in pairs} == expected


def test_thousands_of_images_need_no_square_of_them():
    records = [
        Record(f"{n}", str(n % 997), "test", attributes={"animal": str(n % 400), "no": str(n)})
        for n in range(10_000)
    ]
    pairs = JunkRule("animal", "no", 1).pairs(table_of(records))
    # 25 images an animal, each with another label; neighbours are never of the same animal
    assert len(pairs) == 10_000 * 24 + 2 * 9_999


def test_names_say_what_is_left_out():
    assert JunkRule("individual").name == "individual as junk"
    assert JunkRule(adjacent="photo_no", within=2).name == "without photo_no within 2"
    assert JunkRule("a", "b").name == "a as junk, without b within 1"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, "no 'photo_no' is given.* its attributes: none"),
        ({"photo_no": " ", "side": "l"}, "no 'photo_no' is given.* attributes: photo_no, side"),
        ({"photo_no": "IMG_12"}, "photo_no is 'IMG_12', no number"),
        ({"photo_no": "nan"}, "no number"),
    ],
)
def test_an_attribute_that_cannot_be_used_names_its_image(attributes, said):
    good = Record("a.jpg", "a", "test", attributes={"photo_no": "1"})
    table = table_of([good, Record("b.jpg", "a", "test", attributes=attributes)])
    with pytest.raises(DataError, match=f"^set/b.jpg: .*{said}"):
        JunkRule(adjacent="photo_no").pairs(table)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "set shared, adjacent or both"),
        ({"adjacent": "no", "within": -1}, "within=-1: 0 or more"),
        ({"adjacent": "no", "within": float("nan")}, "0 or more"),
    ],
)
def test_bad_rules_say_what_is_wrong(arguments, said):
    with pytest.raises(ConfigError, match=said):
        JunkRule(**arguments)
