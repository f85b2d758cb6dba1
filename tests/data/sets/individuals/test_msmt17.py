import pytest

from elsewhere.data.sets.individuals.msmt17 import read_msmt17
from elsewhere.errors import DataError

TRAIN = ["0000/0000_000_01_0303morning_0008_0.jpg", "0000/0000_001_15_0302noon_0100_1.jpg"]
VAL = ["0000/0000_002_03_0303afternoon_0200_0.jpg"]
QUERY = ["0000/0000_000_05_0303noon_0009_2.jpg"]
GALLERY = ["0000/0000_001_06_0303noon_0011_0.jpg", "0001/0001_000_05_0303noon_0012_0.jpg"]


def lines(names):
    return "".join(f"{name} {int(name.split('/')[0])}\n" for name in names)


@pytest.fixture(params=[1, 2])
def version(request):
    return request.param


@pytest.fixture
def msmt17(tmp_path, jpeg, version):
    root = tmp_path / f"MSMT17_V{version}"
    train, test = {1: ("train", "test"), 2: ("mask_train_v2", "mask_test_v2")}[version]
    jpeg(root / train, *TRAIN, *VAL)
    jpeg(root / test, *QUERY, *GALLERY)
    for name, files in [("train", TRAIN), ("val", VAL), ("query", QUERY), ("gallery", GALLERY)]:
        (root / f"list_{name}.txt").write_text(lines(files))
    return root


def test_identities_of_the_test_are_others_though_their_numbers_restart(msmt17, version):
    table = read_msmt17(msmt17)
    train = {1: "train", 2: "mask_train_v2"}[version]
    assert table.records[0].path == f"{train}/{TRAIN[0]}"
    assert [(r.label, r.split, r.camera) for r in table.records] == [
        ("0000", "train", "1"),
        ("0000", "train", "15"),
        ("test 0000", "query", "5"),
        ("test 0000", "gallery", "6"),
        ("test 0001", "gallery", "5"),
    ]
    assert table.class_names == ("0000", "test 0000", "test 0001")


def test_validation_images_are_left_out_or_trained_on(msmt17):
    added = read_msmt17(msmt17.parent, validation="train")
    assert len(added) == len(read_msmt17(msmt17)) + 1
    assert [(r.label, r.camera) for r in added.split("train").records][-1] == ("0000", "3")


def test_a_version_that_is_not_there(msmt17, version):
    assert read_msmt17(msmt17, version).records == read_msmt17(msmt17).records
    with pytest.raises(DataError, match="MSMT17 lacks its image folders; expected are"):
        read_msmt17(msmt17, 3 - version)


def test_two_versions_ask_for_a_choice(msmt17, version, jpeg):
    other = {2: ("train", "test"), 1: ("mask_train_v2", "mask_test_v2")}[version]
    for folder, names in zip(other, ([*TRAIN, *VAL], [*QUERY, *GALLERY]), strict=True):
        jpeg(msmt17 / folder, *names)
    with pytest.raises(DataError, match="both versions of MSMT17 lie here; say version 1 or 2"):
        read_msmt17(msmt17)
    assert {r.path.split("/")[0] for r in read_msmt17(msmt17, 2).records} == {
        "mask_train_v2",
        "mask_test_v2",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"list_query.txt: the list is empty"),
        ("\n0000/x.jpg\n", r"list_query.txt:2: '0000/x.jpg' is not a name, a space and"),
        ("0000/x.jpg -1", r"list_query.txt:1: '0000/x.jpg -1' is not a name"),
        ("0000/x.jpg 0", r"list_query.txt: 1 of 1 images are not named like 0000/0000_000_01_"),
        (
            f"{QUERY[0]} 0\n{QUERY[0]} 0",
            r"list_query.txt:2: '0000/0000_000_05.*is listed before, in .*list_query.txt:1; keep",
        ),
        (
            f"{QUERY[0]} 0\n\n0009/0009_000_05_x_1_0.jpg 9",
            r"list_query.txt:3: 1 of 2 listed images are not in .*'.*/0009/0009_000_05_x_1_0.jpg'",
        ),
    ],
)
def test_bad_lists(msmt17, text, message):
    (msmt17 / "list_query.txt").write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read_msmt17(msmt17)
    assert "\n" not in str(caught.value)


def test_missing_lists(msmt17):
    (msmt17 / "list_val.txt").unlink()
    assert len(read_msmt17(msmt17)) == 5
    with pytest.raises(DataError, match=r"list_val.txt: No such file"):
        read_msmt17(msmt17, validation="train")
    (msmt17 / "list_query.txt").unlink()
    with pytest.raises(DataError, match=r"MSMT17 lacks 'list_query.txt'"):
        read_msmt17(msmt17)


def test_one_version_beside_the_other_in_one_folder(tmp_path, jpeg):
    for name, train, test in [
        ("MSMT17_V1", "train", "test"),
        ("MSMT17_V2", "mask_train_v2", "mask_test_v2"),
    ]:
        jpeg(tmp_path / name / train, *TRAIN)
        jpeg(tmp_path / name / test, *QUERY, *GALLERY)
        for part, files in [("train", TRAIN), ("query", QUERY), ("gallery", GALLERY)]:
            (tmp_path / name / f"list_{part}.txt").write_text(lines(files))
    with pytest.raises(DataError, match="both versions"):
        read_msmt17(tmp_path)
    assert read_msmt17(tmp_path, 1).root == tmp_path / "MSMT17_V1"
    assert read_msmt17(tmp_path, 2).root == tmp_path / "MSMT17_V2"
