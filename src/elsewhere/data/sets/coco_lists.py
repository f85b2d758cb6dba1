"""Lists in JSON like COCO's: categories, images, annotations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elsewhere.data.records import Record, enumerate_names, tell_apart
from elsewhere.data.sets.boxes import parse_box
from elsewhere.data.sets.places import require_files
from elsewhere.data.sets.text_lists import Row
from elsewhere.errors import DataError
from elsewhere.files.documents import read_json

_KEYS = ("categories", "images", "annotations")
Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class CocoList:
    """A list as it was found.

    Categories have `id` and `name`, images `id` and `file_name`, annotations `image_id`,
    `category_id` and perhaps `bbox` (x, y, width, height).
    """

    file: Path
    categories: Entries
    images: Entries
    annotations: Entries


def load_list(file: Path, content: Any = None) -> CocoList:
    """Load a list with all that is asked of it; what was read already is not read again."""
    try:
        content = read_json(file) if content is None else content
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


def coco_rows(file: Path, content: Any) -> list[Row]:
    """A list as rows path, label, bbox below a header; a box where an image has exactly one."""
    found = load_list(file, content)
    classes = classes_of(found)
    rows = [Row(str(file), ["path", "label", "bbox"])]
    for image, number, box in _annotated(found, classes):
        rows.append(Row(_where(found, image), [str(image["file_name"]), classes[number], box]))
    return rows


def classes_of(found: CocoList) -> dict[Any, str]:
    """The name of every class by its ID, in the order of the IDs."""
    ordered = sorted(found.categories, key=lambda c: (isinstance(c["id"], str), c["id"]))
    return tell_apart({category["id"]: str(category["name"]) for category in ordered})


def records_of(
    root: Path, found: CocoList, classes: Mapping[Any, str], split: str
) -> Iterator[Record]:
    """The images of a list as records of one split."""
    require_files(found.file, root, [str(image["file_name"]) for image in found.images])
    for image, number, said in _annotated(found, classes):
        box = parse_box(_where(found, image), [said])
        yield Record(str(image["file_name"]), classes[number], split, box)


def _annotated(
    found: CocoList, classes: Mapping[Any, str]
) -> list[tuple[Mapping[str, Any], Any, str]]:
    """Each image with its one category and its box as listed; blank for none, or several."""
    of_image: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in found.annotations:
        of_image[annotation["image_id"]].append(annotation)
    annotated, odd = [], []
    for image in found.images:
        own = of_image[image["id"]]
        numbers = {annotation["category_id"] for annotation in own}
        boxes = [str(annotation["bbox"]) for annotation in own if annotation.get("bbox")]
        if len(numbers) == 1 and numbers <= classes.keys():
            annotated.append((image, numbers.pop(), boxes[0] if len(boxes) == 1 else ""))
        else:
            odd.append(str(image["file_name"]))
    if odd:
        raise DataError(
            f"{found.file}: {len(odd)} of {len(found.images)} images have no category, several, or "
            f"one without a name: {enumerate_names(odd, 3)}; take these images out"
        )
    return annotated


def _where(found: CocoList, image: Mapping[str, Any]) -> str:
    return f"{found.file}: image {image['id']}"
