"""Lists of lines `ID TEXT`, as the sets of birds have them, and the table they make together."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from elsewhere.data.records import Box, Record
from elsewhere.data.sets.individuals.naming import Listed, read_names, require_files
from elsewhere.errors import DataError

IMAGES = "images.txt"
LABELS = "image_class_labels.txt"
SPLITS = "train_test_split.txt"
CLASSES = "classes.txt"
BOXES = "bounding_boxes.txt"
NEEDED = ("images", IMAGES, LABELS, SPLITS, CLASSES)


def read_by_id(file: Path) -> dict[str, Listed]:
    """Read lines `ID TEXT`; what a line says of each ID, in the order of the file.

    Raises:
        DataError: the file is missing, empty or no text, a line says nothing, or an ID is twice.
    """
    found: dict[str, Listed] = {}
    for line in read_names(file):
        key, _, text = line.name.partition(" ")
        if not text:
            raise DataError(f"{line.where}: {line.name!r} is not an ID, a space and a text")
        if key in found:
            raise DataError(f"{line.where}: {key} is listed before, in {found[key].where}")
        found[key] = Listed(line.where, text, 0)
    return found


def image_paths(root: Path) -> dict[str, str]:
    """The path of every image by its ID, relative to the set's folder.

    Raises:
        DataError: as `read_by_id`.
    """
    return {key: f"images/{line.name}" for key, line in read_by_id(root / IMAGES).items()}


def read_classes(root: Path) -> dict[str, str]:
    """The name of every class by its number, in the order of the numbers.

    Raises:
        DataError: as `read_by_id`, or an ID is no number.
    """
    lines = read_by_id(root / CLASSES)
    for number, line in lines.items():
        if not (number.isascii() and number.isdigit()):
            raise DataError(f"{line.where}: {number!r} is not the number of a class")
    return {number: lines[number].name for number in sorted(lines, key=int)}


def read_images_of(root: Path, classes: Mapping[str, str]) -> tuple[Record, ...]:
    """Make the table's records from the lists of images, labels, splits and boxes.

    Args:
        root: the set's folder.
        classes: names by number.

    Raises:
        DataError: an image is missing, or a list does not say what is needed of it.
    """
    images = read_by_id(root / IMAGES)
    paths = {key: f"images/{line.name}" for key, line in images.items()}
    require_files(list(images.values()), root, list(paths.values()))
    labels, splits = (_of_all(root / file, images) for file in (LABELS, SPLITS))
    boxes = _of_all(root / BOXES, images) if (root / BOXES).is_file() else {}
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
    """The numbers of a line.

    Raises:
        DataError: it holds anything else than four.
    """
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
            f"{file}: says nothing of {len(lost)} images of {IMAGES}, the first is {lost[0]}; "
            "unpack the set anew"
        )
    return lines


def _meaning(line: Listed, meanings: Mapping[str, str], expected: str) -> str:
    if line.name not in meanings:
        raise DataError(f"{line.where}: {line.name!r} is not {expected}")
    return meanings[line.name]
