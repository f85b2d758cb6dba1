"""Where a published data set lies, and what its lists and the names of its files say."""

import re
from collections.abc import Iterator, Sequence
from os.path import isfile
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import Record, enumerate_names
from elsewhere.data.sets.folders import files_in, is_image
from elsewhere.errors import DataError

JUNK = -1
"""The number that Market-1501 gives to boxes without a usable person."""


_PLAIN_NAMES = ("labels", "index", "list")


class NamingRule(NamedTuple):
    """What a file's name means.

    Attributes:
        pattern: matched from the start of the name, with groups `identity` and `camera`, both
            integers.
        example: a name that follows the rule, for messages.
    """

    pattern: re.Pattern[str]
    example: str


def find_root(
    root: Path | str, needed: Sequence[str], usual: Sequence[str], name: str = ""
) -> Path:
    """The folder that holds all of `needed`: the given one, or one inside under a usual name.

    Args:
        root: the folder that a user named.
        needed: files and folders of the set.
        usual: what its folder is usually called.
        name: of the set, for messages; by default its first usual name.

    Raises:
        DataError: none does; the message says what was expected, or what alone is missing.
    """
    return find_roots(root, needed, usual, name)[0]


def find_roots(
    root: Path | str, needed: Sequence[str], usual: Sequence[str], name: str = ""
) -> list[Path]:
    """Every such folder, the given one first; at least one.

    Raises:
        DataError: as `find_root`.
    """
    root = Path(root)
    called = name or usual[0]
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; name the one that holds {called}")
    candidates = [root, *(root / folder for folder in usual)]
    lacks = {
        folder: [entry for entry in needed if not (folder / entry).exists()]
        for folder in candidates
    }
    whole = [folder for folder, missing in lacks.items() if not missing]
    if whole:
        return whole
    for folder, missing in lacks.items():
        if len(missing) < len(needed):
            raise DataError(
                f"{folder}: {called} lacks {enumerate_names(missing)}; unpack the whole set"
            )
    raise DataError(
        f"{root}: no {called} here; expected are {', '.join(needed)} in it, or in a folder "
        f"{' or '.join(usual[:4])} inside"
    )


def read_by_name(root: Path, folder: str, split: str, rule: NamingRule) -> Iterator[Record]:
    """Records of every image in one folder, by name; junk (identity −1) is left out.

    Hidden files, what is no image by its suffix and folders are passed over.

    Raises:
        DataError: there are no images, or the name of one breaks the rule.
    """
    names = [path.name for path in files_in(root / folder) if is_image(path)]
    if not names:
        raise DataError(f"{root / folder}: no images in it; expected are files as {rule.example}")
    yield from records_of_names(root / folder, names, folder, split, rule)


def records_of_names(
    where: Path, names: Sequence[str], folder: str, split: str, rule: NamingRule
) -> Iterator[Record]:
    """Records of files whose names say who is seen and by which camera.

    Args:
        where: what the names come from, a folder or a list, for messages.
        names: names of files.
        folder: that they lie in, relative to the set.
        split: that they belong to.
        rule: how to read a name.

    Raises:
        DataError: names that break the rule, at most eight of them named.
    """
    matches = [rule.pattern.match(name) for name in names]
    strange = [name for name, match in zip(names, matches, strict=True) if match is None]
    if strange:
        raise DataError(
            f"{where}: {len(strange)} of {len(names)} images are not named like {rule.example}: "
            f"{enumerate_names(strange)}; rename them, or take them out of here"
        )
    for name, match in zip(names, matches, strict=True):
        if match is not None and int(match["identity"]) != JUNK:
            label = four_digits(int(match["identity"]))
            camera = str(int(match["camera"]))
            yield Record(f"{folder}/{name}", label, split, camera=camera)


def four_digits(identity: int) -> str:
    """An identity as the files of these sets write it."""
    return f"{identity:04d}"


def set_called(path: str | Path) -> str:
    """What a set of one's own is called: as its folder, or its list without the ending.

    A list of a plain name, such as `labels.csv`, says nothing; its folder does.
    """
    path = Path(path).resolve()
    if not path.is_file():
        return path.name
    return path.parent.name if path.stem in _PLAIN_NAMES else path.stem


class Listed(NamedTuple):
    """One line of a list.

    Attributes:
        where: file and line, for messages.
        name: of an image.
        identity: its number; 0 in a list of names alone.
    """

    where: str
    name: str
    identity: int


def read_numbered(file: Path) -> list[Listed]:
    """Read a list with lines `NAME NUMBER`.

    Raises:
        DataError: the file is missing, empty or no text, a line is otherwise, or a name is
            listed twice.
    """
    listed = []
    for number, line in _lines(file):
        where = f"{file}:{number}"
        name, _, text = line.rpartition(" ")
        if not name.strip() or not (text.isascii() and text.isdigit()):
            raise DataError(f"{where}: {line!r} is not a name, a space and an identity's number")
        listed.append(Listed(where, name.strip(), int(text)))
    _refuse_repeated(listed)
    return listed


def read_names(file: Path) -> list[Listed]:
    """Read a list with one name a line.

    Raises:
        DataError: the file is missing, empty or no text, or a name is listed twice.
    """
    listed = [Listed(f"{file}:{number}", line, 0) for number, line in _lines(file)]
    _refuse_repeated(listed)
    return listed


def require_files(listed: Sequence[Listed], root: Path, paths: Sequence[str]) -> None:
    """Refuse a list that names files which are not there.

    Args:
        listed: the lines.
        root: the set's folder.
        paths: the file of each line, relative to the root.

    Raises:
        DataError: with the first line, the number of files and the first of them.
    """
    # a hundred thousand paths are put together faster as text
    lost = [i for i, path in enumerate(paths) if not isfile(f"{root}/{path}")]  # noqa: PTH113
    if lost:
        names = enumerate_names(paths[i] for i in lost)
        raise DataError(
            f"{listed[lost[0]].where}: {len(lost)} of {len(listed)} listed images are not in "
            f"{root}: {names}; unpack the whole set, or take their lines out"
        )


def _lines(file: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, tabs as spaces, with their numbers."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise DataError(f"{file}: {reason}; the set is not complete without it") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a text in UTF-8; save the list as UTF-8") from error
    lines = [
        (number, " ".join(line.split()))
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    if not lines:
        raise DataError(f"{file}: the list is empty; unpack the set anew")
    return lines


def _refuse_repeated(listed: Sequence[Listed]) -> None:
    seen: dict[str, str] = {}
    for line in listed:
        where = seen.setdefault(line.name, line.where)
        if where != line.where:
            raise DataError(f"{line.where}: {line.name!r} is listed before, in {where}; keep one")
