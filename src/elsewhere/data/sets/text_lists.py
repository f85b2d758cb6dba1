"""Lists as text: the one place that knows their encoding, separators, headings and blank lines."""

import codecs
import csv
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import is_image
from elsewhere.errors import DataError
from elsewhere.files.documents import read_regular

_SEPARATORS = ",\t;|"
_SAID = re.compile(r'"?sep=(.)"?')
"""How a table calculator says which separator follows."""


def path_text(path: Path) -> str:
    """A path as text that can be written anywhere, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


class Row(NamedTuple):
    """One line of a list: where it stands and its cells."""

    where: str
    cells: list[str]

    def by_name(self, columns: Sequence[str]) -> dict[str, str]:
        """The cells by the names of their columns; further cells may be blank."""
        if len(self.cells) < len(columns) or any(self.cells[len(columns) :]):
            raise DataError(
                f"{self.where}: {len(self.cells)} columns where {len(columns)} are "
                f"expected ({', '.join(columns)})"
            )
        return dict(zip(columns, self.cells, strict=False))


def read_lines(file: Path, missing: str, expected: str) -> list[str]:
    """The lines of a text in UTF-8, or in UTF-16 that says so; at least one is not blank."""
    called = path_text(file)
    try:
        data = read_regular(file)
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise DataError(f"{called}: {reason}; {missing}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{called}: not a text in UTF-8; save the list as UTF-8") from error
    # at ends of lines alone: splitlines would cut at signs that stand inside of cells
    lines = [line.removesuffix("\n") for line in io.StringIO(text, newline=None)]
    if not any(map(str.strip, lines)):
        raise DataError(f"{called}: the list is empty; {expected}")
    return lines


def cut_lines(file: Path, lines: Sequence[str], expected: str) -> list[Row]:
    """Lines as cells; the separator is whichever the first line has most of, or says.

    Of several that it has as often, a `.tsv` means the tab. Where it has none but begins with the
    name of an image, white space before the last word is.
    """
    start = next(number for number, line in enumerate(lines) if line.strip())
    said = _SAID.fullmatch(lines[start].strip())
    usual = "\t" if file.suffix.lower() == ".tsv" else ","
    separator = said[1] if said else max(usual + _SEPARATORS, key=lines[start].count)
    if said:
        lines = [*lines[:start], "", *lines[start + 1 :]]
    elif separator not in lines[start] and _two_words(lines[start]):
        pairs = enumerate((line.rsplit(None, 1) for line in lines), 1)
        return [Row(f"{file}:{number}", cells) for number, cells in pairs if cells]
    ended = (f"{line}\n" for line in lines)  # a quoted cell may have several
    reader = csv.reader(ended, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        cut = [Row(f"{file}:{reader.line_num}", [*map(str.strip, cells)]) for cells in reader]
    except csv.Error as error:
        raise DataError(f"{path_text(file)}:{reader.line_num}: {error}; {expected}") from error
    return [row for row in cut if any(row.cells)]


def _two_words(line: str) -> bool:
    words = line.split()
    return len(words) > 1 and is_image(Path(words[0]))


def read_rows(file: Path, expected: str) -> list[Row]:
    """The lines of a list that are not blank, as cells."""
    return cut_lines(file, read_lines(file, "name a CSV or TXT list", expected), expected)


class Listed(NamedTuple):
    """One line of a published set's list; `where` is file and line, for messages.

    The identity is a number; 0 in a list of names alone.
    """

    where: str
    name: str
    identity: int = 0


def read_names(file: Path) -> list[Listed]:
    """Read a list with one name a line, tabs and several spaces as one."""
    return _unrepeated(_plain_lines(file))


def read_numbered(file: Path) -> list[Listed]:
    """Read a list with lines `NAME NUMBER`."""
    listed = []
    for where, line, _ in _plain_lines(file):
        name, _, text = line.rpartition(" ")
        if not name.strip() or not (text.isascii() and text.isdigit()):
            raise DataError(f"{where}: {line!r} is not a name, a space and an identity's number")
        listed.append(Listed(where, name.strip(), int(text)))
    return _unrepeated(listed)


def read_by_id(file: Path) -> dict[str, Listed]:
    """Read lines `ID TEXT`; what a line says of each ID, in the order of the file."""
    found: dict[str, Listed] = {}
    for line in read_names(file):
        key, _, text = line.name.partition(" ")
        if not text:
            raise DataError(f"{line.where}: {line.name!r} is not an ID, a space and a text")
        if key in found:
            raise DataError(f"{line.where}: {key} is listed before, in {found[key].where}")
        found[key] = Listed(line.where, text)
    return found


def _plain_lines(file: Path) -> list[Listed]:
    lines = read_lines(file, "the set is not complete without it", "unpack the set anew")
    return [
        Listed(f"{file}:{number}", " ".join(line.split()))
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _unrepeated(listed: list[Listed]) -> list[Listed]:
    seen: dict[str, str] = {}
    for line in listed:
        where = seen.setdefault(line.name, line.where)
        if where != line.where:
            raise DataError(f"{line.where}: {line.name!r} is listed before, in {where}; keep one")
    return listed
