"""A re-identification set by its name, a person's own by its path, or several as one."""

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.individuals.market import read_duke, read_market
from elsewhere.data.sets.individuals.msmt17 import Validation, Version, read_msmt17
from elsewhere.data.sets.individuals.own import IDENTITY, read_own
from elsewhere.data.sets.individuals.vehicles import read_vehicleid, read_veri
from elsewhere.data.sets.places import require_root
from elsewhere.data.sets.splitting import split_identities
from elsewhere.errors import ConfigError, DataError

_READERS: Mapping[str, Callable[[Path | str], RecordTable]] = {
    "market": read_market,
    "duke": read_duke,
    "veri": read_veri,
    "vehicleid-800": partial(read_vehicleid, size=800),
    "vehicleid-1600": partial(read_vehicleid, size=1600),
    "vehicleid-2400": partial(read_vehicleid, size=2400),
}
_MSMT17: Mapping[str, Version | None] = {"msmt17": None, "msmt17-v1": 1, "msmt17-v2": 2}
SET_NAMES = (*_READERS, *_MSMT17)
"""The published data sets that `read_set` knows by name."""
_WITHOUT_SIZE = "vehicleid"
OWN_VAL = 0.1
OWN_TEST = 0.2


def read_set(
    name_or_path: Path | str,
    root: Path | str | None = None,
    *,
    validation: Validation = "leave out",
    identity: Sequence[str] | None = None,
    images: Path | str | None = None,
    val: float | None = None,
    test: float | None = None,
    seed: int = 0,
    refuse: bool = True,
) -> RecordTable:
    """Read a published data set by its name, or one's own by its path.

    Args:
        name_or_path: a name of `SET_NAMES`, or a path for `read_own`; a folder that is called
            like a set is written ./market.
        root: where a published set lies; the folder that a relative path is looked for in.
        validation: of MSMT17 alone, see `read_msmt17`.
        identity: columns of an own list that are the identity, see `read_own`.
        images: folder that the paths of an own list are relative to.
        val: share of the training identities drawn for validation where there is none; by default
            none of a published set and 0.1 of one's own.
        test: share drawn for the test of one's own set without splits; 0.2 by default.
        seed: chooses the identities that are drawn.
        refuse: of one's own, see `read_own`.

    Raises:
        DataError: nothing is there, or it is not as expected.
        ConfigError: an unknown name, a published set without root, or an option without meaning.
    """
    name = str(name_or_path)
    if name in SET_NAMES:
        given = {"identity": identity, "images": images, "test": test}
        _refuse(name, [option for option, value in given.items() if value is not None])
        table = _read_published(name, root, validation)
        return split_identities(table, val, 0.0, seed) if val else table
    if name == _WITHOUT_SIZE:
        sizes = ", ".join(known for known in SET_NAMES if known.startswith(_WITHOUT_SIZE))
        raise ConfigError(f"{name}: say which test size: {sizes}")
    _refuse(name, ["validation"] if validation != "leave out" else [])
    return read_own(
        _own_path(name, root),
        identity=IDENTITY if identity is None else identity,
        images=None if images is None else Path(root or "", images),
        val=OWN_VAL if val is None else val,
        test=OWN_TEST if test is None else test,
        seed=seed,
        refuse=refuse,
    )


def _read_published(name: str, root: Path | str | None, validation: Validation) -> RecordTable:
    folder = require_root(name, root)
    if name in _MSMT17:
        return read_msmt17(folder, _MSMT17[name], validation)
    _refuse(name, ["validation"] if validation != "leave out" else [])
    return _READERS[name](folder)


def _own_path(name: str, root: Path | str | None) -> Path:
    path = Path(root or "", name)
    if not path.exists() and Path(name).name == name:
        near = get_close_matches(name.lower(), [*SET_NAMES, _WITHOUT_SIZE], 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"sets: {', '.join(SET_NAMES)}"
        raise ConfigError(f"{path}: no such folder or list, and no data set of that name; {hint}")
    return path


def _refuse(name: str, options: Sequence[str]) -> None:
    if options:
        raise ConfigError(f"{name} takes no option {' and no '.join(options)}; leave it out")


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
    notes = tuple(f"{name}: {note}" for name, table in tables.items() for note in table.notes)
    problems = tuple(f"{name}: {p}" for name, table in tables.items() for p in table.problems)
    return RecordTable(root, records, class_names_of(records), notes, problems)


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
