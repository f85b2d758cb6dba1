"""Lists in JSON as rows with a header: lines of objects, tables, pairs, and COCO's."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from elsewhere.data.images.kinds import is_image
from elsewhere.data.sets.coco_lists import coco_rows, is_coco
from elsewhere.data.sets.text_lists import Row, cut_lines, read_lines
from elsewhere.errors import DataError
from elsewhere.files.documents import parse_json

JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
LIST_SUFFIXES = frozenset({".txt", ".csv", ".tsv"}) | JSON_SUFFIXES
_MISSING = "name a list that can be read"


def list_rows(file: Path, expected: str) -> list[Row]:
    """The entries of a list in text or JSON as cells; the first may be a header."""
    if file.suffix.lower() in JSON_SUFFIXES:
        return read_json_rows(file, expected)
    return cut_lines(file, read_lines(file, "name a CSV or TXT list", expected), expected)


def read_json_rows(file: Path, expected: str) -> list[Row]:
    """The entries of a list in JSON below a row of their keys; pairs have no such row.

    One object a line, as Hugging Face's `metadata.jsonl`; a list of objects or of pairs; objects of
    columns, as pandas writes them; paths with their label, labels with their paths; or a list like
    COCO's, of which each image has one category.
    """
    lines = read_lines(file, _MISSING, expected)
    try:
        if file.suffix.lower() == ".json":
            return list(_rows(file, parse_json("\n".join(lines)), expected))
        parsed = [(n, parse_json(line)) for n, line in enumerate(lines, 1) if line.strip()]
    except ValueError as error:
        raise DataError(f"{file}: no JSON that can be read ({error}); {expected}") from error
    return _objects([(f"{file}:{number}", entry) for number, entry in parsed], expected)


def _rows(file: Path, content: Any, expected: str) -> Sequence[Row]:
    if is_coco(content):
        return coco_rows(file, content)
    if isinstance(content, dict):
        content = _entries(content)
    if not isinstance(content, list) or not content:
        raise DataError(f"{file}: no list of images in this JSON; {expected}")
    places = [(f"{file}: entry {number}", entry) for number, entry in enumerate(content, 1)]
    if all(isinstance(entry, list | str) for entry in content):
        cells = ([entry] if isinstance(entry, str) else entry for entry in content)
        return [Row(w, [*map(_text, row)]) for (w, _), row in zip(places, cells, strict=True)]
    return _objects(places, expected)


def _entries(content: Mapping[str, Any]) -> Any:
    """What a single object has to say of each image, as objects or pairs."""
    values = list(content.values())
    lists = [value for value in values if isinstance(value, list)]
    if len(lists) == 1 and all(isinstance(entry, dict) for entry in lists[0]):
        return lists[0]
    if values and len(lists) == len(values):
        if all(is_image(Path(_text(path))) for paths in lists for path in paths):
            return [[path, label] for label, paths in content.items() for path in paths]
        if len({len(column) for column in lists}) == 1:
            return [dict(zip(content, row, strict=True)) for row in zip(*lists, strict=True)]
    if values and all(isinstance(value, dict) for value in values):
        by_place = all(value.keys() == values[0].keys() for value in values)
        if by_place and not is_image(Path(next(iter(content)))):
            return [{name: content[name][key] for name in content} for key in values[0]]
        return [{"path": path, **said} for path, said in content.items()]
    return [[path, label] for path, label in content.items()]


def _objects(entries: Sequence[tuple[str, Any]], expected: str) -> list[Row]:
    for where, entry in entries:
        if not isinstance(entry, dict):
            raise DataError(f"{where}: no object of keys and values; {expected}")
    names = list(dict.fromkeys(name for _, entry in entries for name in entry))
    head = Row(entries[0][0], names)
    return [head, *(Row(where, [*map(_text, _values(entry, names))]) for where, entry in entries)]


def _values(entry: Mapping[str, Any], names: Sequence[str]) -> Iterator[Any]:
    return (entry.get(name) for name in names)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)
