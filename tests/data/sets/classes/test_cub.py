import pytest

from elsewhere.data.records import Record
from elsewhere.data.sets.classes.birds import read_cub, read_nabirds
from elsewhere.data.sets.classes.cub import read_cub_attributes, read_cub_parts
from elsewhere.errors import DataError

CUB = {
    "images/001.Black_footed_Albatross/a_1.jpg": None,
    "images/001.Black_footed_Albatross/a_2.jpg": None,
    "images/010.Jay/b_1.jpg": None,
    "images.txt": "1 001.Black_footed_Albatross/a_1.jpg\n2 001.Black_footed_Albatross/a_2.jpg\n"
    "3 010.Jay/b_1.jpg\n",
    "image_class_labels.txt": "1 1\n2 1\n3 10\n",
    "train_test_split.txt": "1 0\n2 1\n3 1\n",
    "classes.txt": "10 010.Jay\n1 001.Black_footed_Albatross\n",
    "bounding_boxes.txt": "1 6.0 2.0 30.0 20.5\n2 0.0 0.0 4.0 5.0\n3 1.0 2.0 3.0 4.0\n",
    "attributes.txt": "1 has_bill_shape::cone\n2 has_wing_color::blue\n",
    "attributes/image_attribute_labels.txt": "1 1 0 3 27.7\n1 2 1 4 0 27.7\n2 1 1 1 1.5\n"
    "2 2 0 2 9\n3 1 1 4 1\n",
    "parts/parts.txt": "1 back\n2 left eye\n",
    "parts/part_locs.txt": "1 1 12.0 8.5 1\n1 2 0.0 0.0 0\n3 2 5.0 6.0 1\n",
    "README": "about",
}


@pytest.fixture
def cub(lay, tmp_path):
    return lay(tmp_path / "CUB_200_2011", CUB)


def test_records_say_what_the_lists_say(cub):
    table = read_cub(cub)
    assert table.root == cub
    assert table.class_names == ("001.Black_footed_Albatross", "010.Jay")
    folder = "images/001.Black_footed_Albatross"
    assert table.records == (
        Record(f"{folder}/a_1.jpg", "001.Black_footed_Albatross", "test", (6, 2, 36, 22.5)),
        Record(f"{folder}/a_2.jpg", "001.Black_footed_Albatross", "train", (0, 0, 4, 5)),
        Record("images/010.Jay/b_1.jpg", "010.Jay", "train", (1, 2, 4, 6)),
    )


@pytest.mark.parametrize("name", ["CUB_200_2011", "CUB-200-2011", "cub"])
def test_the_folder_around_it_will_do(lay, tmp_path, name):
    lay(tmp_path / name, CUB)
    assert read_cub(tmp_path).root == tmp_path / name


def test_boxes_may_be_missing(cub):
    (cub / "bounding_boxes.txt").unlink()
    assert {record.box for record in read_cub(cub).records} == {None}


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("image_class_labels.txt", "1 1\n2 1\n", "says nothing of 1 images of images.txt, the fir"),
        ("image_class_labels.txt", "1 1\n2 1\n3 7\n", "labels.txt:3: '7' is not a class of class"),
        ("train_test_split.txt", "1 1\n2 2\n3 1\n", "split.txt:2: '2' is not 1 \\(train\\) or 0"),
        ("bounding_boxes.txt", "1 1 1\n2 1 1 1 1\n3 1 1 1 1\n", "boxes.txt:1: '1 1' is not a box"),
        ("bounding_boxes.txt", "1 1 1 0 1\n2 1 1 1 1\n3 1 1 1 1\n", "a_1.jpg: its box .* no area"),
        ("classes.txt", "one 001.X\n", "'one' is not the number of a class"),
        ("images.txt", "1 010.Jay/c.jpg\n", "1 of 1 listed images are not in"),
        ("images.txt", "1\n", "images.txt:1: '1' is not an ID, a space and a text"),
        ("images.txt", "1 010.Jay/b_1.jpg\n1 x\n", "images.txt:2: 1 is listed before"),
    ],
)
def test_lists_that_do_not_fit_are_named(cub, file, text, message):
    (cub / file).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read_cub(cub)
    assert "\n" not in str(caught.value)


def test_a_set_that_is_not_whole(cub, tmp_path):
    (cub / "classes.txt").unlink()
    with pytest.raises(DataError, match=r"CUB-200-2011 lacks 'classes.txt'; unpack the whole set"):
        read_cub(tmp_path)
    with pytest.raises(DataError, match=r"no CUB-200-2011 here; expected are images, images.txt"):
        read_cub(cub / "images")


@pytest.mark.parametrize("place", ["attributes.txt", "../attributes.txt", "attributes"])
def test_attributes_by_image(cub, place):
    target = cub / place
    (cub / "attributes.txt").rename(target / "attributes.txt" if target.is_dir() else target)
    found = read_cub_attributes(cub)
    assert found.paths == tuple(record.path for record in read_cub(cub).records)
    assert found.names == ("has_bill_shape::cone", "has_wing_color::blue")
    # the second line has a column too many, as some of the published file
    assert found.present.tolist() == [[False, True], [True, False], [True, False]]
    assert found.certainty.tolist() == [[3, 4], [1, 2], [4, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1 1 1 1\n9 1 1 1 1\n", "image 9 is not listed"),
        ("1 3 1 1 1\n", "attribute 3 is not listed"),
        ("1 1 x 1 1\n", "unpack the set anew"),
    ],
)
def test_attributes_that_do_not_fit(cub, text, message):
    (cub / "attributes" / "image_attribute_labels.txt").write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read_cub_attributes(cub)
    assert "\n" not in str(caught.value)


def test_attributes_that_are_not_there(cub):
    (cub / "attributes" / "image_attribute_labels.txt").unlink()
    with pytest.raises(DataError, match=r"image_attribute_labels.txt: cannot be read"):
        read_cub_attributes(cub)


def test_visible_parts_by_image(cub):
    found = read_cub_parts(cub)
    assert list(found.values()) == [{"back": (12.0, 8.5)}, {}, {"left eye": (5.0, 6.0)}]
    assert list(found) == [record.path for record in read_cub(cub).records]


def test_nabirds_has_classes_only_where_there_are_images(lay, tmp_path):
    files = {
        "images/0817/00a.jpg": None,
        "images/0900/00b.jpg": None,
        "images/0901/00c.jpg": None,
        "images.txt": "00-a 0817/00a.jpg\n00-b 0900/00b.jpg\n00-c 0901/00c.jpg\n",
        "image_class_labels.txt": "00-a 817\n00-b 900\n00-c 1001\n",
        "train_test_split.txt": "00-a 1\n00-b 0\n00-c 1\n",
        "classes.txt": "0 Birds\n1001 Owl\n817 Gray Kingbird (Adult)\n900 Owl\n",
        "bounding_boxes.txt": "00-a 1 2 3 4\n00-b 1 2 3 4\n00-c 1 2 3 4\n",
        "hierarchy.txt": "817 0\n900 0\n1001 0\n",
    }
    table = read_nabirds(lay(tmp_path / "nabirds", files).parent)
    assert table.class_names == ("Gray Kingbird (Adult)", "Owl (900)", "Owl (1001)")
    assert [(r.label, r.split) for r in table.records] == [
        ("Gray Kingbird (Adult)", "train"), ("Owl (900)", "test"), ("Owl (1001)", "train"),
    ]  # fmt: skip
    assert table.records[0].box == (1, 2, 4, 6)
