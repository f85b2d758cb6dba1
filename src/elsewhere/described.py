"""What a file says of a network's numbers, looked at before it is believed."""

import math
from collections.abc import Mapping
from typing import Any, cast, get_args

from elsewhere.meaning import Calibration, Preprocessing, Retrieval, RetrievalVector

_LONGEST = 8192
"""Pixels of an input's longer side, beyond which a bundle was changed to exhaust memory."""


def read_retrieval(description: Mapping[str, Any]) -> Retrieval:
    """How images are compared; it raises as `read_preprocessing` does."""
    interval = description.get("interval")
    retrieval = Retrieval(**{**description, "interval": interval and tuple(interval)})
    if retrieval.vector not in get_args(RetrievalVector):
        raise ValueError(f"images cannot be compared by {retrieval.vector!r}")
    if not isinstance(retrieval.mirror, bool):
        raise TypeError(f"mirror is true or false, not {retrieval.mirror!r}")
    numbers = (retrieval.threshold, retrieval.false_positive_rate, *(interval or ()))
    for number in (retrieval.slope, retrieval.offset, *(n for n in numbers if n is not None)):
        if isinstance(number, bool) or not math.isfinite(number):
            raise ValueError(f"retrieval holds {number!r} for a number")
    if not 0 <= (retrieval.false_positive_rate or 0.0) <= 1:
        raise ValueError(f"a false positive rate of {retrieval.false_positive_rate} is no share")
    if interval is not None and not (len(interval) == 2 and 0 <= interval[0] <= interval[1] <= 1):
        raise ValueError(f"an interval of {interval} holds no shares")
    return retrieval


def read_preprocessing(description: Mapping[str, Any]) -> Preprocessing:
    """How images become inputs, with sizes and numbers that can be.

    Raises:
        TypeError: or ValueError: they cannot.
    """
    preprocessing = Preprocessing(**{key: tuple(value) for key, value in description.items()})
    for name, length in {"resize": 2, "crop": 2, "mean": 3, "std": 3}.items():
        values = getattr(preprocessing, name)
        if len(values) != length:
            raise ValueError(f"{name} of {len(values)} numbers, not {length}")
        if length == 2 and not all(type(side) is int and 0 < side <= _LONGEST for side in values):
            raise ValueError(f"{name} {values} is not of whole numbers from 1 to {_LONGEST}")
        if not all(_is_number(value) for value in values) or (name == "std" and min(values) <= 0):
            raise ValueError(f"{name} {values} are no numbers to divide by")
    return preprocessing


def read_calibration(description: Mapping[str, Any]) -> Calibration:
    """How far confidence goes; it raises as `read_preprocessing` does."""
    calibration = Calibration(**description)
    temperature, unsure = calibration.temperature, calibration.unsure_below
    if not (_is_number(temperature) and temperature > 0):
        raise ValueError(f"temperature {temperature!r} is not above 0")
    if unsure is not None and not (type(unsure) in (int, float) and unsure >= 0):
        raise ValueError(f"unsure_below {unsure!r} is no probability")
    for count in calibration[2:]:
        if count is not None and type(count) is not int:
            raise TypeError(f"calibration counts {count!r} images")
    return calibration


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(cast(float, value))
