"""Stanford Cars: 196 models of cars (Krause et al., 3dRR 2013)."""

from pathlib import Path
from typing import Any

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes.mat import Numbered, load_mat, numbered_table
from elsewhere.data.sets.classes.places import Place

_USUAL = ("StanfordCars", "stanford_cars", "stanford-cars", "Stanford_Cars", "cars", "Cars")
_LISTS = ("devkit/cars_meta.mat", "devkit/cars_train_annos.mat")
PLACE = Place("Stanford Cars", _LISTS[0], ("cars_train", "cars_test", *_LISTS), _USUAL)
OLD_PLACE = Place("Stanford Cars", "cars_annos.mat", ("car_ims", "cars_annos.mat"), _USUAL)
LABELLED = "cars_test_annos_withlabels.mat"


def read_cars(root: Path | str) -> RecordTable:
    """Read Stanford Cars in either of its layouts: splits train and test, with boxes.

    Args:
        root: the folder with `car_ims` and `cars_annos.mat`, or the one with `cars_train`,
            `cars_test` and `devkit`, or the one around it. The labels of the test were published
            apart, as `cars_test_annos_withlabels.mat`, and lie in `devkit` or beside it.

    Raises:
        DataError: a list or an image is missing, a list is not as expected, or scipy is missing.
    """
    if OLD_PLACE.lies_in(Path(root)):
        root = OLD_PLACE.find(root)
        rows, names = load_mat(root / OLD_PLACE.mark, "annotations", "class_names")
        images = [
            _image(str(row["relative_im_path"]), "test" if row["test"] else "train", row)
            for row in rows
        ]
        return numbered_table(root, root / OLD_PLACE.mark, images, [str(name) for name in names])
    root = PLACE.find(root)
    test = root / LABELLED if (root / LABELLED).is_file() else root / "devkit" / LABELLED
    images = []
    for split, file in (("train", root / _LISTS[1]), ("test", test)):
        folder = f"cars_{split}"
        if (root / folder / folder).is_dir():  # some copies are packed so
            folder = f"{folder}/{folder}"
        rows = load_mat(file, "annotations")[0]
        images += [_image(f"{folder}/{row['fname']}", split, row) for row in rows]
    (names,) = load_mat(root / PLACE.mark, "class_names")
    return numbered_table(root, root / "devkit", images, [str(name) for name in names])


def _image(path: str, split: str, row: Any) -> Numbered:
    """MATLAB counts pixels from 1, and both ends of a box are inside."""
    left, top, right, bottom = (float(row[f"bbox_{edge}"]) for edge in ("x1", "y1", "x2", "y2"))
    return Numbered(path, int(row["class"]), split, (left - 1, top - 1, right, bottom))
