import pytest

from elsewhere.data.records import Record
from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.errors import DataError

AIRCRAFT = {
    "data/images/0034309.jpg": None,
    "data/images/0034958.jpg": None,
    "data/images/1025794.jpg": None,
    "data/variants.txt": "F/A-18\n707-320\nDash 8\n",
    "data/images_variant_train.txt": "1025794 707-320\n",
    "data/images_variant_trainval.txt": "1025794 707-320\n0034958 F/A-18\n",
    "data/images_variant_test.txt": "0034309 Dash 8\n",
    "data/images_box.txt": "0034309 1 1 40 30\n0034958 3 4 20 10\n1025794 2 2 2 3\n",
}


@pytest.fixture
def aircraft(lay, tmp_path):
    return lay(tmp_path / "fgvc-aircraft-2013b", AIRCRAFT)


@pytest.mark.parametrize("given", ["..", ".", "data"])
def test_records_say_what_the_lists_say(aircraft, given):
    table = read_aircraft(aircraft / given)
    assert table.class_names == ("F/A-18", "707-320", "Dash 8")
    assert table.root.resolve() == aircraft
    # pixels are counted from 1 in the lists, and both ends are inside
    assert table.records == (
        Record("data/images/1025794.jpg", "707-320", "train", (1, 1, 2, 3)),
        Record("data/images/0034958.jpg", "F/A-18", "train", (2, 3, 20, 10)),
        Record("data/images/0034309.jpg", "Dash 8", "test", (0, 0, 40, 30)),
    )


def test_boxes_may_be_missing(aircraft):
    (aircraft / "data" / "images_box.txt").unlink()
    assert {record.box for record in read_aircraft(aircraft).records} == {None}


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("images_variant_test.txt", "0034309 Dash 9\n", "test.txt:1: 'Dash 9' is not in variants"),
        ("images_variant_test.txt", "0034310 Dash 8\n", "1 of 3 listed images are not in"),
        ("images_box.txt", "0034309 1 1 40\n", "images_box.txt:1: '1 1 40' is not a box of four"),
    ],
)
def test_lists_that_do_not_fit_are_named(aircraft, file, text, message):
    (aircraft / "data" / file).write_text(text)
    with pytest.raises(DataError, match=message):
        read_aircraft(aircraft)


def test_a_set_that_is_not_whole(aircraft, tmp_path):
    (aircraft / "data" / "images_variant_test.txt").unlink()
    with pytest.raises(DataError, match=r"FGVC-Aircraft lacks 'data/images_variant_test.txt'"):
        read_aircraft(tmp_path)


def test_the_folder_of_the_lists_may_be_where_one_stands(aircraft, monkeypatch):
    monkeypatch.chdir(aircraft / "data")
    assert len(read_aircraft(".")) == len(read_aircraft(aircraft))
