"""A gallery written out: as a list, or as embeddings that need no gallery."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from elsewhere.data.naming import InputImage
from elsewhere.errors import DataError
from elsewhere.files.writing import write_atomically
from elsewhere.gallery.entries import Entry
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.retrieval.embedding import SHARD, WHOLE
from elsewhere.retrieval.files import hold_share
from elsewhere.retrieval.listing import ListedImage
from elsewhere.retrieval.settings import STORE, StoreSettings, settle
from elsewhere.retrieval.shards import Entry as Stored
from elsewhere.retrieval.shards import Place, shard_name, write_shard
from elsewhere.retrieval.store import write_table


def export_gallery(
    entries: Sequence[Entry],
    read_vectors: Callable[[Sequence[str]], np.ndarray],
    settings: StoreSettings,
    place: Path,
) -> int:
    """Write images of a gallery out, to a `.csv` as a list, else as embeddings; says how many.

    Raises:
        DataError: there is no image, or embeddings are there already.
    """
    if not entries:
        raise DataError("no image fulfils the conditions: there is nothing to write")
    if place.suffix.lower() == ".csv":
        write_atomically(place, list_of(entries))
    else:
        _write_store(entries, read_vectors, settings, place)
    return len(entries)


def list_of(entries: Sequence[Entry]) -> str:
    """A list with path, identity, camera, time and every other column, as CSV."""
    facts = "path", "identity", "camera", "time"
    said = dict.fromkeys(name for entry in entries for name in entry.columns)
    others = [name for name in said if name.casefold() not in facts]
    lines: list[Sequence[object]] = [(*facts, *others)]
    for entry in entries:
        known = entry.path, entry.label or "", entry.camera or "", entry.time or ""
        lines.append((*known, *(entry.columns.get(name, "") for name in others)))
    return csv_text(lines)


def _write_store(
    entries: Sequence[Entry],
    read_vectors: Callable[[Sequence[str]], np.ndarray],
    settings: StoreSettings,
    folder: Path,
) -> None:
    if (folder / STORE).is_file():
        raise DataError(f"{folder}: holds embeddings already; name another folder")
    with hold_share(folder, WHOLE):
        settle(folder, settings, WHOLE)
        placed: list[tuple[ListedImage, Place]] = []
        for start in range(0, len(entries), SHARD):
            part = entries[start : start + SHARD]
            rows = [Stored(e.path, e.size, e.modified, row) for row, e in enumerate(part)]
            vectors = read_vectors([entry.key for entry in part])
            file = folder / shard_name(WHOLE, start // SHARD)
            write_shard(file, vectors, rows, settings.digest, WHOLE)
            placed += [(_listed(e), Place(file.name, row, None)) for row, e in enumerate(part)]
        # by their places: images in memory may share name, size and time
        write_table(folder, settings, placed, WHOLE)


def _listed(entry: Entry) -> ListedImage:
    image = InputImage(Path(entry.path), entry.path, PurePosixPath(entry.place))
    return ListedImage(image, entry.path, entry.label, entry.camera, entry.size, entry.modified)
