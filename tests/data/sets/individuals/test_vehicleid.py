import pytest

from elsewhere.data.sets.individuals.vehicles import read_vehicleid
from elsewhere.errors import DataError


@pytest.fixture
def vehicleid(tmp_path, jpeg):
    root = tmp_path / "VehicleID"
    jpeg(root / "image", *(f"{number:07d}.jpg" for number in range(1, 9)))
    lists = root / "train_test_split"
    lists.mkdir()
    (lists / "train_list.txt").write_text("0000001 10\n0000002 10\n0000003 9\n")
    (lists / "test_list_800.txt").write_text("0000004 20\n0000005 20\n0000006 21\n")
    (lists / "test_list_1600.txt").write_text("0000004 20\n0000007 22\n0000008 22\n")
    return root


def test_train_and_one_pool_without_cameras(vehicleid):
    table = read_vehicleid(vehicleid)
    assert [(r.path, r.label, r.split, r.camera) for r in table.records] == [
        ("image/0000001.jpg", "0010", "train", None),
        ("image/0000002.jpg", "0010", "train", None),
        ("image/0000003.jpg", "0009", "train", None),
        ("image/0000004.jpg", "0020", "test", None),
        ("image/0000005.jpg", "0020", "test", None),
        ("image/0000006.jpg", "0021", "test", None),
    ]
    # labels for training count sorted identities, as the published readers do
    assert table.class_names[:2] == ("0009", "0010")


def test_each_size_has_its_list(vehicleid):
    large = read_vehicleid(vehicleid.parent, 1600)
    assert [r.label for r in large.split("test").records] == ["0020", "0022", "0022"]
    with pytest.raises(DataError, match=r"test_list_2400.txt: No such file"):
        read_vehicleid(vehicleid, 2400)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0000001", r"train_list.txt:1: '0000001' is not a name, a space and an identity's"),
        ("0000001 ten", r"train_list.txt:1: '0000001 ten' is not a name"),
        ("0000001 1\n0000001 2", r"train_list.txt:2: '0000001' is listed before"),
        ("0000001 1\n99 1\n98 1", r"train_list.txt:2: 2 of 3 listed .*'image/99.jpg', 'image/98"),
    ],
)
def test_bad_lines(vehicleid, text, message):
    (vehicleid / "train_test_split" / "train_list.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_vehicleid(vehicleid)


def test_lists_that_are_no_text(vehicleid):
    (vehicleid / "train_test_split" / "train_list.txt").write_bytes(b"\xff1\x00")
    with pytest.raises(DataError, match=r"train_list.txt: not a text in UTF-8"):
        read_vehicleid(vehicleid)
