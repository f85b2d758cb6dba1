"""A list of images of individuals: `path,identity[,camera][,split][,x1,y1,x2,y2]` and more."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import (
    SPLITS_EXPECTED,
    Record,
    RecordTable,
    class_names_of,
    record_fault,
    split_name,
)
from elsewhere.data.sets.lists import BOX, Row, locate, parse_box, read_rows
from elsewhere.errors import DataError

IDENTITY = ("identity",)
EXPECTED = "expected is a header path,identity[,camera][,split][,x1,y1,x2,y2] and lines below it"
_KNOWN = frozenset({"path", "camera", "split", *BOX})


class _Line(NamedTuple):
    """One image of the list, with its place there and the cells that make its identity."""

    where: str
    record: Record
    identity: tuple[str, ...]


def read_individual_list(
    file: Path, identity: Sequence[str] = IDENTITY, images: Path | str | None = None
) -> RecordTable:
    """Read a list with header; without a column `split` all is train.

    Args:
        file: the list, separated by commas, tabs or semicolons.
        identity: columns that together are the identity; several are kept as attributes too.
        images: folder that paths are relative to; by default the list's.

    Raises:
        DataError: the list is not as expected, or names missing files; the message names the
            line.
    """
    root = Path(images) if images is not None else file.absolute().parent
    if not root.is_dir():
        raise DataError(f"{root}: no such folder for the images of {file}")
    rows = read_rows(file, EXPECTED)
    columns = _columns(rows[0], tuple(identity))
    if not rows[1:]:
        raise DataError(f"{rows[0].where}: nothing below the header; {EXPECTED}")
    lines = [_line(row, columns, identity) for row in rows[1:]]
    _refuse_half_cameras(lines)
    _refuse_same_name(lines)
    records = tuple(_located(lines, root))
    return RecordTable(root, records, class_names_of(records))


def _columns(header: Row, identity: tuple[str, ...]) -> list[str]:
    """The columns' names, `label` called `identity` where it stands for it."""
    names = [cell.lower() if cell.lower() in _KNOWN else cell for cell in header.cells]
    if identity == IDENTITY:
        names = ["identity" if name.lower() == "identity" else name for name in names]
        if "identity" not in names:
            names = ["identity" if name.lower() == "label" else name for name in names]
    missing = [name for name in ("path", *identity) if name not in names]
    if missing or not identity:
        raise DataError(
            f"{header.where}: no column {' or '.join(missing) or 'for the identity'} among "
            f"{', '.join(header.cells)}; {EXPECTED}, or say which columns are the identity"
        )
    if len(set(names)) < len(names) or "" in names:
        raise DataError(f"{header.where}: columns need names that differ: {', '.join(names)}")
    if 0 < len(set(BOX) & set(names)) < len(BOX):
        raise DataError(f"{header.where}: a box needs the four columns x1, y1, x2, y2")
    return names


def _line(row: Row, columns: Sequence[str], identity: Sequence[str]) -> _Line:
    if len(row.cells) != len(columns):
        raise DataError(
            f"{row.where}: {len(row.cells)} columns where {len(columns)} are expected "
            f"({', '.join(columns)})"
        )
    cells = dict(zip(columns, row.cells, strict=True))
    blank = [name for name in ("path", *identity) if not cells[name]]
    if blank:
        raise DataError(f"{row.where}: {blank[0]} is blank; {EXPECTED}")
    who = tuple(cells[name] for name in identity)
    record = Record(
        cells["path"],
        " ".join(who),
        _split(row, cells),
        parse_box(row, [cells[name] for name in BOX]) if "x1" in cells else None,
        _attributes(cells, identity),
        cells.get("camera") or None,
    )
    fault = record_fault(record)
    if fault is not None:
        raise DataError(f"{row.where}: {fault}")
    return _Line(row.where, record, who)


def _split(row: Row, cells: Mapping[str, str]) -> str:
    if "split" not in cells:
        return "train"
    named = split_name(cells["split"])
    if named is None:
        raise DataError(f"{row.where}: split {cells['split']!r} is not {SPLITS_EXPECTED}")
    return named


def _attributes(cells: Mapping[str, str], identity: Sequence[str]) -> dict[str, str]:
    """What has no meaning of its own; the parts of an identity stay, where it has several."""
    own = _KNOWN - set(identity) if len(identity) > 1 else _KNOWN | set(identity)
    return {name: cell for name, cell in cells.items() if name not in own}


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
        if first.identity != line.identity:
            raise DataError(
                f"{line.where}: identity {line.record.label!r} is made of other cells than in "
                f"{first.where}; rename one, so that the two differ"
            )


def _located(lines: Sequence[_Line], root: Path) -> list[Record]:
    seen: dict[tuple[str, str], str] = {}
    found: list[Record] = []
    missing: list[_Line] = []
    for where, record, _ in lines:
        path = locate(record.path, root, root)
        if path is None:
            missing.append(_Line(where, record, ()))
            continue
        before = seen.setdefault((record.split, path), where)
        if before != where:
            raise DataError(f"{where}: {record.path!r} is listed before, in {before}; keep one")
        found.append(record._replace(path=path))
    if missing:
        where, record, _ = missing[0]
        more = f" ({len(missing)} of {len(lines)} lines name no file)" if missing[1:] else ""
        raise DataError(
            f"{where}: no file {record.path!r} in {root}{more}; paths are relative to the list's "
            "folder or to images"
        )
    return found
