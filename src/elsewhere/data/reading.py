"""Finding out how a person's pictures are laid out."""

from collections.abc import Mapping
from pathlib import Path

from elsewhere.data.folders import read_folders
from elsewhere.data.lists import read_list
from elsewhere.data.records import RecordTable
from elsewhere.errors import DataError


def read_images(
    path: Path | str | Mapping[str, Path | str],
    images: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
) -> RecordTable:
    """Read a folder with one folder per class, a folder with a `labels.csv`, or lists.

    Args:
        path: the folder or the list; or one list for each split.
        images: the folder that the paths of a list are relative to; by default the list's.
        val: share of the training images drawn for validation where the data name none.
        test: share drawn for the test where the data name no splits.
        seed: chooses the images that are drawn.

    Raises:
        DataError: where nothing is there, or it is laid out otherwise.
    """
    if isinstance(path, Mapping):
        return read_list(path, images, val, test, seed)
    path = Path(path)
    if path.is_file():
        return read_list(path, images, val, test, seed)
    if (path / "labels.csv").is_file():
        return read_list(path / "labels.csv", images, val, test, seed)
    if not path.is_dir():
        raise DataError(f"{path}: no such folder or list of pictures")
    return read_folders(path, val, test, seed)
