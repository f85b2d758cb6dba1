"""One's own images named by a CSV or TXT list: of classes, or of individuals."""

import os
from collections.abc import Mapping, Sequence
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
from elsewhere.data.sets.text_lists import Row, read_rows
from elsewhere.errors import DataError

BOX = ("x1", "y1", "x2", "y2")
IDENTITY = ("identity",)


class _Kind(NamedTuple):
    """What a list is of.

    Attributes:
        known: columns with a meaning; others become attributes.
        expected: the form of the list, for messages.
        near: what paths are relative to, for messages.
    """

    known: frozenset[str]
    expected: str
    near: str


_EXPECTED = "expected is path,label[,split,x1,y1,x2,y2], with a header for further columns"
_CLASSES = _Kind(
    frozenset({"path", "label", "split", *BOX}),
    _EXPECTED,
    f"the list's folder or to root; {_EXPECTED}",
)
_INDIVIDUALS = _Kind(
    frozenset({"path", "camera", "split", *BOX}),
    "expected is a header path,identity[,camera][,split][,x1,y1,x2,y2] and lines below it",
    "the list's folder or to images",
)


class _Line(NamedTuple):
    """One image of a list, with its place there and the cells that make its label."""

    where: str
    record: Record
    label: tuple[str, ...]


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
    base = _folder_of(root, base, ", ".join(map(str, lists.values())))
    records: list[Record] = []
    for split, path in lists.items():
        folder = Path(root) if root is not None else path.absolute().parent
        records += _located(_class_lines(path, split), folder, base, _CLASSES)
    table = RecordTable(base, tuple(records), class_names_of(records))
    return complete_splits(table, val, test, seed)


def read_individual_list(
    file: Path, identity: Sequence[str] = IDENTITY, images: Path | str | None = None
) -> RecordTable:
    """Read a list `path,identity[,camera][,split][,x1,y1,x2,y2]` with header; else all is train.

    Args:
        file: the list, separated by commas, tabs or semicolons.
        identity: columns that together are the identity; several are kept as attributes too.
        images: folder that paths are relative to; by default the list's.

    Raises:
        DataError: the list is not as expected, or names missing files; the message names the
            line.
    """
    root = _folder_of(images, file.absolute().parent, str(file))
    header, *rows = read_rows(file, _INDIVIDUALS.expected)
    columns = _identity_columns(header, tuple(identity))
    _refuse_bare(header, rows, _INDIVIDUALS)
    lines = [_line(row, columns, identity, _INDIVIDUALS) for row in rows]
    _refuse_half_cameras(lines)
    _refuse_same_name(lines)
    records = tuple(_located(lines, root, root, _INDIVIDUALS))
    return RecordTable(root, records, class_names_of(records))


def _folder_of(given: Path | str | None, usual: Path, lists: str) -> Path:
    folder = usual if given is None else Path(given)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder for the images of {lists}")
    return folder


def _class_lines(path: Path, split: str) -> list[_Line]:
    """The images of one list; `split` is the one that the caller gave the file to, or empty."""
    given = split_name(split) if split else None
    if split and given is None:
        raise DataError(f"{path}: given for split {split!r}, which is not {SPLITS_EXPECTED}")
    rows = read_rows(path, _CLASSES.expected)
    head = [cell.lower() for cell in rows[0].cells]
    if "path" in head and "label" in head:
        header, *rows = rows
        _refuse_bare(header, rows, _CLASSES)
        columns = _named(header, _CLASSES)
        _check_columns(header, columns)
    else:
        columns = _columns_without_header(rows)
    if given is not None and "split" in columns:
        raise DataError(
            f"{rows[0].where}: has a split for each line although the file is given for split "
            f"{split!r}; remove that column, or give this one file alone"
        )
    return [_line(row, columns, ("label",), _CLASSES, given) for row in rows]


def _columns_without_header(rows: Sequence[Row]) -> list[str]:
    where, count = rows[0].where, len(rows[0].cells)
    if count < 2:
        raise DataError(f"{where}: {count} column; {_CLASSES.expected}")
    names = ["path", "label"] + [f"column{number}" for number in range(3, count + 1)]
    if count > 2 and any(len(row.cells) > 2 and split_name(row.cells[2]) for row in rows):
        names[2] = "split"
        if count > 3:
            if count < 7:
                raise DataError(f"{where}: {count} columns; {_CLASSES.expected}")
            names[3:7] = BOX
    return names


def _identity_columns(header: Row, identity: tuple[str, ...]) -> list[str]:
    """The columns' names, `label` called `identity` where it stands for it."""
    names = _named(header, _INDIVIDUALS)
    if identity == IDENTITY:
        names = ["identity" if name.lower() == "identity" else name for name in names]
        if "identity" not in names:
            names = ["identity" if name.lower() == "label" else name for name in names]
    missing = [name for name in ("path", *identity) if name not in names]
    if missing or not identity:
        raise DataError(
            f"{header.where}: no column {' or '.join(missing) or 'for the identity'} among "
            f"{', '.join(header.cells)}; {_INDIVIDUALS.expected}, or say which columns are the "
            "identity"
        )
    _check_columns(header, names)
    return names


def _named(header: Row, kind: _Kind) -> list[str]:
    """The names of a header, those with a meaning in small letters."""
    return [cell.lower() if cell.lower() in kind.known else cell for cell in header.cells]


def _check_columns(header: Row, names: Sequence[str]) -> None:
    if len(set(names)) < len(names) or "" in names:
        raise DataError(f"{header.where}: columns need names that differ; found {', '.join(names)}")
    if 0 < len(set(BOX) & set(names)) < len(BOX):
        raise DataError(f"{header.where}: a box needs the four columns x1, y1, x2, y2")


def _refuse_bare(header: Row, rows: Sequence[Row], kind: _Kind) -> None:
    if not rows:
        raise DataError(f"{header.where}: nothing below the header; {kind.expected}")


def _line(
    row: Row, columns: Sequence[str], label: Sequence[str], kind: _Kind, given: str | None = None
) -> _Line:
    cells = row.by_name(columns)
    blank = [name for name in ("path", *label) if not cells[name]]
    if blank:
        raise DataError(f"{row.where}: {blank[0]} is blank; {kind.expected}")
    # the parts of a label stay as attributes, where it has several
    meant = kind.known - set(label) if len(label) > 1 else kind.known | set(label)
    who = tuple(cells[name] for name in label)
    record = Record(
        cells["path"],
        " ".join(who),
        given or _split(row.where, cells.get("split", "train")),
        _box(row.where, [cells[name] for name in BOX]) if "x1" in cells else None,
        {name: cell for name, cell in cells.items() if name not in meant},
        (cells.get("camera") or None) if "camera" in kind.known else None,
    )
    fault = record_fault(record)
    if fault is not None:
        raise DataError(f"{row.where}: {fault}")
    return _Line(row.where, record, who)


def _split(where: str, text: str) -> str:
    named = split_name(text)
    if named is None:
        raise DataError(f"{where}: split {text!r} is not {SPLITS_EXPECTED}")
    return named


def _box(where: str, cells: Sequence[str]) -> Box | None:
    """A box of four cells; None where all are blank."""
    if not any(cells):
        return None
    try:
        x1, y1, x2, y2 = map(float, cells)
    except ValueError as error:
        raise DataError(
            f"{where}: box {','.join(cells)!r} is not four numbers x1,y1,x2,y2 (or four blanks)"
        ) from error
    return x1, y1, x2, y2


def _refuse_half_cameras(lines: Sequence[_Line]) -> None:
    without = [line for line in lines if line.record.camera is None]
    if without and len(without) < len(lines):
        raise DataError(
            f"{without[0].where}: camera is blank, in {len(without)} of {len(lines)} lines; give "
            "every line a camera, or none"
        )


def _refuse_same_name(lines: Sequence[_Line]) -> None:
    seen: dict[str, _Line] = {}
    for line in lines:
        first = seen.setdefault(line.record.label, line)
        if first.label != line.label:
            raise DataError(
                f"{line.where}: identity {line.record.label!r} is made of other cells than in "
                f"{first.where}; rename one, so that the two differ"
            )


def _located(lines: Sequence[_Line], folder: Path, base: Path, kind: _Kind) -> list[Record]:
    """The records with their paths relative to `base`; none is missing or twice in a split."""
    seen: dict[tuple[str, str], str] = {}
    found: list[Record] = []
    missing: list[_Line] = []
    for line in lines:
        name, split = line.record.path, line.record.split
        path = _locate(name, folder, base)
        where = seen.setdefault((split, path or name), line.where)
        if where != line.where:
            raise DataError(f"{line.where}: {name!r} is listed before, in {where}; keep one")
        if path is None:
            missing.append(line)
        else:
            found.append(line.record._replace(path=path))
    if missing:
        more = f" ({len(missing)} of {len(lines)} lines name no file)" if missing[1:] else ""
        raise DataError(
            f"{missing[0].where}: no file {missing[0].record.path!r} in {folder}{more}; paths are "
            f"relative to {kind.near}"
        )
    return found


def _locate(name: str, folder: Path, base: Path) -> str | None:
    """A listed file's path relative to `base`, or whole where it lies elsewhere; None for none."""
    for spelling in (name, name.replace("\\", "/")):
        path = folder / spelling
        if path.is_file():
            path = Path(os.path.normpath(path))
            inside = path.is_relative_to(base)
            return (path.relative_to(base) if inside else path.absolute()).as_posix()
    return None
