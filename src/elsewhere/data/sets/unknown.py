"""Labels that say that nobody knows: missing ones of classes, unknown individuals."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from elsewhere.data.records import (
    Record,
    RecordTable,
    class_names_of,
    enumerate_counts,
    enumerate_names,
)
from elsewhere.errors import DataError

_MISSING = re.compile(r"nan|null|<na>|n/a|#n/a|\?+|un-?label+ed", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"(unknown|unidentified|unk|unnamed|uncertain|undetermined|none|na|new|no[ _-]?id|tbd|-1)"
    r"([ _-]\D*)?",
    re.IGNORECASE,
)
"""An unknown_7 with a number of its own is somebody."""


def refuse_missing_labels(table: RecordTable) -> RecordTable:
    """Refuse images whose class is a word for none; remark a class that is called unknown."""
    names = table.class_names
    counted = all(re.fullmatch(r"-1|\d+", name) for name in names) and len(names) > 2
    none = {name for name in names if _MISSING.fullmatch(name) or (counted and name == "-1")}
    lost = [record for record in table.records if record.label in none]
    if lost:
        raise DataError(
            f"{table.root / lost[0].path}: its class {lost[0].label!r} means that it has none, "
            f"as of {len(lost)} of {len(table)} images; label them, or take them out"
        )
    unknown = enumerate_names(name for name in names if _UNKNOWN.fullmatch(name))
    note = f"trained as a class like others: {unknown}; if it means that nobody knows, take it out"
    return _noted(table, [note] if unknown else [])


def set_unknown_apart(table: RecordTable, identity: Sequence[str]) -> RecordTable:
    """Take unknown individuals out, but leave them in galleries, where no query asks for them.

    `identity` are attributes that together are the identity, where these are several.
    """
    unknown = [_is_unknown(record, identity) for record in table.records]
    if not any(unknown):
        return table
    kept = tuple(
        record
        for record, nobody in zip(table.records, unknown, strict=True)
        if not nobody or record.split.startswith("gallery")
    )
    counts = Counter(r.label for r, nobody in zip(table.records, unknown, strict=True) if nobody)
    left = sum(unknown) - (len(table) - len(kept))
    stay = f"; {left} stay in galleries as distractors" if left else ""
    note = f"{sum(unknown)} images of unknown individuals are left out: {enumerate_counts(counts)}"
    return _noted(replace(table, records=kept, class_names=class_names_of(kept)), [note + stay])


def says_nobody_knows(name: str) -> bool:
    """Whether what an individual is called means that nobody knows who it is."""
    return any(pattern.fullmatch(name) for pattern in (_UNKNOWN, _MISSING))


def known_name(name: str) -> str | None:
    """What an individual is called; None where that means that nobody knows who it is."""
    return None if says_nobody_knows(name) else name


def _is_unknown(record: Record, identity: Sequence[str]) -> bool:
    parts = [record.attribute(name) for name in identity if len(identity) > 1]
    return any(map(says_nobody_knows, parts or [record.label]))


def _noted(table: RecordTable, notes: Sequence[str]) -> RecordTable:
    return replace(table, notes=(*table.notes, *notes)) if notes else table
