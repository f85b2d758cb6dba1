"""Images in one folder per class."""

from collections.abc import Iterator
from pathlib import Path

from elsewhere.data.records import Record, RecordTable, class_names_of, enumerate_names, split_name
from elsewhere.data.sets.splitting import complete_splits
from elsewhere.errors import DataError

_JPEG = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})
_OTHER = frozenset({".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"})
IMAGE_SUFFIXES = _JPEG | _OTHER
_EXPECTED = "expected are folders CLASS/ with images, or train/CLASS/, val/CLASS/ and test/CLASS/"


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
        raise DataError(f"{root}: no such folder; {_EXPECTED}")
    folders = folders_in(root)
    if any(split_name(folder.name) == "train" and _holds_classes(folder) for folder in folders):
        records = list(_read_splits(root, folders))
    elif folders and all(split_name(folder.name) for folder in folders):
        found = enumerate_names(folder.name for folder in folders)
        raise DataError(f"{root}: has {found}, but no folder 'train' with classes; {_EXPECTED}")
    else:
        records = [record for folder in folders for record in _read_class(root, folder, "train")]
    names = class_names_of(records)
    if len(names) < 2:
        found = f"only class {names[0]!r}" if names else "no images in folders"
        raise DataError(f"{root}: {found}; {_EXPECTED}")
    return complete_splits(RecordTable(root, tuple(records), names), val, test, seed)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below, in a fixed order; nothing hidden, no link in a circle."""
    yield from _walk(folder, frozenset())


def files_in(folder: Path) -> list[Path]:
    """Every file directly in a folder, by name, without the hidden."""
    return [path for path in _children(folder) if path.is_file()]


def is_image(path: Path) -> bool:
    """Whether a file calls itself an image by its suffix."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def _read_splits(root: Path, folders: list[Path]) -> Iterator[Record]:
    seen: dict[str, Path] = {}
    for folder in folders:
        split = split_name(folder.name)
        if split is None:
            if any(is_image(path) for path in files_below(folder)):
                raise DataError(
                    f"{folder}: beside a folder 'train' stands one with images whose name is no "
                    f"split; rename or move it; {_EXPECTED}"
                )
            continue
        if split in seen:
            raise DataError(f"{folder} and {seen[split]} are both split {split!r}; keep one")
        seen[split] = folder
        loose = [path.name for path in _children(folder) if path.is_file() and is_image(path)]
        if loose:
            raise DataError(
                f"{folder}: images lie outside a class folder: {enumerate_names(loose, 3)}; "
                "move them into folders named by class, or out of here"
            )
        for class_folder in folders_in(folder):
            yield from _read_class(root, class_folder, split)


def _read_class(root: Path, folder: Path, split: str) -> Iterator[Record]:
    images = [path for path in files_below(folder) if is_image(path)]
    if not images and split == "train":
        raise DataError(
            f"{folder}: a class without any image (by suffix: .jpg, .png, .webp, …); add images, "
            "or take the folder away"
        )
    for path in images:
        yield Record(path.relative_to(root).as_posix(), folder.name, split)


def _holds_classes(folder: Path) -> bool:
    """Whether a folder named train is a split and not, say, the class of railway trains."""
    if any(path.is_file() and is_image(path) for path in _children(folder)):
        return any(split_name(other.name) == "test" for other in folders_in(folder.parent))
    return any(is_image(path) for path in files_below(folder))


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = folder.resolve()
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
