"""One's own images named by lists: of classes, or of individuals.

Columns are known by their headings, in any order and many spellings (see `columns`): the path and
the label are needed, a split, a box and, of individuals, a camera have a meaning, and every other
column becomes an attribute. Edges `x1,y1,x2,y2` count pixels of the upright image, right and bottom
exclusive; a column `bbox` is x, y, width and height; both may be shares of the image, where all
are. A list of classes may do without a header: the order is then path, label, split, x1, y1, x2,
y2; where the third column holds no split names, it and those after it become attributes `column3`,
`column4` ….
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import unread_kinds
from elsewhere.data.records import (
    SPLITS_EXPECTED,
    Record,
    RecordTable,
    class_names_of,
    record_fault,
    split_name,
)
from elsewhere.data.sets.boxes import boxes_in_pixels, parse_box
from elsewhere.data.sets.columns import (
    CLASS,
    IDENTITY,
    Columns,
    Wanted,
    has_header,
    is_yes,
    read_bare,
    read_header,
    refuse_odd_names,
    split_of,
)
from elsewhere.data.sets.json_lists import list_rows
from elsewhere.data.sets.locating import folders_in, is_there, locate_files, spelled_like
from elsewhere.data.sets.split_folders import split_folders
from elsewhere.data.sets.text_lists import Row
from elsewhere.errors import DataError

LIST_NAMES = ("labels.csv", "metadata.csv", "metadata.jsonl", "_annotations.coco.json")
"""Lists by which a folder, or each of its split folders, is read; the first that there is."""
_LONG = 200
"""Signs of a name that are shown."""
Lists = Mapping[str, Path]
"""Lists by the split that each is given for; empty where a list says it."""


class ListKind(NamedTuple):
    """What a list is of.

    For messages, `expected` is the form of the list, and `near` what paths are relative to.
    """

    wanted: Wanted
    expected: str
    near: str


_EXPECTED = "expected is path,label[,split,x1,y1,x2,y2], with a header for further columns"
CLASSES = ListKind(CLASS, _EXPECTED, f"the list's folder or to root; {_EXPECTED}")
INDIVIDUALS = ListKind(
    IDENTITY,
    "expected is a header path,identity[,camera][,split][,x1,y1,x2,y2] and lines below it",
    "the list's folder or to images",
)


class _Line(NamedTuple):
    """One image of a list, with its place there and the cells that make its label."""

    where: str
    record: Record
    label: tuple[str, ...]


def lists_in(folder: Path, kind: ListKind) -> dict[str, Path]:
    """The lists by which a folder is read, by split; "" for one of all splits.

    Without one in the folder, those of its split folders; of one that says no label, none.
    """

    def listed(place: Path) -> Path | None:
        return next((place / n for n in LIST_NAMES if _has_label(place / n, kind)), None)

    whole = listed(folder)
    if whole is not None:
        return {"": whole}
    lists = {path.name: file for path in folders_in(folder) if (file := listed(path))}
    splits = split_folders(list(lists))
    found = {split: lists[name] for name, split in zip(lists, splits, strict=True) if split}
    return found if "train" in found else {}


def read_lists(
    lists: Lists,
    kind: ListKind,
    root: Path | str | None = None,
    identity: Sequence[str] = (),
) -> RecordTable:
    """Read lists of images, in text or JSON, all of it train where nothing says more.

    `root` is the folder that paths are relative to; by default that of each list. `identity` are
    columns that together are the label, found by their headings if not given; several are kept as
    attributes too.
    """
    if not lists:
        raise DataError("no list given; name a file for split 'train' at least")
    base = Path(os.path.commonpath([path.absolute().parent for path in lists.values()]))
    base = base if root is None else Path(root)
    if not base.is_dir():
        called = ", ".join(map(str, lists.values()))
        raise DataError(f"{base}: no such folder for the images of {called}")
    lines: list[_Line] = []
    notes: list[str] = []
    for split, path in lists.items():
        folder = Path(root) if root is not None else path.absolute().parent
        own, understood = _lines(path, split, folder, kind, tuple(identity))
        found, note = _located(own, folder, base, kind)
        notes += [understood] if understood else []
        if not split and {line.record.split for line in found} == {"train"}:
            found, given = _split_by_folders(found, base)
            note = "; ".join(filter(None, (note, given)))
        lines += found
        notes += [note] if note else []
    if kind is INDIVIDUALS:
        _refuse_half_cameras(lines)
        _refuse_same_name(lines)
    records = boxes_in_pixels(base, [(line.where, line.record) for line in lines])
    unread = unread_kinds(Path(record.path) for record in records)
    problems = (f"listed images of kinds that are not read: {unread}",) if unread else ()
    return RecordTable(base, tuple(records), class_names_of(records), tuple(notes), problems)


def _has_label(file: Path, kind: ListKind) -> bool:
    """Whether there is a list that says who or what is seen; a plain labels.csv is meant so."""
    if not file.is_file() or file.name == LIST_NAMES[0]:
        return file.is_file()
    rows = list_rows(file, kind.expected)
    try:
        return bool(read_header(rows, kind.wanted._replace(alone=False)).label)
    except DataError:  # of a column that is not clear: said when it is read
        return True


def _lines(
    file: Path, split: str, folder: Path, kind: ListKind, identity: tuple[str, ...]
) -> tuple[list[_Line], str]:
    """The images of one list, and how it is understood, if not plain.

    `split` is the one that the caller gave the file to, or empty.
    """
    given = split_name(split) if split else None
    if split and given is None:
        raise DataError(f"{file}: given for split {split!r}, which is not {SPLITS_EXPECTED}")
    rows = list_rows(file, kind.expected)
    if kind is CLASSES and not has_header(rows):
        columns, below = read_bare(rows, kind.expected), rows
    else:
        columns, below = _header(rows, folder, kind, identity), rows[1:]
    if given is not None and columns.split is not None:
        raise DataError(
            f"{rows[0].where}: has a split for each line although the file is given for split "
            f"{split!r}; remove that column, or give this one file alone"
        )
    blank = [row for row in below for c in columns.label if c < len(row.cells) and not row.cells[c]]
    if blank:
        more = f", in {len(blank)} of {len(below)} lines" if blank[1:] else ""
        called = columns.names[columns.label[0]] or kind.wanted.called
        advice = kind.expected if kind is CLASSES else "write unknown where nobody knows who it is"
        raise DataError(f"{blank[0].where}: {called} is blank{more}; {advice}")
    refuse_odd_names(below, columns)
    called = columns.names[columns.label[0]]
    plain = identity or called.lower() in ("label", kind.wanted.called)
    understood = "" if plain else f"column {called!r} is read as the {kind.wanted.called}"
    return [_line(row, columns, kind, given) for row in below], understood


def _header(
    rows: Sequence[Row], folder: Path, kind: ListKind, identity: tuple[str, ...]
) -> Columns:
    head = rows[0]
    if kind is INDIVIDUALS and not has_header(rows):
        raise DataError(
            f"{head.where}: no column path or identity among {', '.join(head.cells)}; "
            f"{kind.expected}, or say which columns are the identity"
        )
    columns = read_header(rows, kind.wanted, identity, lambda name: is_there(folder / name))
    if not columns.label:
        raise DataError(
            f"{head.where}: no column {kind.wanted.called} among {', '.join(head.cells)}; call "
            f"the one that is meant so; {kind.expected}"
        )
    if not rows[1:]:
        raise DataError(f"{head.where}: nothing below the header; {kind.expected}")
    return columns


def _line(row: Row, columns: Columns, kind: ListKind, given: str | None) -> _Line:
    row.by_name(columns.names)  # as many cells as columns
    cells = row.cells
    if not cells[columns.path]:
        raise DataError(f"{row.where}: path is blank; {kind.expected}")
    who = tuple(cells[c] for c in columns.label)
    camera = columns.camera if kind is INDIVIDUALS else None
    # the parts of a label stay as attributes, where it has several
    label = columns.label if len(who) == 1 else ()
    used = {columns.path, columns.split, camera, *columns.box, *label}
    record = Record(
        cells[columns.path],
        " ".join(who),
        given or _split(row, columns),
        parse_box(row.where, [cells[c] for c in columns.box]),
        {name: cells[c] for c, name in enumerate(columns.names) if name and c not in used},
        None if camera is None else cells[camera] or None,
    )
    fault = record_fault(record)
    if fault is not None:
        raise DataError(f"{row.where}: {fault}")
    return _Line(row.where, record, who)


def _split(row: Row, columns: Columns) -> str:
    if columns.split is None:
        return "train"
    text, flags = row.cells[columns.split], columns.flags
    named = split_of(text) if flags is None else flags[0] if is_yes(text) else flags[1]
    if named is None:
        raise DataError(f"{row.where}: split {text!r} is not {SPLITS_EXPECTED}")
    return named


def _split_by_folders(lines: list[_Line], base: Path) -> tuple[list[_Line], str]:
    """The lines in the splits that their folders name, where all lie in such folders."""
    tops = [line.record.path.partition("/")[0] for line in lines]
    split = dict(zip(sorted(set(tops)), split_folders(sorted(set(tops))), strict=True))
    if len(split) < 2 or not all(split.values()) or "train" not in split.values():
        return lines, ""
    moved = [
        line._replace(record=line.record._replace(split=split[top] or "train"))
        for line, top in zip(lines, tops, strict=True)
    ]
    return moved, f"splits are those of the folders {', '.join(split)} in {base}"


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


def _located(
    lines: Sequence[_Line], folder: Path, base: Path, kind: ListKind
) -> tuple[list[_Line], str]:
    """The lines with paths relative to `base`, and a note; none is missing or twice in a split."""
    files, note = locate_files([line.record.path for line in lines], folder)
    seen: dict[tuple[str, Path | str], str] = {}
    found: list[_Line] = []
    for line, file in zip(lines, files, strict=True):
        where = seen.setdefault((line.record.split, file or line.record.path), line.where)
        if where != line.where:
            raise DataError(
                f"{line.where}: {line.record.path!r} is listed before, in {where}; keep one"
            )
        if file is not None:
            inside = file.is_relative_to(base)
            path = (file.relative_to(base) if inside else file.absolute()).as_posix()
            found.append(line._replace(record=line.record._replace(path=path)))
    missing = [line for line, file in zip(lines, files, strict=True) if file is None]
    if missing:
        more = f" ({len(missing)} of {len(lines)} lines name no file)" if missing[1:] else ""
        name = missing[0].record.path
        raise DataError(
            f"{missing[0].where}: no file {name[:_LONG]!r} in {folder}{spelled_like(name, folder)}"
            f"{more}; paths are relative to {kind.near}"
        )
    return found, note
