"""Which images a query must not be scored by, although their cameras say nothing against it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from elsewhere.data.records import Record, RecordTable
from elsewhere.errors import ConfigError, DataError

Pairs = tuple[NDArray[numpy.int64], NDArray[numpy.int64]]


@dataclass(frozen=True)
class JunkRule:
    """Leave out images that would make a match too easy, or a miss unfair.

    Args:
        shared: attribute, such as `individual`: an image that has the query's value but another
            identity is left out, such as the other flank of the same animal.
        adjacent: numeric attribute, such as `photo_no`: an image near the query's value is left
            out, whatever its identity, for neighbouring photographs share their background.
        within: how near, the value itself included.

    Raises:
        ConfigError: the rule leaves out nothing, or `within` is below 0.
    """

    shared: str | None = None
    adjacent: str | None = None
    within: float = 1

    def __post_init__(self) -> None:
        if self.shared is None and self.adjacent is None:
            raise ConfigError("a junk rule needs an attribute: set shared, adjacent or both")
        if not self.within >= 0:
            raise ConfigError(f"a junk rule's within={self.within:g}: 0 or more, please")

    @property
    def name(self) -> str:
        """What it leaves out, as part of a protocol's name."""
        parts = []
        if self.shared is not None:
            parts.append(f"{self.shared} as junk")
        if self.adjacent is not None:
            parts.append(f"without {self.adjacent} within {self.within:g}")
        return ", ".join(parts)

    def pairs(self, table: RecordTable) -> NDArray[numpy.int64]:
        """Pairs of rows of a table that must not meet, both ways round, each once.

        Raises:
            DataError: an image lacks an attribute, or it is no number where one is needed.
        """
        count = len(table)
        found: list[NDArray[numpy.int64]] = []
        if self.shared is not None:
            values = _codes([_value(table, record, self.shared) for record in table.records])
            first, second = _equal_pairs(values)
            identities = _codes([record.label for record in table.records])
            other = identities[first] != identities[second]
            found.append(first[other] * count + second[other])
        if self.adjacent is not None:
            numbers = [_number(table, record, self.adjacent) for record in table.records]
            first, second = _near_pairs(numpy.array(numbers, numpy.float64), self.within)
            apart = first != second
            found.append(first[apart] * count + second[apart])
        keys = numpy.unique(numpy.concatenate(found))
        return numpy.stack((keys // count, keys % count), axis=1)


def _value(table: RecordTable, record: Record, attribute: str) -> str:
    value = record.attribute(attribute)
    if not value:
        known = ", ".join(sorted(record.attributes)) or "none"
        raise DataError(
            f"{table.root / record.path}: no {attribute!r} is given, by which the protocol leaves "
            f"images out; its attributes: {known}"
        )
    return value


def _number(table: RecordTable, record: Record, attribute: str) -> float:
    value = _value(table, record, attribute)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(
            f"{table.root / record.path}: {attribute} is {value!r}, no number; the protocol leaves "
            "neighbours out by it"
        )
    return number


def _codes(values: Sequence[str]) -> NDArray[numpy.int64]:
    codes: Mapping[str, int] = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return numpy.array([codes[value] for value in values], numpy.int64)


def _equal_pairs(codes: NDArray[numpy.int64]) -> Pairs:
    return _near_pairs(codes.astype(numpy.float64), 0)


def _near_pairs(numbers: NDArray[numpy.float64], within: float) -> Pairs:
    """All pairs of places whose numbers are at most `within` apart, those with itself too."""
    order = numpy.argsort(numbers, kind="stable")
    ordered = numbers[order]
    begin = numpy.searchsorted(ordered, ordered - within, side="left")
    lengths = numpy.searchsorted(ordered, ordered + within, side="right") - begin
    first = numpy.repeat(numpy.arange(len(numbers)), lengths)
    # counts up from `begin` within the run of each first
    run = numpy.arange(len(first)) - numpy.repeat(lengths.cumsum() - lengths, lengths)
    return order[first], order[run + numpy.repeat(begin, lengths)]
