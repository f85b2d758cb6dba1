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
from elsewhere.data.sets.lists import LIST_NAMES, lists_of_classes, read_class_lists
from elsewhere.data.sets.places import Place
from elsewhere.data.sets.splitting import complete_splits
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
    """A published data set that somebody means.

    Attributes:
        name: of `CATEGORY_SETS`.
        folder: that it lies in, or the one around that.
    """

    name: str
    folder: Path


def read_images(
    path: Path | str | Mapping[str, Path | str],
    images: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    root: Path | str | None = None,
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
        refuse: whether to raise that a split cannot be drawn; the table's problems say it if not.

    Raises:
        DataError: where nothing is there, or it is laid out otherwise.
        ConfigError: for a published set without root, or with `images`.
    """
    table = _read(path, images, root)
    published = find_category_set(path, root) if isinstance(path, str | Path) else None
    try:
        return complete_splits(table, val, 0.0 if published else test, seed)
    except DataError as error:
        if refuse:
            raise
        return replace(table, problems=(str(error).removeprefix(f"{table.root}: "),))


def _read(
    path: Path | str | Mapping[str, Path | str], images: Path | str | None, root: Path | str | None
) -> RecordTable:
    """The table as folders or lists give it, no split drawn."""
    base = Path(root or "")
    images = None if images is None else base / images
    if isinstance(path, Mapping):
        return refuse_missing_labels(
            read_class_lists({s: base / file for s, file in path.items()}, images)
        )
    folder = base / path
    if folder.is_file():
        return refuse_missing_labels(read_class_lists({"": folder}, images))
    published = None if (folder / LIST_NAMES[0]).is_file() else find_category_set(path, root)
    if published is not None:
        if images is not None:
            raise ConfigError(f"{published.name} knows where its images are; leave images out")
        return read_categories(*published)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder or list of images{_near(str(path))}")
    lists = lists_of_classes(folder)
    return refuse_missing_labels(
        read_class_lists(lists, images) if lists else read_class_folders(folder)
    )


def read_categories(name: str, root: Path | str) -> RecordTable:
    """Read a published data set of classes by its name.

    Args:
        name: a name of `CATEGORY_SETS`.
        root: the folder that it lies in, or the one around that.

    Raises:
        ConfigError: no set has that name.
        DataError: it is not there, or not as expected.
    """
    if name not in _READERS:
        raise ConfigError(f"{name!r} is no data set; these are {', '.join(CATEGORY_SETS)}")
    return _READERS[name](root)


def find_category_set(path: Path | str, root: Path | str | None = None) -> FoundSet | None:
    """The published set that a name or a folder means; None for one's own data.

    A folder is a published set where it has that set's lists. A folder or list of one's own that
    is called like a set comes before the set.

    Args:
        path: a name of `CATEGORY_SETS`, or a folder.
        root: the folder that sets lie in and that a relative path is looked for in.

    Raises:
        ConfigError: a name without root.
    """
    name, folder = str(path), Path(root or "", path)
    if name not in _READERS:
        marked = [known for known, places in _PLACES.items() for place in places
                  if place.is_marked(folder)]  # fmt: skip
        return FoundSet(marked[0], folder) if marked else None
    if folder.exists():
        return FoundSet(name, folder) if _lies_in(name, folder) else None
    if root is None:
        raise ConfigError(
            f"{name}: say with root which folder it lies in (a folder of your own that is called "
            f"so is written ./{name})"
        )
    return FoundSet(name, Path(root))


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
