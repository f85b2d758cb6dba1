"""Sets whose lists are MATLAB files: Stanford Cars, Stanford Dogs, Oxford Flowers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np

from elsewhere.data.records import Box, Record, RecordTable, class_names_of
from elsewhere.data.sets.places import Place, require_files
from elsewhere.errors import DataError

_HEADER = b"MATLAB 5.0 MAT-file".ljust(116)
_USUAL = ("StanfordCars", "stanford_cars", "stanford-cars", "Stanford_Cars", "cars", "Cars")
_CARS_LISTS = ("devkit/cars_meta.mat", "devkit/cars_train_annos.mat")
_CARS_LABELLED = "cars_test_annos_withlabels.mat"
CARS = Place("Stanford Cars", ("cars_train", "cars_test", *_CARS_LISTS), _USUAL, _CARS_LISTS[0])
CARS_OLD = Place("Stanford Cars", ("car_ims", "cars_annos.mat"), _USUAL, "cars_annos.mat")
_DOGS_LISTS = {"train": "train_list.mat", "test": "test_list.mat"}
DOGS = Place(
    "Stanford Dogs",
    ("Images", *_DOGS_LISTS.values()),
    ("StanfordDogs", "stanford_dogs", "stanford-dogs", "Stanford_Dogs", "dogs"),
    _DOGS_LISTS["train"],
)
_FLOWERS_LABELS = "imagelabels.mat"
_FLOWERS_SPLITS = {"train": "trnid", "val": "valid", "test": "tstid"}
FLOWERS = Place(
    "Oxford Flowers",
    ("jpg", _FLOWERS_LABELS, "setid.mat"),
    ("flowers-102", "oxford-102-flowers", "102flowers", "flowers102", "flowers"),
    "setid.mat",
)


class _Numbered(NamedTuple):
    """An image of a list: its path below the set's folder, its class from 1, its split and box."""

    path: str
    number: int
    split: str
    box: Box | None = None


def read_cars(root: Path | str) -> RecordTable:
    """Read Stanford Cars (Krause et al., 3dRR 2013): splits train and test, with boxes.

    `root` is the folder with `car_ims` and `cars_annos.mat`, or the one with `cars_train`,
    `cars_test` and `devkit`, or the one around it. The labels of the test were published apart, as
    `cars_test_annos_withlabels.mat`, and lie in `devkit` or beside it.
    """
    if CARS_OLD.lies_in(Path(root)):
        root = CARS_OLD.find(root)
        rows, names = load_mat(root / CARS_OLD.mark, "annotations", "class_names")
        images = [
            _car(str(row["relative_im_path"]), "test" if row["test"] else "train", row)
            for row in rows
        ]
        return _numbered_table(root, root / CARS_OLD.mark, images, [str(name) for name in names])
    root = CARS.find(root)
    test = (
        root / _CARS_LABELLED
        if (root / _CARS_LABELLED).is_file()
        else root / "devkit" / _CARS_LABELLED
    )
    images = []
    for split, file in (("train", root / _CARS_LISTS[1]), ("test", test)):
        folder = f"cars_{split}"
        if (root / folder / folder).is_dir():  # some copies are packed so
            folder = f"{folder}/{folder}"
        rows = load_mat(file, "annotations")[0]
        images += [_car(f"{folder}/{row['fname']}", split, row) for row in rows]
    (names,) = load_mat(root / CARS.mark, "class_names")
    return _numbered_table(root, root / "devkit", images, [str(name) for name in names])


def _car(path: str, split: str, row: Any) -> _Numbered:
    """MATLAB counts pixels from 1, and both ends of a box are inside."""
    left, top, right, bottom = (float(row[f"bbox_{edge}"]) for edge in ("x1", "y1", "x2", "y2"))
    return _Numbered(path, int(row["class"]), split, (left - 1, top - 1, right, bottom))


def read_dogs(root: Path | str) -> RecordTable:
    """Read Stanford Dogs (Khosla et al., 2011); a box where one dog alone is marked.

    Classes are called as their folders, such as "n02085620-Chihuahua". `root` is the folder with
    `Images`, `train_list.mat` and `test_list.mat`, and perhaps `Annotation`; or the one around it.
    """
    root = DOGS.find(root)
    records: list[Record] = []
    for split, file in _DOGS_LISTS.items():
        names = [str(name) for name in load_mat(root / file, "file_list")[0]]
        require_files(root / file, root, [f"Images/{name}" for name in names])
        for name in names:
            marked = root / "Annotation" / name.removesuffix(".jpg")
            records.append(Record(f"Images/{name}", name.split("/")[0], split, _dog_box(marked)))
    return RecordTable(root, tuple(records), class_names_of(records))


def _dog_box(file: Path) -> Box | None:
    if not file.is_file():
        return None
    try:
        boxes = ElementTree.fromstring(file.read_bytes()).findall("object/bndbox")
        edges = [float(boxes[0].findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax")]
    except (ElementTree.ParseError, ValueError, IndexError) as error:
        raise DataError(f"{file}: no box that can be read ({error}); unpack it anew") from error
    return (edges[0], edges[1], edges[2], edges[3]) if len(boxes) == 1 else None


def read_flowers(root: Path | str) -> RecordTable:
    """Read Oxford Flowers (Nilsback and Zisserman, 2008): splits train, val and test as published.

    The files number the classes; their names are those of torchvision's `Flowers102`. `root` is the
    folder with `jpg`, `imagelabels.mat` and `setid.mat`, or the one around it.
    """
    from torchvision.datasets import Flowers102  # all of its data sets: for this one alone

    root = FLOWERS.find(root)
    numbers = [int(number) for number in load_mat(root / _FLOWERS_LABELS, "labels")[0]]
    images = []
    for split, ids in zip(
        _FLOWERS_SPLITS, load_mat(root / FLOWERS.mark, *_FLOWERS_SPLITS.values()), strict=True
    ):
        for image in map(int, ids):
            if not 1 <= image <= len(numbers):
                raise DataError(f"{root / _FLOWERS_LABELS}: has no label of image {image}")
            images.append(_Numbered(f"jpg/image_{image:05d}.jpg", numbers[image - 1], split))
    return _numbered_table(root, root / FLOWERS.mark, images, Flowers102.classes)


def _numbered_table(
    root: Path, where: Path, images: Sequence[_Numbered], names: Sequence[str]
) -> RecordTable:
    """Make the table of a set whose list gives every image the number of its class."""
    require_files(where, root, [image.path for image in images])
    for image in images:
        if not 1 <= image.number <= len(names):
            raise DataError(
                f"{where}: {image.path} is of class {image.number}; there are {len(names)}"
            )
    records = (Record(i.path, names[i.number - 1], i.split, i.box) for i in images)
    return RecordTable(root, tuple(records), tuple(names))


def load_mat(file: Path, *names: str) -> list[list[Any]]:
    """The variables of a MATLAB file, each as a list of its entries."""
    from scipy import io  # slow to import, and these sets alone need it

    if not file.is_file():
        raise DataError(f"{file}: no such file; the set is not complete without it")
    try:
        found = io.loadmat(file, variable_names=names, squeeze_me=True)
    except Exception as error:  # on a file that is cut short, whatever scipy stumbles over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}: no MATLAB file that can be read ({reason})") from error
    lost = [name for name in names if name not in found]
    if lost:
        raise DataError(f"{file}: has no variable {lost[0]!r}; take the set's own file")
    return [list(np.atleast_1d(found[name])) for name in names]


def save_mat(file: Path, variables: Mapping[str, Any]) -> None:
    """Write a MATLAB file, the same bytes whenever it is written."""
    from scipy import io

    io.savemat(file, dict(variables))
    with file.open("r+b") as stream:
        stream.write(_HEADER)  # in place of the hour


def texts(values: list[str]) -> np.ndarray:
    """Texts as MATLAB's cell array."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells
