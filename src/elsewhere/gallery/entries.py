"""What a gallery knows of an image besides its vector."""

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from elsewhere.data.images.opening import ImageContent, open_image, time_taken
from elsewhere.errors import DataError, printable
from elsewhere.retrieval.listing import ListedImage

Value = str | int | float
TIMES = ("time", "date", "datetime", "timestamp", "taken")
"""Columns of a list that say when an image was taken, in this order."""
FACTS = ("label", "camera", "time", "path", "place")
"""What conditions may name of every image; all else is a column of its list."""


class Entry(NamedTuple):
    """An image of a gallery.

    Attributes:
        key: SHA-256 of its file's content; the image is known by it.
        label: the individual it shows; None where unknown.
        camera: which camera took it; None where unknown.
        time: when, as ISO 8601 in the camera's own time; None where unknown.
        path: absolute path that it was added by.
        place: its path below the folder or list that it was added by.
        size: its file's bytes.
        modified: when the file was last changed, in nanoseconds since 1970.
        columns: whatever else its list says.
    """

    key: str
    label: str | None
    camera: str | None
    time: str | None
    path: str
    place: str
    size: int
    modified: int
    columns: Mapping[str, Value]


def entry_of(listed: ListedImage, key: str) -> Entry:
    """What is known of an image that was named.

    Raises:
        DataError: its list has a time that is none.
    """
    line = listed.image.listed
    columns = dict(line.columns) if line else {}
    said = next((name for name in columns if name.casefold() in TIMES and columns[name]), None)
    time = _time(columns[said], f"{listed.image.name}: {said}") if said else None
    if time is None:
        time = _time_in(listed.image.source)
    return Entry(
        key,
        listed.label,
        listed.camera,
        time,
        listed.path,
        listed.image.place.as_posix().encode("utf-8", "backslashreplace").decode(),
        listed.size,
        listed.modified,
        {name: plain_value(text) for name, text in columns.items() if text and name != said},
    )


def file_key(path: Path) -> str:
    """The key of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_key(content: ImageContent) -> str:
    """The key of an image in memory: of the bytes of a file, the file's."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    pixels = np.asarray(content.convert("RGB") if isinstance(content, Image.Image) else content)
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def plain_value(text: str) -> Value:
    """A number where a text is just that, so that it is compared as one; 007 is none."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if math.isfinite(number) and str(number) == text and abs(number) < 2**53:
            return number
    return text


def _time_in(source: Path | ImageContent) -> str | None:
    """When an image itself says that it was taken."""
    if not isinstance(source, Path | bytes | Image.Image):
        return None
    try:
        with open_image(source) as image:
            taken = time_taken(image)
    except DataError:  # what is wrong with it is said where it is read
        return None
    return None if taken is None else taken.isoformat(timespec="seconds")


def _time(text: str, where: str) -> str:
    for read in (datetime.fromisoformat, lambda t: datetime.strptime(t, "%Y:%m:%d %H:%M:%S")):
        try:
            return read(text.strip()).replace(tzinfo=None).isoformat(timespec="seconds")
        except ValueError:
            continue
    raise DataError(
        f"{where}: {printable(text)!r} is no time; write it as 2024-05-31 or 2024-05-31T14:05:00"
    )
