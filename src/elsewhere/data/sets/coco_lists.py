"""Lists in JSON like COCO's: categories, images, annotations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elsewhere.data.records import Box, Record, enumerate_names, tell_apart
from elsewhere.data.sets.places import require_files
from elsewhere.data.sets.text_lists import Row
from elsewhere.errors import DataError
from elsewhere.files.documents import read_json

_KEYS = ("categories", "images", "annotations")
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


def load_list(file: Path) -> CocoList:
    """Load a list with all that is asked of it.

    Raises:
        DataError: the file is missing or not such a list.
    """
    try:
        content = read_json(file)
        found = CocoList(file, *(content[key] for key in _KEYS))
        keys = {"id", "name"}, {"id", "file_name"}, {"image_id", "category_id"}
        parts = found.categories, found.images, found.annotations
        lost = [key for part, need in zip(parts, keys, strict=True) for e in part
                for key in need if not isinstance(e.get(key), int | str)]  # fmt: skip
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}; the set needs this list") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{file}: not a list of categories, images and annotations in JSON "
            f"({type(error).__name__}: {error})"
        ) from error
    if lost:
        raise DataError(
            f"{file}: an entry has no {lost[0]!r} that is a number or text; take the set's own file"
        )
    return found


def is_coco(content: Any) -> bool:
    """Whether what a file in JSON says is such a list."""
    return isinstance(content, dict) and content.keys() >= set(_KEYS)


def coco_rows(file: Path) -> list[Row]:
    """A list as rows path, label, bbox below a header; a box where an image has exactly one.

    Raises:
        DataError: it is not as expected, or an image has no category or several.
    """
    found = load_list(file)
    classes, said = classes_of(found), _by_image(found)
    of_image = {image["id"]: _categories(said[image["id"]]) for image in found.images}
    odd = [str(i["file_name"]) for i in found.images
           if len(of_image[i["id"]]) != 1 or not of_image[i["id"]] <= classes.keys()]  # fmt: skip
    if odd:
        raise DataError(
            f"{file}: {len(odd)} of {len(found.images)} images have no category or several: "
            f"{enumerate_names(odd, 3)}; one is expected, take these images out"
        )
    rows = [Row(str(file), ["path", "label", "bbox"])]
    for image in found.images:
        (number,) = of_image[image["id"]]
        boxes = _boxes(said[image["id"]])
        cells = [str(image["file_name"]), classes[number], str(boxes[0]) if len(boxes) == 1 else ""]
        rows.append(Row(f"{file}: image {image['id']}", cells))
    return rows


def classes_of(found: CocoList) -> dict[Any, str]:
    """The name of every class by its ID, in the order of the IDs."""
    ordered = sorted(found.categories, key=lambda c: (isinstance(c["id"], str), c["id"]))
    return tell_apart({category["id"]: str(category["name"]) for category in ordered})


def records_of(
    root: Path, found: CocoList, classes: Mapping[Any, str], split: str
) -> Iterator[Record]:
    """The images of a list as records of one split.

    Raises:
        DataError: an image is missing, has no class or several, or one that is not known.
    """
    said = _by_image(found)
    paths = [str(image["file_name"]) for image in found.images]
    require_files(found.file, root, paths)
    for path, image in zip(paths, found.images, strict=True):
        numbers = _categories(said[image["id"]])
        if len(numbers) != 1 or not numbers <= classes.keys():
            raise DataError(
                f"{found.file}: {path} has categories {sorted(numbers)}; one of "
                f"{len(classes)} is expected"
            )
        yield Record(path, classes[numbers.pop()], split, _box(said[image["id"]]))


def _by_image(found: CocoList) -> dict[Any, list[Mapping[str, Any]]]:
    said: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in found.annotations:
        said[annotation["image_id"]].append(annotation)
    return said


def _categories(annotations: Entries) -> set[Any]:
    return {annotation["category_id"] for annotation in annotations}


def _boxes(annotations: Entries) -> list[Any]:
    return [annotation["bbox"] for annotation in annotations if annotation.get("bbox")]


def _box(annotations: Entries) -> Box | None:
    boxes = _boxes(annotations)
    if len(boxes) != 1:
        return None
    x, y, width, height = map(float, boxes[0])
    return x, y, x + width, y + height
