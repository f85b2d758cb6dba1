"""Lists in JSON like COCO's, and iNaturalist's competitions, which have such lists."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from elsewhere.data.records import Box, Record, RecordTable
from elsewhere.data.sets.classes.birds import tell_apart
from elsewhere.data.sets.places import require_listed
from elsewhere.errors import DataError
from elsewhere.files.documents import read_json

Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class CocoList:
    """A list as it was found.

    Attributes:
        file: where.
        categories: each with `id` and `name`.
        images: each with `id` and `file_name`.
        annotations: each with `image_id`, `category_id` and perhaps `bbox` (x, y, width, height).
    """

    file: Path
    categories: Entries
    images: Entries
    annotations: Entries


def load_lists(files: Sequence[Path]) -> list[CocoList]:
    """Load lists, each with all that the reader asks of it.

    Raises:
        DataError: a file is missing or not such a list.
    """
    return [_load(file) for file in files]


def classes_of(found: CocoList) -> dict[Any, str]:
    """The name of every class by its ID, in the order of the IDs."""
    ordered = sorted(found.categories, key=lambda category: category["id"])
    return tell_apart({category["id"]: str(category["name"]) for category in ordered})


def records_of(
    root: Path, found: CocoList, classes: Mapping[Any, str], split: str
) -> Iterator[Record]:
    """The images of a list as records of one split.

    Raises:
        DataError: an image is missing, has no class or several, or one that is not known.
    """
    said: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in found.annotations:
        said[annotation["image_id"]].append(annotation)
    paths = [str(image["file_name"]) for image in found.images]
    require_listed(root, found.file, paths)
    for path, image in zip(paths, found.images, strict=True):
        numbers = {annotation["category_id"] for annotation in said[image["id"]]}
        if len(numbers) != 1 or not numbers <= classes.keys():
            raise DataError(
                f"{found.file}: {path} has categories {sorted(numbers)}; one of "
                f"{len(classes)} is expected"
            )
        yield Record(path, classes[numbers.pop()], split, _box(said[image["id"]]))


def _box(annotations: Entries) -> Box | None:
    boxes = [annotation["bbox"] for annotation in annotations if "bbox" in annotation]
    if len(boxes) != 1:
        return None
    x, y, width, height = map(float, boxes[0])
    return x, y, x + width, y + height


def _load(file: Path) -> CocoList:
    try:
        content = read_json(file)
        found = CocoList(file, content["categories"], content["images"], content["annotations"])
        keys = {"id", "name"}, {"id", "file_name"}, {"image_id", "category_id"}
        parts = found.categories, found.images, found.annotations
        lost = [key for part, need in zip(parts, keys, strict=True) for e in part
                for key in need - e.keys()]  # fmt: skip
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}; the set needs this list") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{file}: not a list of categories, images and annotations in JSON "
            f"({type(error).__name__}: {error})"
        ) from error
    if lost:
        raise DataError(f"{file}: an entry has no {lost[0]!r}; take the set's own file")
    return found


Version = Literal["2017", "2018", "2019", "2021", "2021-mini"]
_FILES = {"2021": ("train.json", "val.json"), "2021-mini": ("train_mini.json", "val.json")}


def lists_of(version: Version) -> tuple[str, str]:
    """Names of a year's lists, of training and of validation."""
    return _FILES.get(version, (f"train{version}.json", f"val{version}.json"))


def read_inat(root: Path | str, version: Version = "2021") -> RecordTable:
    """Read a set with a list of training and one of validation images, in JSON like COCO's.

    The labels of the tests are not public, so that results are reported on the validation images:
    these become the split test. Classes are in the order of their IDs; where two have the same
    name, the ID follows it. An image has a box where its list gives exactly one.

    Args:
        root: the folder with the lists, which their paths are relative to; or the one around it,
            in which it is called, for instance, `inat2018`.
        version: decides what the lists are called: `train2018.json` and `val2018.json`; of 2021
            `train.json` or `train_mini.json`, and `val.json`.

    Raises:
        DataError: a list or an image is missing, or a list is not as expected.
    """
    root, files = Path(root), lists_of(version)
    inside = root / f"inat{version}"
    root = inside if not (root / files[0]).is_file() and inside.is_dir() else root
    train, test = load_lists([root / file for file in files])
    classes = classes_of(train)
    records = (
        *records_of(root, train, classes, "train"),
        *records_of(root, test, classes, "test"),
    )
    return RecordTable(root, records, tuple(classes.values()))
