"""Which images are meant: by their files, or by the paths that a gallery knows them by."""

from collections.abc import Iterable
from pathlib import Path

from elsewhere.data.naming import InputImage, each_image
from elsewhere.errors import DataError
from elsewhere.gallery.adding import know_images
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.keeping import Database
from elsewhere.inference.embedder import Images
from elsewhere.retrieval.listing import ListedImage, absolute_text, list_images
from elsewhere.retrieval.settings import STORE


def store_folders(images: Images) -> tuple[list[Path], list[object]]:
    """Folders of embeddings, and everything else that was named."""
    stores: list[Path] = []
    others: list[object] = []
    for each in _several(images):
        if isinstance(each, str | Path) and (Path(each) / STORE).is_file():
            stores.append(Path(each))
        else:
            others.append(each)
    return stores, others


def list_inputs(images: Iterable[object]) -> list[ListedImage]:
    """Images with what their lists and folders say of them; in memory nobody says anything.

    Raises:
        DataError: a path names nothing, or a list says two things of one image.
    """
    several = list(images)
    names = [each for each in several if isinstance(each, str | Path)]
    held = [each for each in several if not isinstance(each, str | Path)]
    listed = list_images(names) if names else []
    return listed + [_listed(image) for image in each_image(held)]


def named_entries(
    database: Database, images: Images, *, removed: bool = False
) -> tuple[list[Entry], list[ListedImage]]:
    """Images of a gallery that were named, and those that were named and are not in it.

    A path as it was added names its image also where the file is gone; removed images are named
    where that is asked for.

    Raises:
        DataError: a path is neither a file nor known to the gallery.
    """
    found: dict[str, Entry] = {}
    others: list[object] = []
    for each in _several(images):
        path = Path(each) if isinstance(each, str | Path) else None
        if path is None or path.exists():
            others.append(each)
            continue
        known = database.find_paths([absolute_text(path)]).get(absolute_text(path), [])
        entries = [held.entry for held in known if held.present or removed]
        if not entries:
            raise DataError(f"{path}: no such file, and not in the gallery {database.place}")
        found |= {entry.key: entry for entry in entries}
    if not others:
        return list(found.values()), []
    coming = know_images(database, list_inputs(others), lambda *_: None)
    for file, problem in coming.problems.items():
        raise DataError(f"{file}: {problem}")
    held = database.find(list(coming.entries))
    there = {key: each.entry for key, each in held.items() if each.present or removed}
    missing = [coming.sources[key] for key in coming.entries if key not in there]
    return list((found | there).values()), missing


def _several(images: Images) -> list[object]:
    if isinstance(images, Iterable) and not isinstance(images, str | bytes) and not hasattr(
        images, "__array__"
    ) and not isinstance(images, InputImage):  # fmt: skip
        return list(images)
    return [images]


def _listed(image: InputImage) -> ListedImage:
    return ListedImage(image, image.name, None, None, -1, 0)
