"""A data set of classes by its name or path: published, or one's own folder or lists."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes import aircraft, birds, coco, matlab
from elsewhere.data.sets.folders import read_class_folders
from elsewhere.data.sets.lists import CLASSES, LIST_NAMES, lists_in, read_lists
from elsewhere.data.sets.places import Place, require_root
from elsewhere.data.sets.splitting import ALONE, AUTO, complete_splits
from elsewhere.data.sets.unknown import refuse_missing_labels
from elsewhere.errors import ConfigError, DataError

Reader = Callable[[Path | str], RecordTable]
_PLACES: Mapping[str, tuple[Place, ...]] = {
    "nabirds": (birds.NABIRDS,),  # before cub, whose lists it has too
    "cub": (birds.CUB,),
    "cars": (matlab.CARS, matlab.CARS_OLD),
    "aircraft": (aircraft.PLACE,),
    "dogs": (matlab.DOGS,),
    "flowers": (matlab.FLOWERS,),
}
_READERS: Mapping[str, Reader] = {
    "cub": birds.read_cub,
    "cars": matlab.read_cars,
    "aircraft": aircraft.read_aircraft,
    "dogs": matlab.read_dogs,
    "nabirds": birds.read_nabirds,
    "flowers": matlab.read_flowers,
    **{f"inat{year}": partial(coco.read_inat, version=year) for year in get_args(coco.Version)},
}
CATEGORY_SETS = tuple(_READERS)
"""The published data sets of classes that `read_categories` knows by name."""


class FoundSet(NamedTuple):
    """A set of `CATEGORY_SETS` that somebody means, and its folder or the one around that."""

    name: str
    folder: Path


def read_images(
    path: Path | str | Mapping[str, Path | str],
    images: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    root: Path | str | None = None,
    group: str = AUTO,
    *,
    refuse: bool = True,
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
        group: what a drawn split keeps on one side; see `complete_splits`. Of a published set,
            every image is drawn by itself.
        refuse: whether to raise that a split cannot be drawn; the table's problems say it if not.

    Raises:
        DataError: where nothing is there, or it is laid out otherwise.
        ConfigError: for a published set without root, or with `images`.
    """
    base = Path(root or "")
    published = None if isinstance(path, Mapping) else find_category_set(path, root)
    if published is not None:
        if images is not None:
            raise ConfigError(f"{published.name} knows where its images are; leave images out")
        table, drawn = read_categories(*published), (val, 0.0, seed, ALONE)
    else:
        table = _read_own(path, base, None if images is None else base / images)
        table, drawn = refuse_missing_labels(table), (val, test, seed, group)
    try:
        return complete_splits(table, *drawn)
    except DataError as error:
        if refuse:
            raise
        problem = str(error).removeprefix(f"{table.root}: ")
        return replace(table, problems=(*table.problems, problem))


def _read_own(
    path: Path | str | Mapping[str, Path | str], base: Path, images: Path | None
) -> RecordTable:
    """The table as folders or lists give it, no split drawn."""
    if isinstance(path, Mapping):
        return read_lists({split: base / file for split, file in path.items()}, CLASSES, images)
    folder = base / path
    if not folder.exists():
        raise DataError(f"{folder}: no such folder or list of images{_near(str(path))}")
    lists = lists_in(folder, CLASSES) if folder.is_dir() else {"": folder}
    return read_lists(lists, CLASSES, images) if lists else read_class_folders(folder)


def read_categories(name: str, root: Path | str) -> RecordTable:
    """Read a published data set of classes by its name."""
    if name not in _READERS:
        raise ConfigError(f"{name!r} is no data set; these are {', '.join(CATEGORY_SETS)}")
    return _READERS[name](root)


def find_category_set(path: Path | str, root: Path | str | None = None) -> FoundSet | None:
    """The published set that a name or a folder means; None for one's own data.

    A folder is a published set where it has that set's lists. A folder or list of one's own that is
    called like a set comes before the set, and one's own `labels.csv` before a set's lists. A name
    needs `root`.
    """
    name, folder = str(path), Path(root or "", path)
    if folder.is_file() or (folder / LIST_NAMES[0]).is_file():
        return None
    if name not in _READERS:
        marked = [known for known, places in _PLACES.items() for place in places
                  if place.is_marked(folder)]  # fmt: skip
        return FoundSet(marked[0], folder) if marked else None
    if folder.exists():
        return FoundSet(name, folder) if _lies_in(name, folder) else None
    return FoundSet(name, require_root(name, root))


def _lies_in(name: str, folder: Path) -> bool:
    """Whether the folder that is called like a set is that set's, or holds it."""
    if name in _PLACES:
        return any(place.lies_in(folder) for place in _PLACES[name])
    version = next(year for year in get_args(coco.Version) if name == f"inat{year}")
    return any((folder / file).is_file() for file in coco.lists_of(version))


def _near(name: str) -> str:
    """The published sets that somebody may have meant."""
    if Path(name).name != name:
        return ""
    near = get_close_matches(name.lower(), CATEGORY_SETS, 3, 0.6)
    return f", and no data set of that name; did you mean {' or '.join(near)}?" if near else ""
