"""Conditions that an image of a gallery must fulfil: "camera != 3", "time >= 2024-05"."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from elsewhere.errors import ConfigError, printable
from elsewhere.gallery.entries import FACTS, Value, as_number

_TIME = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d)?)?)?)?)?")
_FORM = re.compile(r"\s*([^=!<>]*[^=!<>\s])\s*(!=|<=|>=|==?|<|>)\s*(.*?)\s*", re.DOTALL)


class Condition(NamedTuple):
    """One condition.

    Attributes:
        column: label, camera, time, path, place, or a column of the list that images came by.
        operator: `=`, `!=`, `<`, `<=`, `>` or `>=`.
        value: what it is compared with; None for nothing, as of an image nobody has named.
    """

    column: str
    operator: str
    value: Value | None


def read_conditions(texts: Iterable[str]) -> list[Condition]:
    """Read conditions, all of which must hold.

    A time is compared as precisely as it is written: `time = 2024-05` is the whole month. Numbers
    are compared as numbers, everything else as text. An image that says nothing of a column
    fulfils `!=` alone; `label =` asks for those without a label. A gallery refuses a column that
    none of its images has.

    Raises:
        ConfigError: a text is no condition, or its time no time.
    """
    return [_read(text) for text in texts]


def _read(text: str) -> Condition:
    found = _FORM.fullmatch(text)
    if not found:
        raise ConfigError(
            f"{printable(text)!r} is no condition; write COLUMN = VALUE, with !=, <, <=, > or >= "
            "too, such as 'camera != 3' or 'time >= 2024-05'"
        )
    column, operator, value = found.groups()
    operator = operator.replace("==", "=")
    if not value and operator not in ("=", "!="):
        raise ConfigError(f"{printable(text)!r}: nothing can only be equal or not, = or !=")
    if column.casefold() in FACTS:
        column = column.casefold()
        if column == "time" and value:
            if not _TIME.fullmatch(value):
                raise ConfigError(
                    f"{printable(text)!r}: a time is written as 2024, 2024-05, 2024-05-31 or "
                    "2024-05-31T14:05:00, or a part of that"
                )
            value = value.replace(" ", "T")  # as times are kept
        return Condition(column, operator, value or None)
    return Condition(column, operator, as_number(value) if value else None)
