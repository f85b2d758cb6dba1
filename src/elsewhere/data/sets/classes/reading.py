"""A data set of classes by its name or path: published, or one's own folder or lists."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes import aircraft, birds, coco, matlab
from elsewhere.data.sets.folders import read_folders
from elsewhere.data.sets.lists import read_list
from elsewhere.data.sets.places import Place
from elsewhere.data.sets.splitting import AUTO, complete_splits
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
    group: str = AUTO,
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

    Raises:
        DataError: where nothing is there, or it is laid out otherwise.
        ConfigError: for a published set without root, or with `images`.
    """
    base = Path(root or "")
    images = None if images is None else base / images
    if isinstance(path, Mapping):
        lists = {split: base / file for split, file in path.items()}
        return complete_splits(read_list(lists, images, 0, 0), val, test, seed, group)
    folder = base / path
    if folder.is_file():
        return complete_splits(read_list(folder, images, 0, 0), val, test, seed, group)
    if (folder / "labels.csv").is_file():
        table = read_list(folder / "labels.csv", images, 0, 0)
        return complete_splits(table, val, test, seed, group)
    published = find_category_set(path, root)
    if published is not None:
        if images is not None:
            raise ConfigError(f"{published.name} knows where its images are; leave images out")
        return complete_splits(read_categories(*published), val, 0.0, seed)
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder or list of images{_near(str(path))}")
    return complete_splits(read_folders(folder, 0, 0), val, test, seed, group)


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
