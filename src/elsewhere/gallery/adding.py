"""Images into a gallery: what is missing is looked at, whoever else is adding at the same time."""

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elsewhere.data.records import name_fault
from elsewhere.errors import DataError
from elsewhere.gallery.database import Action
from elsewhere.gallery.entries import Entry, entry_of, file_key, image_key
from elsewhere.gallery.keeping import Database
from elsewhere.inference.embedder import Embedder
from elsewhere.inference.vectors import gather_vectors
from elsewhere.retrieval.listing import ListedImage, note_problem
from elsewhere.retrieval.store import Embeddings
from elsewhere.retrieval.vectors import Loading

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

_AHEAD, _ROWS = 8, 1024


class Added(NamedTuple):
    """What came of adding.

    Attributes:
        added: images that were not in the gallery.
        there: images that were, or that another process has added meanwhile.
        named_otherwise: of these, images that the gallery has under another name; it is kept.
        problems: why an image could not be read, by its name, or its path where two share a name.
    """

    added: int
    there: int
    named_otherwise: int
    problems: dict[str, str]


class Coming(NamedTuple):
    """Images that are to be added, by key: what is known of each, and where it is read from."""

    entries: dict[str, Entry]
    sources: dict[str, ListedImage]
    problems: dict[str, str]


def add_images(
    database: Database,
    model: Embedder,
    images: Sequence[ListedImage],
    action: Action,
    loading: Loading,
    report: Report,
) -> Added:
    """Add the images whose content the gallery does not have; of two with the same, the first.

    Each batch is in the gallery, whole, before the next is looked at. A process that meets another
    one's work goes on elsewhere in the images.

    Raises:
        DataError: a list has a time that is none.
    """
    coming = know_images(database, images, report)
    entries = coming.entries
    held = database.find(list(entries))
    renamed = sum(
        each.present and bool(entries[key].label) and each.entry.label != entries[key].label
        for key, each in held.items()
    )
    # what was removed has a vector still
    gone = [entries[key] for key, each in held.items() if not each.present]
    added = _bring_back(database, gone, action)
    waiting = [key for key in entries if key not in held]
    step = loading.batch_size * max(_AHEAD * loading.workers, 1)
    parts = [waiting[start : start + step] for start in range(0, len(waiting), step)]
    done, unread = len(held), 0
    while parts:
        report("embedding", done, len(entries))
        part = parts.pop(0)
        there = database.find(part)
        fresh = [key for key in part if key not in there]
        now, read = _add_part(database, model, coming, fresh, action, loading)
        added, done, unread = added + now, done + len(part), unread + len(fresh) - read
        if len(fresh) < len(part) or now < read:
            random.Random(action.name).shuffle(parts)
    report("embedding", len(entries), len(entries))
    return Added(added, len(entries) - added - unread, renamed, coming.problems)


def add_whole(
    database: Database, model: Embedder, images: Sequence[ListedImage], action: Action
) -> list[str]:
    """Add all of some images, or none where one cannot be read; says their keys.

    Raises:
        DataError: one cannot be read.
    """
    coming = know_images(database, images, lambda *_: None)
    for name, why in coming.problems.items():
        raise DataError(f"{name}: {why}")
    inputs = [image.image for image in coming.sources.values()]
    found = gather_vectors(model.look(inputs, model.wanted(), Loading()))
    for row, why in found.problems.items():
        raise DataError(f"{found.files[row]}: {why}")
    database.add(list(coming.entries.values()), found.vectors, action)
    return list(coming.entries)


def know_images(database: Database, images: Sequence[ListedImage], report: Report) -> Coming:
    """Tell images by their content; files that the gallery has seen as they are, are not read.

    What is no file, in memory or gone, has a size of -1 and is never taken for one that was seen.
    """
    known = database.find_paths([image.path for image in images])
    keys = {
        (held.entry.path, held.entry.size, held.entry.modified): held.entry.key
        for several in known.values()
        for held in several
    }
    coming = Coming({}, {}, {})
    for done, image in enumerate(images):
        report("reading", done, len(images))
        seen = keys.get((image.path, image.size, image.modified)) if image.size >= 0 else None
        try:
            key = seen or image_key(image.image)
        except DataError as error:
            note_problem(coming.problems, image.image.name, image.path, str(error))
            continue
        if key not in coming.entries:
            coming.entries[key] = entry_of(image, key)
            coming.sources[key] = image
    return coming


def add_embeddings(database: Database, store: Embeddings, action: Action, report: Report) -> Added:
    """Add what was embedded before; an image whose file is gone is known by its vector.

    Raises:
        DataError: a name is not one line of text.
    """
    for called in ("label", "camera"):
        for name in filter(None, store.table[called].unique().to_pylist()):
            if (fault := name_fault(name)) is not None:
                raise DataError(
                    f"{store.folder}: the {called} {name!r} {fault}; rename it where "
                    "it comes from, and embed it anew"
                )
    added = 0
    for first, vectors in store.blocks(_ROWS):
        rows = store.table.slice(first, len(vectors)).to_pylist()
        pairs = zip(rows, vectors, strict=True)
        entries = [_stored_entry(row, vector) for row, vector in pairs]
        added += database.add(entries, vectors, action)
        report("adding", first + len(vectors), len(store))
    return Added(added, len(store) - added, 0, {})


def _bring_back(database: Database, entries: Sequence[Entry], action: Action) -> int:
    if not entries:
        return 0
    return database.add(entries, database.vectors([each.key for each in entries]), action)


def _add_part(
    database: Database,
    model: Embedder,
    coming: Coming,
    keys: Sequence[str],
    action: Action,
    loading: Loading,
) -> tuple[int, int]:
    """How many images were added, of how many that were looked at."""
    rows: list[Entry] = []
    vectors: list[np.ndarray] = []
    seen = 0
    inputs = [coming.sources[key].image for key in keys]
    for batch in model.look(inputs, model.wanted(), loading):
        rows += [coming.entries[keys[seen + row]] for row in batch.read]
        vectors += list(batch.vectors)
        for row, why in batch.problems.items():
            image = coming.sources[keys[seen + row]]
            note_problem(coming.problems, image.image.name, image.path, why)
        seen += len(batch.inputs)
    return (database.add(rows, np.stack(vectors), action) if rows else 0), len(rows)


def _stored_entry(row: dict, vector: np.ndarray) -> Entry:
    path = Path(row["path"])
    try:
        now = path.stat()
        same = (now.st_size, now.st_mtime_ns) == (row["size"], row["modified"])
        key = file_key(path) if same else ""
    except (OSError, ValueError):
        key = ""
    key = key or hashlib.sha256(b"vector" + vector.tobytes()).hexdigest()
    facts = row["label"], row["camera"], None, row["path"], row["place"]
    return Entry(key, *facts, row["size"], row["modified"], {})
