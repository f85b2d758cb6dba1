"""Images named by a CSV or TXT list: `path,label[,split,x1,y1,x2,y2]` and further columns."""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import (
    SPLITS_EXPECTED,
    Box,
    Record,
    RecordTable,
    class_names_of,
    record_fault,
    split_name,
)
from elsewhere.data.sets.splitting import complete_splits
from elsewhere.errors import DataError

EXPECTED = "expected is path,label[,split,x1,y1,x2,y2], with a header for further columns"
BOX = ("x1", "y1", "x2", "y2")


class Row(NamedTuple):
    """One line of a list: where it stands and its cells."""

    where: str
    cells: list[str]


def read_list(
    file: Path | str | Mapping[str, Path | str],
    root: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
) -> RecordTable:
    """Read a list of images, separated by commas, tabs or semicolons, with or without header.

    With a header, columns come in any order; `path` and `label` are needed, `split` and
    `x1,y1,x2,y2` (pixels of the upright image, right and bottom exclusive; blank where unknown)
    have a meaning, and every other column becomes an attribute. Without one, the order is
    path, label, split, x1, y1, x2, y2; where the third column holds no split names, it and those
    after it become attributes `column3`, `column4` ….

    Args:
        file: the list, or one list for each split, as in `{"train": …, "val": …, "test": …}`.
        root: the folder that paths are relative to; by default that of the list.
        val: fraction of the training images drawn for validation where no list gives it.
        test: fraction drawn for the test, where the list gives no split at all.
        seed: chooses the images that are drawn.

    Raises:
        DataError: a file is missing or a line is not as expected; the message names the line.
    """
    lists = {s: Path(f) for s, f in file.items()} if isinstance(file, Mapping) else {"": Path(file)}
    if not lists:
        raise DataError("no list given; name a file for split 'train' at least")
    base = Path(os.path.commonpath([path.absolute().parent for path in lists.values()]))
    base = Path(root) if root is not None else base
    if not base.is_dir():
        raise DataError(
            f"{base}: no such folder for the images of {', '.join(map(str, lists.values()))}"
        )
    records: list[Record] = []
    for split, path in lists.items():
        folder = Path(root) if root is not None else path.absolute().parent
        records.extend(_read_one(path, folder, base, split))
    table = RecordTable(base, tuple(records), class_names_of(records))
    return complete_splits(table, val, test, seed)


def _read_one(path: Path, folder: Path, base: Path, split: str) -> Iterator[Record]:
    """Records of one list; `split` is the one that the caller gave the file to, or empty."""
    given = split_name(split) if split else None
    if split and given is None:
        raise DataError(f"{path}: given for split {split!r}, which is not {SPLITS_EXPECTED}")
    rows = read_rows(path)
    columns, rows = _columns(rows)
    if given is not None and "split" in columns:
        raise DataError(
            f"{rows[0].where}: has a split for each line although the file is given for split "
            f"{split!r}; remove that column, or give this one file alone"
        )
    seen: dict[tuple[str, str], str] = {}
    missing: list[tuple[Row, str]] = []
    for row in rows:
        record = _record(row, columns, given)
        where = seen.setdefault((record.split, record.path), row.where)
        if where != row.where:
            raise DataError(f"{row.where}: {record.path!r} is listed before, in {where}; keep one")
        located = locate(record.path, folder, base)
        if located is None:
            missing.append((row, record.path))
        else:
            yield record._replace(path=located)
    if missing:
        row, name = missing[0]
        more = f" ({len(missing)} of {len(rows)} lines name no file)" if len(missing) > 1 else ""
        raise DataError(
            f"{row.where}: no file {name!r} in {folder}{more}; paths are relative to the list's "
            f"folder or to root; {EXPECTED}"
        )


def read_rows(path: Path, expected: str = EXPECTED) -> list[Row]:
    """The lines that are not blank, cut into cells."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise DataError(f"{path}: {reason}; name a CSV or TXT list") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text in UTF-8; save the list as UTF-8") from error
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(",\t;", key=first.count)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    rows: list[Row] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append(Row(f"{path}:{reader.line_num}", stripped))
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: {error}; {expected}") from error
    if not rows:
        raise DataError(f"{path}: the list is empty; {expected}")
    return rows


def _columns(rows: list[Row]) -> tuple[list[str], list[Row]]:
    """What each column means, and the lines below the header."""
    head = [cell.lower() for cell in rows[0].cells]
    if "path" in head and "label" in head:
        known = {"path", "label", "split", *BOX}
        columns = [
            low if low in known else cell for low, cell in zip(head, rows[0].cells, strict=True)
        ]
        where, rows = rows[0].where, rows[1:]
        if not rows:
            raise DataError(f"{where}: nothing below the header; {EXPECTED}")
        if len(set(columns)) < len(columns) or "" in columns:
            raise DataError(f"{where}: columns need names that differ; found {', '.join(columns)}")
        if 0 < len(set(BOX) & set(columns)) < 4:
            raise DataError(f"{where}: a box needs the four columns x1, y1, x2, y2")
    else:
        columns = _columns_without_header(rows)
    for row in rows:
        if len(row.cells) != len(columns):
            raise DataError(
                f"{row.where}: {len(row.cells)} columns where {len(columns)} are "
                f"expected ({', '.join(columns)})"
            )
    return columns, rows


def _columns_without_header(rows: Sequence[Row]) -> list[str]:
    count = len(rows[0].cells)
    if count < 2:
        raise DataError(f"{rows[0].where}: {len(rows[0].cells)} column; {EXPECTED}")
    names = ["path", "label"] + [f"column{number}" for number in range(3, count + 1)]
    if count > 2 and any(len(row.cells) > 2 and split_name(row.cells[2]) for row in rows):
        names[2] = "split"
        if count > 3:
            if count < 7:
                raise DataError(f"{rows[0].where}: {count} columns; {EXPECTED}")
            names[3:7] = BOX
    return names


def _record(row: Row, columns: Sequence[str], given: str | None) -> Record:
    cells = dict(zip(columns, row.cells, strict=True))
    path, label = cells.pop("path"), cells.pop("label")
    if not path or not label:
        raise DataError(f"{row.where}: {'path' if not path else 'label'} is blank; {EXPECTED}")
    split = given or "train"
    if "split" in cells:
        text = cells.pop("split")
        named = split_name(text)
        if named is None:
            raise DataError(f"{row.where}: split {text!r} is not {SPLITS_EXPECTED}")
        split = named
    box = parse_box(row, [cells.pop(name) for name in BOX]) if "x1" in cells else None
    record = Record(path, label, split, box, cells)
    fault = record_fault(record)
    if fault is not None:
        raise DataError(f"{row.where}: {fault}")
    return record


def parse_box(row: Row, cells: list[str]) -> Box | None:
    """A box of four cells; None where all are blank."""
    if not any(cells):
        return None
    try:
        x1, y1, x2, y2 = map(float, cells)
    except ValueError as error:
        raise DataError(
            f"{row.where}: box {','.join(cells)!r} is not four numbers x1,y1,x2,y2 (or four blanks)"
        ) from error
    return x1, y1, x2, y2


def locate(name: str, folder: Path, base: Path) -> str | None:
    """A listed file's path relative to `base`, or whole where it lies elsewhere; None for none."""
    for spelling in (name, name.replace("\\", "/")):
        path = folder / spelling
        if path.is_file():
            path = Path(os.path.normpath(path))
            inside = path.is_relative_to(base)
            return (path.relative_to(base) if inside else path.absolute()).as_posix()
    return None
