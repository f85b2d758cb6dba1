import pytest

from elsewhere.data.sets.individuals.vehicles import read_veri
from elsewhere.errors import DataError

TRAIN = ["0001_c001_00016450_0.jpg", "0001_c020_00016460_0.jpg"]
QUERY = ["0776_c002_00030600_0.jpg"]
GALLERY = ["0776_c002_00030600_0.jpg", "0776_c011_00030700_1.jpg"]


@pytest.fixture
def veri(tmp_path, jpeg):
    root = tmp_path / "VeRi"
    jpeg(root / "image_train", *TRAIN)
    jpeg(root / "image_query", *QUERY)
    jpeg(root / "image_test", *GALLERY)
    return root


def xml(names, colour="1", kind="4", encoding="gb2312"):
    items = "".join(
        f'<Item imageName="{name}" vehicleID="{name[:4]}" cameraID="{name[5:9]}" '
        f'colorID="{colour}" typeID="{kind}" />\n'
        for name in names
    )
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<TrainingImages Version="1.0">\n'
        f'<Items number="{len(names)}">\n{items}</Items>\n</TrainingImages>\n'
    )


def test_folders_alone_are_enough(veri):
    table = read_veri(veri.parent)
    assert table.root == veri
    assert [(r.path, r.label, r.split, r.camera, r.attributes) for r in table.records] == [
        (f"image_train/{TRAIN[0]}", "0001", "train", "1", {}),
        (f"image_train/{TRAIN[1]}", "0001", "train", "20", {}),
        (f"image_query/{QUERY[0]}", "0776", "query", "2", {}),
        (f"image_test/{GALLERY[0]}", "0776", "gallery", "2", {}),
        (f"image_test/{GALLERY[1]}", "0776", "gallery", "11", {}),
    ]


@pytest.mark.parametrize("encoding", ["gb2312", "GB2312", "gbk", "utf-8"])
def test_label_files_in_a_chinese_encoding(veri, encoding):
    text = xml(TRAIN, colour="红色", encoding=encoding)
    (veri / "train_label.xml").write_bytes(text.encode(encoding))
    train = read_veri(veri).split("train").records
    assert [r.attributes for r in train] == [{"color": "红色", "type": "4"}] * 2


def test_characters_beyond_the_declared_encoding_and_a_byte_order_mark(veri):
    # 镕 is not in GB2312, which the file declares, but in GB18030
    (veri / "train_label.xml").write_bytes(xml(TRAIN, colour="镕").encode("gb18030"))
    (veri / "test_label.xml").write_bytes(b"\xef\xbb\xbf" + xml(QUERY, encoding="utf-8").encode())
    table = read_veri(veri)
    assert table.records[0].attributes["color"] == "镕"
    assert table.split("query").records[0].attributes == {"color": "1", "type": "4"}


def test_an_unknown_type_and_images_without_a_label_are_tolerated(veri):
    # the labels of gallery images stand in one file with those of queries
    (veri / "test_label.xml").write_bytes(xml(GALLERY[:1], kind="0").encode("gb2312"))
    table = read_veri(veri)
    assert [r.attributes.get("type") for r in table.split("gallery").records] == ["0", None]
    assert table.split("query").records[0].attributes["type"] == "0"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<Items><Item", "train_label.xml: no XML that can be read .*; unpack it anew"),
        (b'<?xml version="1.0" encoding="gb2312"?><a b="\xff"/>', "train_label.xml: cannot be d"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "cannot be decoded .*klingon"),
        (b"", "train_label.xml: no XML"),
    ],
)
def test_label_files_that_cannot_be_read(veri, data, message):
    (veri / "train_label.xml").write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_veri(veri)
    assert "\n" not in str(caught.value)


def test_name_lists_choose_the_images(veri):
    (veri / "name_train.txt").write_text(f"{TRAIN[1]}\r\n\r\n")
    assert [r.path for r in read_veri(veri).split("train").records] == [f"image_train/{TRAIN[1]}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n", "name_test.txt: the list is empty"),
        (f"{GALLERY[0]}\n{GALLERY[0]}", "name_test.txt:2: .*is listed before, in .*:1; keep one"),
        (
            "0009_c001_1_0.jpg",
            r"name_test.txt:1: 1 of 1 listed images are not in .*_test/0009",
        ),
        ("car.jpg", r"name_test.txt: 1 of 1 images are not named like 0001_c001_.*'car.jpg'"),
    ],
)
def test_bad_name_lists(veri, jpeg, text, message):
    jpeg(veri / "image_test", "car.jpg")
    (veri / "name_test.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_veri(veri)


def test_strange_names_and_missing_folders(veri, jpeg):
    jpeg(veri / "image_test", "0002_001.jpg")
    with pytest.raises(DataError, match="1 of 3 images are not named like 0001_c001_00016450_0"):
        read_veri(veri)
    with pytest.raises(DataError, match="no VeRi-776 here; expected are image_train, "):
        read_veri(veri / "image_test")
