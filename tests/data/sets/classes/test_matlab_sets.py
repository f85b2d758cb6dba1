"""Sets whose lists are MATLAB's files, and such files themselves."""

import numpy as np
import pytest

from elsewhere.data.records import Record
from elsewhere.data.sets.classes.matlab import (
    load_mat,
    read_cars,
    read_dogs,
    read_flowers,
    save_mat,
    texts,
)
from elsewhere.errors import DataError

NAMES = ["AM General Hummer SUV 2000", "Ram C/V Cargo Van Minivan 2012"]


def structures(**fields):
    """MATLAB's array of structures out of columns."""
    rows = np.empty((1, len(next(iter(fields.values())))), dtype=[(f, object) for f in fields])
    for field, values in fields.items():
        for row, value in zip(rows[0], values, strict=True):
            row[field] = value
    return rows


def boxes(count):
    edges = {"bbox_x1": 3, "bbox_y1": 1, "bbox_x2": 30, "bbox_y2": 20}
    return {name: [edge + n for n in range(count)] for name, edge in edges.items()}


@pytest.fixture
def old(lay, tmp_path):
    root = lay(tmp_path / "stanford_cars", {f"car_ims/00000{n}.jpg": None for n in (1, 2, 3)})
    paths = [f"car_ims/00000{n}.jpg" for n in (1, 2, 3)]
    rows = structures(relative_im_path=paths, **boxes(3), test=[0, 1, 0], **{"class": [1, 2, 2]})
    save_mat(root / "cars_annos.mat", {"annotations": rows, "class_names": texts(NAMES)})
    return root


def kit(root, lay, train="cars_train", test="cars_test", place="devkit"):
    lay(root, {f"{train}/00001.jpg": None, f"{train}/00002.jpg": None, f"{test}/00001.jpg": None})
    (root / "devkit").mkdir()
    save_mat(root / "devkit/cars_meta.mat", {"class_names": texts(NAMES)})
    rows = structures(**boxes(2), **{"class": [2, 1]}, fname=["00001.jpg", "00002.jpg"])
    save_mat(root / "devkit/cars_train_annos.mat", {"annotations": rows})
    rows = structures(**boxes(1), **{"class": [2]}, fname=["00001.jpg"])
    save_mat(root / place / "cars_test_annos_withlabels.mat", {"annotations": rows})
    return root


def test_cars_in_the_old_layout(old):
    table = read_cars(old.parent)
    assert table.root == old
    assert table.class_names == tuple(NAMES)
    assert table.records == (
        Record("car_ims/000001.jpg", NAMES[0], "train", (2, 0, 30, 20)),
        Record("car_ims/000002.jpg", NAMES[1], "test", (3, 1, 31, 21)),
        Record("car_ims/000003.jpg", NAMES[1], "train", (4, 2, 32, 22)),
    )


@pytest.mark.parametrize("place", ["devkit", "."])
@pytest.mark.parametrize("nested", [False, True])
def test_cars_in_the_present_layout(lay, tmp_path, place, nested):
    """Some copies have cars_train/cars_train; the test's labels may lie beside the kit."""
    train, test = ("cars_train", "cars_test") if not nested else ("cars_train/cars_train",
                                                                 "cars_test/cars_test")  # fmt: skip
    table = read_cars(kit(tmp_path / "cars", lay, train, test, place).parent)
    assert table.records == (
        Record(f"{train}/00001.jpg", NAMES[1], "train", (2, 0, 30, 20)),
        Record(f"{train}/00002.jpg", NAMES[0], "train", (3, 1, 31, 21)),
        Record(f"{test}/00001.jpg", NAMES[1], "test", (2, 0, 30, 20)),
    )


def test_cars_without_labels_of_the_test(lay, tmp_path):
    root = kit(tmp_path / "cars", lay)
    (root / "devkit/cars_test_annos_withlabels.mat").unlink()
    with pytest.raises(DataError, match=r"cars_test_annos_withlabels.mat: no such file; the set"):
        read_cars(root)


def test_cars_of_a_class_that_is_none(old):
    rows = structures(
        relative_im_path=["car_ims/000001.jpg"], **boxes(1), test=[0], **{"class": [3]}
    )
    save_mat(old / "cars_annos.mat", {"annotations": rows, "class_names": texts(NAMES)})
    with pytest.raises(DataError, match=r"car_ims/000001.jpg is of class 3; there are 2"):
        read_cars(old)


def test_cars_that_are_not_there(tmp_path, lay):
    with pytest.raises(DataError, match="no Stanford Cars here; expected are cars_train, cars_tes"):
        read_cars(tmp_path)
    root = kit(tmp_path / "cars", lay)
    (root / "cars_train/00002.jpg").unlink()
    with pytest.raises(DataError, match=r"1 of 3 listed images are not in .*cars_train/00002.jpg"):
        read_cars(root)


def test_files_that_are_no_matlab_files(tmp_path):
    file = tmp_path / "x.mat"
    with pytest.raises(DataError, match="no such file"):
        load_mat(file, "labels")
    file.write_bytes(b"no such thing" * 20)
    with pytest.raises(DataError, match="no MATLAB file that can be read"):
        load_mat(file, "labels")
    file.write_bytes(b"")
    with pytest.raises(DataError, match="no MATLAB file that can be read"):
        load_mat(file, "labels")
    save_mat(file, {"other": [1]})
    with pytest.raises(DataError, match="has no variable 'labels'"):
        load_mat(file, "labels")


def test_a_matlab_file_is_the_same_whenever_it_is_written(tmp_path):
    save_mat(tmp_path / "a.mat", {"names": texts(["a", "bc"]), "one": [7]})
    assert load_mat(tmp_path / "a.mat", "one", "names") == [[7], ["a", "bc"]]
    assert b"Created on" not in (tmp_path / "a.mat").read_bytes()[:128]


def test_flowers_are_numbered_and_split_three_ways(lay, tmp_path):
    root = tmp_path / "flowers-102"
    lay(root, {f"jpg/image_0000{n}.jpg": None for n in (1, 2, 3, 4)})
    save_mat(root / "imagelabels.mat", {"labels": [1, 102, 77, 1]})
    save_mat(root / "setid.mat", {"trnid": [4, 2], "valid": [1], "tstid": [3]})
    table = read_flowers(tmp_path)
    assert len(table.class_names) == 102
    assert [(r.path, r.label, r.split) for r in table.records] == [
        ("jpg/image_00004.jpg", "pink primrose", "train"),
        ("jpg/image_00002.jpg", "blackberry lily", "train"),
        ("jpg/image_00001.jpg", "pink primrose", "val"),
        ("jpg/image_00003.jpg", "passion flower", "test"),
    ]
    save_mat(root / "setid.mat", {"trnid": [5], "valid": [1], "tstid": [3]})
    with pytest.raises(DataError, match="has no label of image 5"):
        read_flowers(tmp_path)


DOG = "<annotation>{}</annotation>"
OBJECT = (
    "<object><name>Chihuahua</name><bndbox><xmin>{}</xmin><ymin>2</ymin><xmax>30</xmax>"
    "<ymax>25</ymax></bndbox></object>"
)


def test_dogs_have_a_box_where_there_is_one_dog(lay, tmp_path):
    chihuahua, dhole = "n02085620-Chihuahua", "n02115913-dhole"
    names = [f"{chihuahua}/a.jpg", f"{chihuahua}/b.jpg", f"{dhole}/c.jpg"]
    root = tmp_path / "stanford_dogs"
    lay(root, {f"Images/{name}": None for name in names})
    marked = {"a": OBJECT.format(1), "b": OBJECT.format(1) + OBJECT.format(5)}
    lay(root, {f"Annotation/{chihuahua}/{n}": DOG.format(t) for n, t in marked.items()})
    save_mat(root / "train_list.mat", {"file_list": texts([names[0], names[2]])})
    save_mat(root / "test_list.mat", {"file_list": texts([names[1]])})
    table = read_dogs(tmp_path)
    assert table.class_names == (chihuahua, dhole)
    assert table.records == (
        Record(f"Images/{names[0]}", chihuahua, "train", (1, 2, 30, 25)),
        Record(f"Images/{names[2]}", dhole, "train"),
        Record(f"Images/{names[1]}", chihuahua, "test"),
    )
    (root / "Annotation" / chihuahua / "a").write_text(DOG.format(OBJECT.format("left")))
    with pytest.raises(DataError, match=r"Chihuahua.a: no box that can be read"):
        read_dogs(root)
