"""What the columns of a list mean: by their headings where these are known, else by content."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from elsewhere.data.images.kinds import is_image, is_unread
from elsewhere.data.records import name_fault, split_name
from elsewhere.data.sets.split_folders import split_folders
from elsewhere.data.sets.text_lists import Row
from elsewhere.errors import DataError


def _words(text: str) -> list[str]:
    return text.split()


BOX = ("x1", "y1", "x2", "y2")
_PATHS = _words(
    "path file filename image filepath imagepath imgpath imagename imagefile imgname imgfile "
    "img imagefilename photo photopath picture picturepath paths files filenames images "
    "filepaths imagepaths relativepath relpath fullpath fname"
)
_IDS = _words("id imageid imgid photoid pictureid name")
"""What also names files, where nothing of the above does."""
_LABELS = _words(
    "label labels labelname class classes classname category categories categoryname target "
    "targets species speciesname breed variety cultivar commonname scientificname taxon "
    "diagnosis dx groundtruth gt y classid labelid categoryid targetid speciesid id name"
)
_IDENTITIES = _words(
    "identity individual individualid individualname identityid animal animalid whaleid pid "
    "personid vehicleid label id name class target"
)
_SPLITS = _words("split set subset partition dataset datasplit phase usage")
_FLAGS = {
    **dict.fromkeys(("isvalid", "isval", "isvalidation"), ("val", "train")),
    **dict.fromkeys(("istrain", "istraining"), ("train", "test")),
    "istest": ("test", "train"),
}
"""The splits that a yes and a no mean."""
_CAMERAS = _words("camera cam cameraid camid")
_EDGES = (BOX, ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"))
_BOXES = ["bbox", "box", "boundingbox"]
_WEAK = ("id", "name")
"""Headings that mean a class only where a cell comes back."""
_ROWS = 50
"""Rows by which a column is judged."""


class Columns(NamedTuple):
    """Which cell of a row is what; None, or empty, where nothing says it.

    `names` are of all columns, as the list has them. `label` are the cells that together are the
    class or individual; `box` are four of edges, or one of x, y, width and height. `flags` are the
    splits that yes and no mean in the column of splits; None where it names them.
    """

    names: list[str]
    path: int
    label: tuple[int, ...] = ()
    split: int | None = None
    camera: int | None = None
    box: tuple[int, ...] = ()
    flags: tuple[str, str] | None = None


class Wanted(NamedTuple):
    """What a reader looks for in a header: `words` are headings that mean the label.

    What it is `called` comes before all other headings, and is in messages; `alone` says whether
    the only further column is the label, whatever it is called.
    """

    called: str
    words: Sequence[str]
    alone: bool


CLASS = Wanted("label", _LABELS, True)
IDENTITY = Wanted("identity", _IDENTITIES, False)


def has_header(rows: Sequence[Row]) -> bool:
    """Whether the first row names columns, and no image itself."""
    head = rows[0].cells
    if any(map(_names_image, head)):
        return False
    keys = set(map(_key, head))
    known = keys & {*_PATHS, *_LABELS, *_IDENTITIES} - {*_WEAK, "y"}
    return bool(known) or any(_names_image(cell) for row in rows[1:_ROWS] for cell in row.cells)


def read_header(
    rows: Sequence[Row],
    wanted: Wanted,
    given: Sequence[str] = (),
    is_file: Callable[[str], bool] = lambda _: False,
) -> Columns:
    """Find the meaning of columns whose names stand in the first row.

    `given` are the columns that together are the label, by name; none to look for it. `is_file`
    says whether a cell names a file that is there.
    """
    head, below = rows[0], rows[1:]
    _check_names(head)
    path = _path_column(head, below, is_file)
    free = [c for c, name in enumerate(head.cells) if name and c != path]
    split, flags = _split_column(head, below, free)
    box = _box_columns(head)
    camera = _first(head, free, _CAMERAS)
    free = [c for c in free if c not in (split, *box)]
    label = _given(head, given) if given else _label_column(head, below, free, wanted)
    return Columns(head.cells, path, label, split, camera, box, flags)


def read_bare(rows: Sequence[Row], expected: str) -> Columns:
    """The meaning of columns without names: path, label, then split and box if they are there."""
    where, count = rows[0].where, len(rows[0].cells)
    if count < 2:
        raise DataError(f"{where}: {count} column; {expected}")
    names = ["path", "label"] + [f"column{number}" for number in range(3, count + 1)]
    if count == 2 and all(_names_image(row.cells[-1]) for row in rows[:_ROWS]):
        return Columns(["label", "path"], 1, (0,))
    if count == 2 or not any(split_of(cell) for cell in _cells(rows, 2)):
        return Columns(names, 0, (1,))
    if 3 < count < 7:
        raise DataError(f"{where}: {count} columns; {expected}")
    names[2:7] = ["split", *BOX][: count - 2]
    return Columns(names, 0, (1,), 2, box=tuple(range(3, min(count, 7))))


def refuse_odd_names(rows: Iterable[Row], columns: Columns) -> None:
    """Refuse labels and cameras that are not one line of text; blank ones are others' business."""
    named = columns.label if columns.camera is None else (*columns.label, columns.camera)
    seen = {""}
    for row in rows:
        for c in named:
            cell = row.cells[c] if c < len(row.cells) else ""
            if cell not in seen and (fault := name_fault(cell)) is not None:
                called = columns.names[c] or f"column {c + 1}"
                raise DataError(f"{row.where}: {called} {cell!r} {fault}; rename it in the list")
            seen.add(cell)


def split_of(text: str) -> str | None:
    """The split that a cell names; None for none."""
    return split_name(text) or split_folders([text])[0]


def is_yes(text: str) -> bool | None:
    """Whether a cell says yes or no; None where neither."""
    known = {"1": True, "1.0": True, "true": True, "yes": True}
    known |= {"0": False, "0.0": False, "false": False, "no": False, "": False}
    return known.get(text.casefold())


def _key(heading: str) -> str:
    return re.sub(r"[^0-9a-z]", "", heading.casefold())


def _cells(rows: Sequence[Row], column: int) -> list[str]:
    return [row.cells[column] for row in rows if column < len(row.cells)]


def _names_image(cell: str) -> bool:
    path = Path(PureWindowsPath(cell).name)
    return is_image(path) or is_unread(path)


def _first(head: Row, free: Iterable[int], words: Sequence[str]) -> int | None:
    return next((c for c in free if _key(head.cells[c]) in words), None)


def _check_names(head: Row) -> None:
    for name in filter(None, head.cells):
        if (fault := name_fault(name)) is not None:
            raise DataError(f"{head.where}: the column {name!r} {fault}; rename it in the list")
    names = [name.lower() if name.lower() in ("path", "split", *BOX) else name
             for name in head.cells if name]  # fmt: skip
    if len(set(names)) < len(names):
        raise DataError(f"{head.where}: columns need names that differ; found {', '.join(names)}")


def _path_column(head: Row, below: Sequence[Row], is_file: Callable[[str], bool]) -> int:
    """The column of images' files."""
    keys = [_key(name) for name in head.cells]
    if "path" in keys:
        return keys.index("path")
    some = below[:_ROWS]
    looking = [c for c in range(len(keys)) if any(map(_names_image, _cells(some, c)))]
    found = [c for c, key in enumerate(keys) if key in _PATHS]
    found = found or [c for c, key in enumerate(keys) if key in _IDS and not looking] or looking
    for better in (looking, [c for c in found if any(map(is_file, _cells(some, c)))]):
        if len(found) > 1 and set(found) & set(better):
            found = [c for c in found if c in better]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(head.cells)
    if found:
        both = " and ".join(head.cells[c] for c in found)
        raise DataError(
            f"{head.where}: {both} may both be the images' files; call one of them path"
        )
    raise DataError(
        f"{head.where}: no column path among {listed}; call the one of the images' files so"
    )


def _split_column(
    head: Row, below: Sequence[Row], free: Sequence[int]
) -> tuple[int | None, tuple[str, str] | None]:
    """The column of splits, and what yes and no in it mean."""
    split = _first(head, free, ("split",))
    if split is not None:
        return split, None
    for c in free:
        key, cells = _key(head.cells[c]), set(_cells(below, c))
        if key in _SPLITS and cells and all(map(split_of, cells)):
            return c, None
        if key in _FLAGS and all(is_yes(cell) is not None for cell in cells):
            return c, _FLAGS[key]
    return None, None


def _box_columns(head: Row) -> tuple[int, ...]:
    names = [name.lower() for name in head.cells]
    for edges in _EDGES:
        if set(edges) <= set(names):
            return tuple(map(names.index, edges))
    if set(BOX) & set(names):
        raise DataError(f"{head.where}: a box needs the four columns x1, y1, x2, y2")
    return tuple(c for c, name in enumerate(names) if _key(name) in _BOXES)[:1]


def _given(head: Row, given: Sequence[str]) -> tuple[int, ...]:
    lower = [name.lower() for name in head.cells]
    missing = [name for name in given if name.lower() not in lower]
    if missing:
        raise DataError(
            f"{head.where}: no column {' or '.join(missing)} among {', '.join(head.cells)}; say "
            "which columns are the identity"
        )
    return tuple(
        head.cells.index(name) if name in head.cells else lower.index(name.lower())
        for name in given
    )


def _label_column(
    head: Row, below: Sequence[Row], free: Sequence[int], wanted: Wanted
) -> tuple[int, ...]:
    """The column of classes or individuals; of several that say the same, the one in words."""
    sorts: dict[tuple[int, ...], list[int]] = {}
    for c in sorted(free, key=lambda c: _rank(head.cells[c], wanted.words)):
        cells = _cells(below, c)
        known = _key(head.cells[c]) in wanted.words
        if known and not (_key(head.cells[c]) in _WEAK and len(set(cells)) == len(cells) > 1):
            codes: dict[str, int] = {}
            sorts.setdefault(
                tuple(codes.setdefault(cell, len(codes)) for cell in cells), []
            ).append(c)
    exact = [same for same in sorts.values() for c in same if _key(head.cells[c]) == wanted.called]
    chosen = exact[:1] or list(sorts.values())
    if len(chosen) == 1:
        worded = [c for c in chosen[0] if not all(map(_is_number, _cells(below, c)))]
        return ((worded or chosen[0])[0],)
    if chosen:
        several = " and ".join(head.cells[same[0]] for same in chosen)
        raise DataError(
            f"{head.where}: {several} may both be the {wanted.called} and differ; call one of "
            f"them {wanted.called}"
        )
    return (free[0],) if wanted.alone and len(free) == 1 else ()


def _rank(heading: str, words: Sequence[str]) -> int:
    key = _key(heading)
    return words.index(key) if key in words else len(words)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d*)?", cell) is not None
