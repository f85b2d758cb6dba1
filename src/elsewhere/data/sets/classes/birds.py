"""Sets of birds: CUB-200-2011 and NABirds, whose lists have lines `ID TEXT`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from elsewhere.data.records import Box, Record, RecordTable, tell_apart
from elsewhere.data.sets.places import Place, require_files
from elsewhere.data.sets.text_lists import Listed, read_by_id
from elsewhere.errors import DataError

_IMAGES = "images.txt"
_LABELS = "image_class_labels.txt"
_SPLITS = "train_test_split.txt"
_CLASSES = "classes.txt"
_BOXES = "bounding_boxes.txt"
_NEEDED = ("images", _IMAGES, _LABELS, _SPLITS, _CLASSES)
CUB = Place(
    "CUB-200-2011",
    _NEEDED,
    ("CUB_200_2011", "CUB-200-2011", "cub", "CUB", "cub-200-2011"),
    _SPLITS,
)
NABIRDS = Place("NABirds", _NEEDED, ("nabirds", "NABirds", "NABIRDS"), "hierarchy.txt")


def read_cub(root: Path | str) -> RecordTable:
    """Read CUB-200-2011 (Wah et al., 2011): splits train and test, with a box of every bird.

    Classes are called as in `classes.txt`, such as "001.Black_footed_Albatross", in its order.
    What else the set says of an image is read by `read_cub_attributes` and `read_cub_parts`.

    Args:
        root: the folder with `images.txt` and `images`, or the one around it.

    Raises:
        DataError: a list or an image is missing, or a line is not as expected.
    """
    root = CUB.find(root)
    classes = _read_classes(root)
    return RecordTable(root, _read_images_of(root, classes), tuple(classes.values()))


def read_nabirds(root: Path | str) -> RecordTable:
    """Read NABirds (Van Horn et al., CVPR 2015): splits train and test, with a box of every bird.

    Where male and female, or old and young, look different, they are different classes. Of the
    nodes in `classes.txt`, which are groups of birds too, those with images are classes, in the
    order of their numbers. Where two have the same name, their number follows it. `root` is the
    folder with `images.txt` and `images`, or the one around it.
    """
    root = NABIRDS.find(root)
    shown = {line.name for line in read_by_id(root / _LABELS).values()}
    classes = {number: name for number, name in _read_classes(root).items() if number in shown}
    classes = tell_apart(classes)
    return RecordTable(root, _read_images_of(root, classes), tuple(classes.values()))


def image_paths(root: Path) -> dict[str, str]:
    """The path of every image by its ID, relative to the set's folder."""
    return {key: f"images/{line.name}" for key, line in read_by_id(root / _IMAGES).items()}


def _read_classes(root: Path) -> dict[str, str]:
    """The name of every class by its number, in the order of the numbers."""
    lines = read_by_id(root / _CLASSES)
    for number, line in lines.items():
        if not (number.isascii() and number.isdigit()):
            raise DataError(f"{line.where}: {number!r} is not the number of a class")
    return {number: lines[number].name for number in sorted(lines, key=int)}


def _read_images_of(root: Path, classes: Mapping[str, str]) -> tuple[Record, ...]:
    """Make the table's records from the lists of images, labels, splits and boxes."""
    images = read_by_id(root / _IMAGES)
    paths = {key: f"images/{line.name}" for key, line in images.items()}
    require_files(list(images.values()), root, list(paths.values()))
    labels, splits = (_of_all(root / file, images) for file in (_LABELS, _SPLITS))
    boxes = _of_all(root / _BOXES, images) if (root / _BOXES).is_file() else {}
    return tuple(
        Record(
            path,
            _meaning(labels[key], classes, "a class of classes.txt"),
            _meaning(splits[key], {"1": "train", "0": "test"}, "1 (train) or 0 (test)"),
            corner_and_size(boxes[key]) if boxes else None,
        )
        for key, path in paths.items()
    )


def corner_and_size(line: Listed) -> Box:
    """The box of a line `x y width height`, as xyxy."""
    x, y, width, height = four_numbers(line)
    return x, y, x + width, y + height


def four_numbers(line: Listed) -> tuple[float, float, float, float]:
    """The four numbers of a line."""
    try:
        a, b, c, d = map(float, line.name.split())
    except ValueError as error:
        raise DataError(f"{line.where}: {line.name!r} is not a box of four numbers") from error
    return a, b, c, d


def _of_all(file: Path, images: Iterable[str]) -> dict[str, Listed]:
    """What a list says of each image."""
    lines = read_by_id(file)
    lost = [key for key in images if key not in lines]
    if lost:
        raise DataError(
            f"{file}: says nothing of {len(lost)} images of {_IMAGES}, the first is {lost[0]}; "
            "unpack the set anew"
        )
    return lines


def _meaning(line: Listed, meanings: Mapping[str, str], expected: str) -> str:
    if line.name not in meanings:
        raise DataError(f"{line.where}: {line.name!r} is not {expected}")
    return meanings[line.name]
