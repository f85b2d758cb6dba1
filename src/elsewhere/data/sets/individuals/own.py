"""A person's own images of individuals: a folder for each, or a list."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.folders import read_individual_folders
from elsewhere.data.sets.individuals.check import leak_problems, retrieval_problems
from elsewhere.data.sets.lists import INDIVIDUALS, lists_in, read_lists
from elsewhere.data.sets.published import PUBLISHED
from elsewhere.data.sets.splitting import split_identities
from elsewhere.data.sets.unknown import set_unknown_apart
from elsewhere.errors import ConfigError, DataError
from elsewhere.files.documents import real_path

IDENTITY = ("identity",)
_PLAIN_NAMES = ("labels", "index", "list", "metadata")


def read_own(
    path: Path | str,
    *,
    identity: Sequence[str] = IDENTITY,
    images: Path | str | None = None,
    val: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    refuse: bool = True,
) -> RecordTable:
    """Read a folder per individual, or a list `path,identity[,camera][,split][,x1,y1,x2,y2]`.

    Folders may stand under split folders (train, val, test, query, gallery, or one of the last
    three with -NAME), and a list may have a split for each line. Where there is no split,
    identities are drawn by seed: all images of one go to one split. Where there is train but no
    val, validation identities are drawn from train. Nothing is drawn from other splits.

    A list needs a header; further columns become attributes, and `label`, `individual` and others
    do for `identity`. Images of individuals called unknown, -1, nan, new_… are left out, but stay
    in galleries as distractors.

    Args:
        path: the folder, a folder with `labels.csv` or a `metadata` file, or a list.
        identity: columns of a list that together are the identity: ("individual", "side") makes
            "10 left". Lines that share the first of several columns are one individual, and stay
            together where identities are drawn.
        images: folder that the paths of a list are relative to; by default the list's own.
        val: share of the training identities drawn for validation; 0 for none.
        test: share drawn for the test where there is no split; with 1 all is test.
        seed: chooses the identities that are drawn.
        refuse: whether to raise what speaks against training; the table's problems say it if not.

    Raises:
        DataError: nothing is there, it is laid out otherwise, an identity is in train and in
            test, or nothing can be found again.
        ConfigError: options of a list are given for folders.
    """
    identity = (identity,) if isinstance(identity, str) else tuple(identity)
    table = set_unknown_apart(_read(Path(path), identity, images), identity)
    problems, given = [*leak_problems(table)], set(table.splits)
    shares = 0.0 if "val" in given else val, test if given == {"train"} else 0.0
    try:
        if "train" in given:
            table = split_identities(table, *shares, seed, _individuals(table, identity))
    except DataError as error:
        problems.append(str(error).removeprefix(f"{table.root}: "))
    table = replace(table, problems=(*table.problems, *problems))
    for problem in retrieval_problems(table) if refuse else ():
        raise DataError(f"{table.root}: {problem}")
    return table


def _read(path: Path, identity: tuple[str, ...], images: Path | str | None) -> RecordTable:
    """The table as folders or lists give it, no split drawn."""
    if not path.exists():
        raise DataError(f"{path}: no such folder or list of images")
    lists = lists_in(path, INDIVIDUALS) if path.is_dir() else {"": path}
    if lists:
        return read_lists(lists, INDIVIDUALS, images, () if identity == IDENTITY else identity)
    if identity != IDENTITY or images is not None:
        raise ConfigError(f"{path}: identity and images are for lists; in folders, names say it")
    return read_individual_folders(path)


def _individuals(table: RecordTable, identity: Sequence[str]) -> dict[str, str]:
    """The individual of each label, where several columns make a label."""
    if len(identity) < 2:
        return {}
    return {record.label: record.attribute(identity[0]) for record in table.records}


def set_called(path: Path) -> str:
    """What a set of one's own is called: as its folder, or its list without the ending.

    A list of a plain name, such as `labels.csv`, says nothing; its folder does. A folder called
    train or val, or as a published set, says too little; the one around it comes before.
    """
    path = real_path(path)
    if path.is_file():
        path = path.parent if path.stem in _PLAIN_NAMES else path.with_suffix("")
    taken = path.name in ("train", "val") or path.name in PUBLISHED
    return f"{path.parent.name}-{path.name}" if taken else path.name
