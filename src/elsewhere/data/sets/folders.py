"""One's own images in a folder for each class or individual, with or without split folders."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import Record, RecordTable, class_names_of, enumerate_names, split_name
from elsewhere.data.sets.splitting import complete_splits
from elsewhere.errors import DataError
from elsewhere.files.documents import real_path

_JPEG = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})
_OTHER = frozenset({".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"})
IMAGE_SUFFIXES = _JPEG | _OTHER


class _Kind(NamedTuple):
    """What a folder inside stands for, in the words of messages.

    Attributes:
        one: a folder stands for one.
        inside: where an image should lie.
        named: what folders are named by.
        expected: the layout.
    """

    one: str
    inside: str
    named: str
    expected: str


_CLASSES = _Kind(
    "a class",
    "a class folder",
    "class",
    "expected are folders CLASS/ with images, or train/CLASS/, val/CLASS/ and test/CLASS/",
)
_IDENTITIES = _Kind(
    "an identity",
    "an identity's folder",
    "identity",
    "expected are folders IDENTITY/ with images, or such folders in train/, val/, test/, query/ "
    "and gallery/, or a list path,identity[,camera][,split]",
)


def read_folders(
    root: Path | str, val: float = 0.1, test: float = 0.2, seed: int = 0
) -> RecordTable:
    """Read `root/SPLIT/CLASS/…` or, with the split drawn by seed, `root/CLASS/…`.

    Folders inside a class's folder belong to that class. Hidden files are passed over; what is
    no image by its suffix is left to `check_images`, which lists it.

    Args:
        root: the folder that holds the split folders (train, val or valid or validation, test,
            test-NAME) or the class folders.
        val: fraction of the training images drawn for validation where no folder gives it.
        test: fraction drawn for the test, where the folders give no split at all.
        seed: chooses the images that are drawn.

    Raises:
        DataError: the folder is missing or its layout is another one.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; {_CLASSES.expected}")
    folders = folders_in(root)
    splits = [folder for folder in folders if split_name(folder.name)]
    if any(split_name(folder.name) == "train" and _holds_classes(folder) for folder in splits):
        _refuse_beside(folders, splits, "a folder 'train'", "whose name is no split", _CLASSES)
        records = [record for folder in splits for record in _in_split(root, folder, _CLASSES)]
    elif folders and splits == folders:
        found = enumerate_names(folder.name for folder in folders)
        raise DataError(
            f"{root}: has {found}, but no folder 'train' with classes; {_CLASSES.expected}"
        )
    else:
        records = [r for folder in folders for r in _in_folder(root, folder, "train", _CLASSES)]
    return complete_splits(_table(root, records, _CLASSES), val, test, seed)


def read_individual_folders(root: Path) -> RecordTable:
    """Read `root/IDENTITY/…`, all of it split train, or `root/SPLIT/IDENTITY/…`.

    Folders inside an identity's folder belong to it; cameras are not known.

    Raises:
        DataError: the folders are laid out otherwise, or an identity has no image.
    """
    folders = folders_in(root)
    splits = [folder for folder in folders if split_name(folder.name) and folders_in(folder)]
    if splits:
        names = enumerate_names(folder.name for folder in splits)
        _refuse_beside(folders, splits, f"split folders ({names})", "that is none", _IDENTITIES)
    _refuse_loose(root, _IDENTITIES)
    if splits:
        records = [record for folder in splits for record in _in_split(root, folder, _IDENTITIES)]
    else:
        records = [r for folder in folders for r in _in_folder(root, folder, "train", _IDENTITIES)]
    return _table(root, records, _IDENTITIES)


def _table(root: Path, records: Sequence[Record], kind: _Kind) -> RecordTable:
    names = class_names_of(records)
    if len(names) < 2:
        found = f"only {kind.named} {names[0]!r}" if names else "no images in folders"
        raise DataError(f"{root}: {found}; {kind.expected}")
    return RecordTable(root, tuple(records), names)


def _refuse_beside(
    folders: Sequence[Path], splits: Sequence[Path], these: str, other: str, kind: _Kind
) -> None:
    """Refuse two folders of one split, and images beside the split folders, which would be lost."""
    seen: dict[str | None, Path] = {}
    for folder in splits:
        split = split_name(folder.name)
        if split in seen:
            raise DataError(f"{folder} and {seen[split]} are both split {split!r}; keep one")
        seen[split] = folder
    for folder in folders:
        if folder not in splits and any(map(is_image, files_below(folder))):
            raise DataError(
                f"{folder}: beside {these} stands one with images {other}; rename or move it; "
                f"{kind.expected}"
            )


def _in_split(root: Path, folder: Path, kind: _Kind) -> Iterator[Record]:
    _refuse_loose(folder, kind)
    for inside in folders_in(folder):
        yield from _in_folder(root, inside, split_name(folder.name) or "", kind)


def _in_folder(root: Path, folder: Path, split: str, kind: _Kind) -> Iterator[Record]:
    images = [path for path in files_below(folder) if is_image(path)]
    # a test of classes may lack some
    if not images and (split == "train" or kind is _IDENTITIES):
        raise DataError(
            f"{folder}: {kind.one} without any image (by suffix: .jpg, .png, .webp, …); add "
            "images, or take the folder away"
        )
    for path in images:
        yield Record(path.relative_to(root).as_posix(), folder.name, split)


def _refuse_loose(folder: Path, kind: _Kind) -> None:
    loose = [path.name for path in files_in(folder) if is_image(path)]
    if loose:
        raise DataError(
            f"{folder}: {len(loose)} images lie outside {kind.inside}: "
            f"{enumerate_names(loose, 3)}; move them into folders named by {kind.named}, or away"
        )


def _holds_classes(folder: Path) -> bool:
    """Whether a folder named train is a split and not, say, the class of railway trains."""
    if any(map(is_image, files_in(folder))):
        return any(split_name(other.name) == "test" for other in folders_in(folder.parent))
    return any(map(is_image, files_below(folder)))


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below, in a fixed order; nothing hidden, no link in a circle."""
    yield from _walk(folder, frozenset())


def files_in(folder: Path) -> list[Path]:
    """Every file directly in a folder, by name, without the hidden."""
    return [path for path in _children(folder) if path.is_file()]


def is_image(path: Path) -> bool:
    """Whether a file calls itself an image by its suffix."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = real_path(folder)
    if here in above:
        return
    for path in _children(folder):
        if path.is_dir():
            yield from _walk(path, above | {here})
        else:
            yield path


def folders_in(folder: Path) -> list[Path]:
    """The folders directly inside one, by name, without the hidden."""
    return [path for path in _children(folder) if path.is_dir()]


def _children(folder: Path) -> list[Path]:
    """What a folder holds, by name; hidden entries and the leavings of archivers are not."""
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name != "__MACOSX"
    )
