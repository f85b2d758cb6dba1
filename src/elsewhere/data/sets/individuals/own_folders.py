"""One folder per individual, with or without split folders on top."""

from collections.abc import Iterator
from pathlib import Path

from elsewhere.data.records import Record, RecordTable, class_names_of, enumerate_names, split_name
from elsewhere.data.sets.folders import files_below, files_in, folders_in, is_image
from elsewhere.errors import DataError

EXPECTED = (
    "expected are folders IDENTITY/ with images, or such folders in train/, val/, test/, query/ "
    "and gallery/, or a list path,identity[,camera][,split]"
)


def read_individual_folders(root: Path) -> RecordTable:
    """Read `root/IDENTITY/…`, all of it split train, or `root/SPLIT/IDENTITY/…`.

    Folders inside an identity's folder belong to it; cameras are not known.

    Raises:
        DataError: the folders are laid out otherwise, or an identity has no image.
    """
    folders = folders_in(root)
    splits = [folder for folder in folders if split_name(folder.name) and folders_in(folder)]
    if splits:
        records = [record for split in _checked(splits, folders) for record in _split(root, split)]
    else:
        _refuse_loose(root)
        records = [record for folder in folders for record in _identity(root, folder, "train")]
    names = class_names_of(records)
    if len(names) < 2:
        found = f"only identity {names[0]!r}" if names else "no images in folders"
        raise DataError(f"{root}: {found}; {EXPECTED}")
    return RecordTable(root, tuple(records), names)


def _checked(splits: list[Path], folders: list[Path]) -> list[Path]:
    """The split folders, with nothing beside them that would be lost."""
    seen: dict[str, Path] = {}
    for folder in splits:
        split = split_name(folder.name) or ""
        if split in seen:
            raise DataError(f"{folder} and {seen[split]} are both split {split!r}; keep one")
        seen[split] = folder
    for folder in folders:
        if folder not in splits and any(map(is_image, files_below(folder))):
            raise DataError(
                f"{folder}: beside split folders ({enumerate_names(f.name for f in splits)}) "
                f"stands one with images that is none; rename or move it; {EXPECTED}"
            )
    _refuse_loose(splits[0].parent)
    return splits


def _split(root: Path, folder: Path) -> Iterator[Record]:
    _refuse_loose(folder)
    for identity in folders_in(folder):
        yield from _identity(root, identity, split_name(folder.name) or "")


def _identity(root: Path, folder: Path, split: str) -> Iterator[Record]:
    images = [path for path in files_below(folder) if is_image(path)]
    if not images:
        raise DataError(
            f"{folder}: an identity without any image (by suffix: .jpg, .png, .webp, …); add "
            "images, or take the folder away"
        )
    for path in images:
        yield Record(path.relative_to(root).as_posix(), folder.name, split)


def _refuse_loose(folder: Path) -> None:
    loose = [path.name for path in files_in(folder) if is_image(path)]
    if loose:
        raise DataError(
            f"{folder}: {len(loose)} images lie outside an identity's folder: "
            f"{enumerate_names(loose, 3)}; move them into folders named by identity, or away"
        )
