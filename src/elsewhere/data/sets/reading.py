"""Finding out what a name or a path of pictures means, and how they are laid out."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes import CATEGORY_SETS, find_category_set, read_categories
from elsewhere.data.sets.folders import read_folders
from elsewhere.data.sets.lists import read_list
from elsewhere.data.sets.splitting import complete_splits
from elsewhere.errors import ConfigError, DataError


def read_images(
    path: Path | str | Mapping[str, Path | str],
    images: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    root: Path | str | None = None,
) -> RecordTable:
    """Read a published set, a folder with one folder per class or a `labels.csv`, or lists.

    Args:
        path: the name of a published set, one of `CATEGORY_SETS`; a folder, be it a published
            set's or one's own; a list; or one list for each split. A folder or list of one's own
            that is called like a published set comes before the set.
        images: the folder that the paths of a list are relative to; by default the list's.
        val: share of the training images drawn for validation where the data name none.
        test: share drawn for the test where the data name no splits.
        seed: chooses the images that are drawn.
        root: the folder that holds published sets; relative paths are looked for there.

    Raises:
        DataError: where nothing is there, or it is laid out otherwise.
        ConfigError: for a published set without root, or with `images`.
    """
    base = Path(root or "")
    images = None if images is None else base / images
    if isinstance(path, Mapping):
        return read_list({split: base / file for split, file in path.items()}, images, val, test,
                         seed)  # fmt: skip
    folder = base / path
    if folder.is_file():
        return read_list(folder, images, val, test, seed)
    if (folder / "labels.csv").is_file():
        return read_list(folder / "labels.csv", images, val, test, seed)
    published = find_category_set(path, root)
    if published is not None:
        if images is not None:
            raise ConfigError(f"{published.name} knows where its images are; leave images out")
        return complete_splits(read_categories(*published), val, 0.0, seed)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder or list of pictures{_near(str(path))}")
    return read_folders(folder, val, test, seed)


def _near(name: str) -> str:
    """The published sets that somebody may have meant."""
    if Path(name).name != name:
        return ""
    near = get_close_matches(name.lower(), CATEGORY_SETS, 3, 0.6)
    return f", and no data set of that name; did you mean {' or '.join(near)}?" if near else ""
