import json

import pytest

from elsewhere.data.records import Record
from elsewhere.data.sets.classes.coco import read_inat
from elsewhere.errors import DataError

CATEGORIES = [{"id": 5, "name": "Owl"}, {"id": 2, "name": "Owl"}, {"id": 3, "name": "Newt"}]


def listed(*entries, categories=CATEGORIES):
    """A list in JSON; an entry is an image's path and its annotations."""
    images, annotations = [], []
    for number, (path, *said) in enumerate(entries):
        images.append({"id": number, "file_name": path, "width": 40, "height": 30})
        annotations += [{"id": len(annotations) + n, "image_id": number, **one}
                        for n, one in enumerate(said)]  # fmt: skip
    return json.dumps({"categories": categories, "images": images, "annotations": annotations})


TRAIN = listed(
    ("train/Aves/2/a.jpg", {"category_id": 2}),
    ("train/Aves/5/b.jpg", {"category_id": 5, "bbox": [1, 2, 3, 4]}),
    ("train/Amph/3/c.jpg", *({"category_id": 3, "bbox": [n, 2, 3, 4]} for n in (1, 9))),
)
IMAGES = dict.fromkeys(
    ("train/Aves/2/a.jpg", "train/Aves/5/b.jpg", "train/Amph/3/c.jpg", "val/3/d.jpg")
)
VAL = listed(("val/3/d.jpg", {"category_id": 3}))


@pytest.mark.parametrize(
    ("version", "train", "val"),
    [
        ("2018", "train2018.json", "val2018.json"),
        ("2021", "train.json", "val.json"),
        ("2021-mini", "train_mini.json", "val.json"),
    ],
)
def test_lists_in_json(lay, tmp_path, version, train, val):
    root = lay(tmp_path / f"inat{version}", {**IMAGES, train: TRAIN, val: VAL})
    table = read_inat(root, version)
    assert read_inat(tmp_path, version) == table
    assert table.class_names == ("Owl (2)", "Newt", "Owl (5)")
    assert table.records == (
        Record("train/Aves/2/a.jpg", "Owl (2)", "train"),
        Record("train/Aves/5/b.jpg", "Owl (5)", "train", (1, 2, 4, 6)),
        Record("train/Amph/3/c.jpg", "Newt", "train"),
        Record("val/3/d.jpg", "Newt", "test"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a list of categories, images and annotations in JSON"),
        ("[]", "not a list of categories, images and annotations in JSON"),
        ('{"images": [], "categories": []}', "KeyError: 'annotations'"),
        (listed(("val/3/d.jpg",)), "1 of 1 images have no category, several, or .*: 'val/3/d.jpg'"),
        (listed(("val/3/d.jpg", {"category_id": 8})), "or one without a name: 'val/3/d.jpg'"),
        (listed(("val/3/d.jpg", {"category_id": 3, "bbox": [1, 2, 3]})), "is not four numbers"),
        (listed(("val/3/d.jpg", {"category": 8})), "an entry has no 'category_id'"),
        (listed(("val/3/e.jpg", {"category_id": 3})), "1 of 1 listed images are not in"),
    ],
)
def test_lists_that_do_not_fit_are_named(lay, tmp_path, text, message):
    root = lay(tmp_path, {**IMAGES, "train.json": TRAIN, "val.json": text})
    with pytest.raises(DataError, match=message) as caught:
        read_inat(root)
    assert str(caught.value).startswith(f"{root / 'val.json'}: ")
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"train2019.json: No such file or directory; the set need"):
        read_inat(tmp_path, "2019")
