"""How much work an image may ask for, looked at before any of it is decoded."""

import mmap
import re
import threading
import warnings
from pathlib import Path

from PIL import Image

from elsewhere.errors import DataError

_BYTES = 2**30
_PIXELS = {"JPEG": 300_000_000, "MPO": 300_000_000}
_OTHER_PIXELS = 120_000_000
"""Phones take 108 and 200 million, as JPEG; other kinds are decoded whole, whatever is asked."""
_SCANS, _SCANNED = 100, 2_500_000_000
"""Scans of a progressive JPEG, which has ten as a rule; and their pixels together, some seconds."""
_RUNS_A_PROGRAM = ("EPS", "WMF")
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # in numbers, FF is followed by 00 or D0..D7
_SEQUENTIAL, _FRAMES = (0xC0, 0xC1), (0xC0, 0xC1, 0xC2, 0xC3)
_END, _SCAN, _BARE = 0xD9, 0xDA, (0x01, 0xD8)
_pillow = threading.Lock()


def open_unbounded(file: object) -> Image.Image:
    """Open an image of any size; Pillow's own limit is a number of the whole process."""
    _hush_pillow()
    with _pillow:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file)  # type: ignore[arg-type]
        finally:
            Image.MAX_IMAGE_PIXELS = before


def require_regular(path: Path) -> None:
    """Refuse a pipe or device, which may be waited on for ever, and a file that is too large."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise DataError(f"{path}: not a regular file; take it out")
    if path.is_file() and path.stat().st_size > _BYTES:
        raise DataError(f"{path}: larger than 1 GiB; make it smaller")


def require_bounded(image: Image.Image, source: Path | bytes, name: str) -> None:
    """Refuse an opened image that asks for more than any photograph does."""
    if image.format in _RUNS_A_PROGRAM:
        raise DataError(f"{name}: {image.format} is a drawing, not a photograph; save it as PNG")
    pixels, most = image.width * image.height, _PIXELS.get(image.format or "", _OTHER_PIXELS)
    if pixels > most:
        raise DataError(
            f"{name}: {image.width} x {image.height} pixels, more than the {most // 10**6} million "
            f"that are read of a {image.format} file; make it smaller"
        )
    if image.format in _PIXELS:
        scans = _scans_of(source)
        if scans > _SCANS or scans * pixels > _SCANNED:
            count = f"more than {_SCANS}" if scans > _SCANS else str(scans)
            raise DataError(f"{name}: {count} scans over one another; save it anew")


def _scans_of(source: Path | bytes) -> int:
    if isinstance(source, bytes):
        return count_scans(source)
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return count_scans(mapped)


def count_scans(jpeg: bytes | mmap.mmap) -> int:
    """Scans of a JPEG, counted until there are too many; 1 where the first one holds all."""
    place, scans, parts = 2, 0, 0
    sequential = False
    while (found := _MARKER.search(jpeg, place)) is not None:
        kind, place = found[1][0], found.end()
        if kind == _END or scans > _SCANS:
            break
        if kind in _FRAMES:
            sequential, parts = kind in _SEQUENTIAL, jpeg[place + 7]
        if kind == _SCAN:
            scans += 1
            if sequential and jpeg[place + 2] == parts:
                break
        if kind not in _BARE:
            place += int.from_bytes(jpeg[place : place + 2], "big")
    return scans


def _hush_pillow() -> None:
    """What Pillow thinks of a file is said with the file's name, or not at all."""
    if not any(getattr(one[3], "pattern", "") == r"PIL\." for one in warnings.filters):
        warnings.filterwarnings("ignore", module=r"PIL\.")
