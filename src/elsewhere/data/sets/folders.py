"""One's own images in a folder for each class or individual, with or without split folders."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import unread_kinds
from elsewhere.data.records import (
    Record,
    RecordTable,
    enumerate_counts,
    enumerate_names,
    order_names,
    plain_name,
    split_name,
)
from elsewhere.data.sets.split_folders import says_nothing, split_folders
from elsewhere.data.sets.walking import Folder, refuse_shared, scan_folder
from elsewhere.errors import DataError

_FEW = 10
"""Folders beside one another that may be splits; more than that are classes."""


class _Kind(NamedTuple):
    """What a folder inside stands for, in the words of messages.

    An image should lie `inside`; folders are named by what is `named`, of which `several` is the
    plural; `expected` is the layout.
    """

    inside: str
    named: str
    several: str
    expected: str


_CLASSES = _Kind(
    "a class folder",
    "class",
    "classes",
    "expected are folders CLASS/ with images, or train/CLASS/, val/CLASS/ and test/CLASS/",
)
_IDENTITIES = _Kind(
    "an identity's folder",
    "identity",
    "identities",
    "expected are folders IDENTITY/ with images, or such folders in train/, val/, test/, query/ "
    "and gallery/, or a list path,identity[,camera][,split]",
)


class _InSplit(NamedTuple):
    """A folder that stands for a split, or for a class or individual in one."""

    folder: Folder
    split: str


def read_class_folders(root: Path) -> RecordTable:
    """Read `root/SPLIT/CLASS/…`, or `root/CLASS/…`, all of it split train.

    The names of split folders are seen through words such as set, data and images. Folders inside a
    class's folder belong to that class; folders that hold nothing but one other folder are entered.
    A class without images stays a class. Hidden files and what systems leave are passed over; what
    else is not read is told in the table's notes.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; {_CLASSES.expected}")
    top = _unwrapped(scan_folder(root))
    splits = _splits_in(top)
    tested = any(each.split == "test" for each in splits)
    if any(each.split == "train" and _holds_classes(each.folder, tested) for each in splits):
        return _read(root, top, splits, _CLASSES)
    if splits and len(splits) == len(_with_images(top)):
        found = enumerate_names(folder.name for folder in top.folders)
        raise DataError(
            f"{root}: has {found}, but no folder 'train' with classes; {_CLASSES.expected}"
        )
    return _read(root, top, [], _CLASSES)


def read_individual_folders(root: Path) -> RecordTable:
    """Read `root/IDENTITY/…`, all of it split train, or `root/SPLIT/IDENTITY/…`.

    Folders inside an identity's folder belong to it; cameras are not known.
    """
    top = _unwrapped(scan_folder(root))
    _refuse_loose(top, _IDENTITIES)
    return _read(root, top, [each for each in _splits_in(top) if each.folder.folders], _IDENTITIES)


def _splits_in(top: Folder) -> list[_InSplit]:
    folders = _with_images(top)
    splits = split_folders([folder.name for folder in folders])
    return [_InSplit(f, split) for f, split in zip(folders, splits, strict=True) if split]


def _with_images(top: Folder) -> list[Folder]:
    """The folders in it that hold images, be they of kinds that are not read."""
    return [each for each in top.folders if any(f.images or f.unread for f in each.tree())]


def _read(root: Path, top: Folder, splits: Sequence[_InSplit], kind: _Kind) -> RecordTable:
    """The table of folders that stand for splits, or where there are none, for classes."""
    if splits:
        _refuse_beside(top.folders, splits, kind)
        labelled = [
            _InSplit(inside, split)
            for folder, split in splits
            for inside in _classes_in(folder, kind)
        ]
    else:
        _refuse_two_readings(top, kind)
        labelled = [_InSplit(folder, "train") for folder in top.folders]
    groups: dict[str, list[Folder]] = {}
    for folder, split in labelled:
        groups.setdefault(f"{folder.name} ({split})", []).append(folder)
    refuse_shared(groups)
    records = tuple(
        Record(path.relative_to(root).as_posix(), each.folder.name, each.split)
        for each in labelled
        for path in _files(each.folder)
    )
    # a test of classes may lack some
    empty = {each.folder.name for each in labelled if each.split == "train" or kind is _IDENTITIES}
    names = order_names(empty | {record.label for record in records})
    if len({record.label for record in records}) < 2:
        found = f"only {kind.named} {records[0].label!r}" if records else "no images in folders"
        raise DataError(f"{root}: {found}; {kind.expected}{_not_read(labelled, '; ')}")
    return RecordTable(root, records, names, tuple(_notes(root, top, splits, labelled, kind)))


def _unwrapped(folder: Folder) -> Folder:
    """The folder below those that hold nothing but one other, such as `archive/images`."""
    holding = folder.holding()
    if len(holding) != 1 or folder.images or holding[0].images or not holding[0].holding():
        return folder
    return folder if any(split_folders([holding[0].name])) else _unwrapped(holding[0])


def _classes_in(folder: Folder, kind: _Kind) -> Sequence[Folder]:
    """The class folders of a split; a folder of no meaning between is entered."""
    _refuse_loose(folder, kind)
    holding = folder.holding()
    if len(holding) == 1 and holding[0].holding() and not holding[0].images:
        inside = holding[0]
        if says_nothing(inside.name) or plain_name(inside.name) == plain_name(folder.name):
            return _classes_in(inside, kind)
    return folder.folders


def _refuse_beside(folders: Sequence[Folder], splits: Sequence[_InSplit], kind: _Kind) -> None:
    """Refuse two folders of one split, and images beside the split folders, which would be lost."""
    seen: dict[str, Folder] = {}
    for folder, split in splits:
        if split in seen:
            raise DataError(
                f"{folder.path} and {seen[split].path} are both split {split!r}; keep one"
            )
        seen[split] = folder
    taken = {folder.path for folder, _ in splits}
    for folder in folders:
        if folder.path not in taken and folder.holds_images():
            names = enumerate_names(folder.name for folder, _ in splits)
            raise DataError(
                f"{folder.path}: beside split folders ({names}) stands one with images whose name "
                f"is no split; rename or move it; {kind.expected}"
            )


def _refuse_two_readings(top: Folder, kind: _Kind) -> None:
    """Refuse folders that all hold the same folders, and so may be splits or classes."""
    outer = top.holding()
    inner = [{inside.name.casefold() for inside in folder.holding()} for folder in outer]
    same = set.intersection(*inner) if inner else set()
    loose = any(folder.images for folder in outer)
    if loose or len(same) < 2 or not 2 <= len(outer) <= _FEW:
        return
    several = kind.several
    raise DataError(
        f"{top.path}: {enumerate_names((folder.name for folder in outer), 4)} all hold folders "
        f"{enumerate_names(sorted(same), 4)}, which has two readings: if the outer ones are "
        f"splits, call them train, val and test; if they are {several}, move the images out of the "
        "inner ones, or name the images in a list"
    )


def _refuse_loose(folder: Folder, kind: _Kind) -> None:
    if folder.images:
        loose = enumerate_names((path.name for path in folder.images), 3)
        raise DataError(
            f"{folder.path}: {len(folder.images)} images lie outside {kind.inside}: {loose}; move "
            f"them into folders named by {kind.named}, or away"
        )


def _holds_classes(folder: Folder, tested: bool) -> bool:
    """Whether a folder named train is a split and not, say, the class of railway trains."""
    return tested and folder.holds_images() if folder.images else folder.holds_images()


def _files(folder: Folder, read: bool = True) -> Iterator[Path]:
    """All images, or all that are not read, of a folder and those below."""
    for each in folder.tree():
        yield from each.images if read else each.unread


def _notes(
    root: Path, top: Folder, splits: Sequence[_InSplit], labelled: Sequence[_InSplit], kind: _Kind
) -> Iterator[str]:
    """What was understood of the layout, and what of it is not used."""
    if top.path != root:
        yield f"{kind.several} are read below {top.path.relative_to(root).as_posix()}/"
    if top.images:
        yield f"not used: {len(top.images)} images outside {kind.inside}, directly in {top.path}"
    odd = [f"{f.name} is {split}" for f, split in splits if split_name(f.name) != split]
    if odd:
        yield f"splits: {', '.join(odd)}"
    nested = [each.folder for each in labelled if each.folder.holding()]
    if nested:
        example = nested[0].holding()[0].path.relative_to(root).as_posix()
        yield (
            f"folders inside {len({folder.name for folder in nested})} {kind.several}, such as "
            f"{example}, are read as part of these"
        )
    if unread := _not_read(labelled):
        yield unread


def _not_read(labelled: Sequence[_InSplit], before: str = "") -> str:
    """Which images are of kinds that are not read, and how many in which folders."""
    unread = [(each.folder.name, file) for each in labelled for file in _files(each.folder, False)]
    if not unread:
        return ""
    counts = Counter(name for name, _ in unread)
    kinds = unread_kinds(file for _, file in unread)
    return f"{before}images not read: {kinds}, in {enumerate_counts(counts)}"
