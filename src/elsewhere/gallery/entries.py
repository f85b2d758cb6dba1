"""What a gallery knows of an image besides its vector."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from elsewhere.data.images.opening import ImageContent, open_image, time_taken
from elsewhere.data.naming import InputImage
from elsewhere.errors import DataError, one_line, printable
from elsewhere.retrieval.answers import Found
from elsewhere.retrieval.listing import ListedImage

Value = str | int | float
TIMES = ("time", "date", "datetime", "timestamp", "taken")
"""Columns of a list that say when an image was taken: of several, the first of these."""
FACTS = ("label", "camera", "time", "path", "place")
"""What conditions may name of every image; all else is a column of its list."""
_HOUR = re.compile(r"\d\d:\d\d(:\d\d)?")
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)", re.ASCII)
_TEXTS = ""
"""A column cannot be called that; it keeps the texts of numbers that are written otherwise."""


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
        columns: whatever else its list says; a number that is not written as Python does, such as
            2.50, is kept as text, and compared as a number.
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

    def found(self, similarity: float, images: int = 0) -> Found:
        """It, as what was found: how similar, and how many of its individual were compared."""
        return Found(self.label, similarity, self.place, self.path, self.camera, images)


def entry_of(listed: ListedImage, key: str) -> Entry:
    """What is known of an image that was named.

    Raises:
        DataError: its list has a time that is none.
    """
    line = listed.image.listed
    columns = dict(line.columns) if line else {}
    said = _said_times(columns)
    time = _time(" ".join(said.values()), f"{listed.image.name}: {', '.join(said)}")
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
        {name: plain_value(text) for name, text in columns.items() if text and name not in said},
    )


def image_key(image: InputImage) -> str:
    """The key of an image, in memory or in its file.

    Raises:
        DataError: it cannot be read; the message is why.
    """
    if image.content is not None:
        return content_key(image.content)
    try:
        if image.problem or not image.path.is_file():
            raise DataError(image.problem or "no such file; restore it, or take it out of the list")
        return file_key(image.path)
    except (OSError, ValueError) as error:
        raise DataError(one_line(getattr(error, "strerror", None) or str(error))) from error


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
    """A number where a text is just that; 2.50 and 007 stay texts, so that they are not lost."""
    number = as_number(text)
    return number if str(number) == text else text


def as_number(value: Value) -> Value:
    """What a value is compared as: a number where it is written as one; 007 is none."""
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        if abs(number) < 2**53 and (str(number) == value or _NUMBER.fullmatch(value)):
            return number
    return value


def kept_columns(columns: Mapping[str, Value]) -> dict[str, Any]:
    """Columns as a database compares them, and under an empty name the texts that these hide."""
    numbers = {name: as_number(value) for name, value in columns.items()}
    texts = {name: value for name, value in columns.items() if numbers[name] is not value}
    return numbers | ({_TEXTS: texts} if texts else {})


def said_columns(kept: Mapping[str, Any]) -> dict[str, Value]:
    """Columns as their list said them."""
    columns = {**kept, **kept.get(_TEXTS, {})}
    columns.pop(_TEXTS, None)
    return columns


def _said_times(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns that say when: one, or a day and the hour that another column says."""
    named = {name.casefold(): name for name in columns if columns[name]}
    there = [named[word] for word in TIMES if word in named]
    if len(there) > 1 and _HOUR.fullmatch(columns[there[0]]):
        return {name: columns[name] for name in (there[1], there[0])}
    return {name: columns[name] for name in there[:1]}


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


def _time(text: str, where: str) -> str | None:
    if not text:
        return None
    for read in (datetime.fromisoformat, lambda t: datetime.strptime(t, "%Y:%m:%d %H:%M:%S")):
        try:
            return read(text.strip()).replace(tzinfo=None).isoformat(timespec="seconds")
        except ValueError:
            continue
    raise DataError(
        f"{where}: {printable(text)!r} is no time; write it as 2024-05-31 or 2024-05-31T14:05:00"
    )
