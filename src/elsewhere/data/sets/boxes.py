"""Boxes of a list: edges or sizes, in pixels or in shares of the image."""

import re
from collections.abc import Sequence
from pathlib import Path

from elsewhere.data.images.opening import image_size
from elsewhere.data.records import Box, Record
from elsewhere.errors import DataError

_SLACK = 0.01
"""How far a share may reach outside the image by rounding."""


def parse_box(where: str, cells: Sequence[str]) -> Box | None:
    """A box, xyxy as listed, of four edges, or of one cell with x, y, width and height.

    None where it is blank, or one cell has several boxes.
    """
    sizes = len(cells) == 1
    if sizes:
        cells = re.findall(r"[-+.\w]+", cells[0])
        if len(cells) > 4 and len(cells) % 4 == 0:
            return None  # of several, none is the image's
    if all(cell.lower() in ("", "nan") for cell in cells):
        return None
    try:
        x1, y1, x2, y2 = map(float, cells)
    except ValueError as error:
        form = "x,y,width,height" if sizes else "x1,y1,x2,y2 (or four blanks)"
        raise DataError(f"{where}: box {','.join(cells)!r} is not four numbers {form}") from error
    return (x1, y1, x1 + x2, y1 + y2) if sizes else (x1, y1, x2, y2)


def boxes_in_pixels(root: Path, listed: Sequence[tuple[str, Record]]) -> list[Record]:
    """The records, boxes in shares of the image turned into pixels where all are shares."""
    records = [record for _, record in listed]
    boxes = [(where, record.box) for where, record in listed if record.box is not None]
    if boxes and all(min(box) >= -_SLACK and max(box) <= 1 + _SLACK for _, box in boxes):
        return [_scaled(root, record) for record in records]
    tiny = [where for where, (x1, y1, x2, y2) in boxes if x2 - x1 < 1 and y2 - y1 < 1]
    if tiny:
        raise DataError(
            f"{tiny[0]}: a box smaller than a pixel, in {len(tiny)} of {len(boxes)} lines with "
            "a box: give all in pixels, or all as shares of the image"
        )
    return records


def _scaled(root: Path, record: Record) -> Record:
    if record.box is None:
        return record
    try:
        width, height = image_size(root / record.path)
    except DataError:  # a broken image is told of when all are opened
        return record._replace(box=None)
    x1, y1, x2, y2 = record.box
    return record._replace(box=(x1 * width, y1 * height, x2 * width, y2 * height))
