"""Several data sets as one, with nothing of one taken for something of another."""

import os
from collections.abc import Mapping
from pathlib import Path

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.errors import DataError


def merge_tables(tables: Mapping[str, RecordTable]) -> RecordTable:
    """One table of several: identities and cameras become "NAME/…", test splits "…-NAME".

    The training images of all are split train, the validation images of all are val; query,
    gallery and test of set NAME are query-NAME, gallery-NAME and test-NAME (a set's test-X is
    test-NAME-X), so that each set is searched alone. Images that a set has only in its tests,
    distractors for example, are never trained on. The root is the folder that all have in
    common.

    Args:
        tables: the sets by name.

    Raises:
        DataError: no table is given.
    """
    if not tables:
        raise DataError("no data sets to merge; name one at least")
    roots = [table.root.absolute() for table in tables.values()]
    root = Path(os.path.commonpath(roots))
    records = tuple(
        _renamed(record, name, table.root.absolute(), root)
        for name, table in tables.items()
        for record in table.records
    )
    return RecordTable(root, records, class_names_of(records))


def _renamed(record: Record, name: str, folder: Path, root: Path) -> Record:
    path = folder / record.path
    inside = path.is_relative_to(root)
    return record._replace(
        path=(path.relative_to(root) if inside else path).as_posix(),
        label=f"{name}/{record.label}",
        split=_split(record.split, name),
        camera=None if record.camera is None else f"{name}/{record.camera}",
    )


def _split(split: str, name: str) -> str:
    if split in ("train", "val"):
        return split
    kind, _, further = split.partition("-")
    return f"{kind}-{name}-{further}" if further else f"{kind}-{name}"
