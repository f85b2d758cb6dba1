"""Lists in JSON like COCO's: categories, images and annotations."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elsewhere.data.categories.numbered import require_listed
from elsewhere.data.records import Box, Record
from elsewhere.errors import DataError

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
    times = Counter(str(category["name"]) for category in found.categories)
    return {
        category["id"]: name if times[name] == 1 else f"{name} ({category['id']})"
        for category in sorted(found.categories, key=lambda category: category["id"])
        for name in [str(category["name"])]
    }


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
        content = json.loads(file.read_bytes())
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
