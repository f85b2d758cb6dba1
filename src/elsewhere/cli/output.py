"""What the verbs show and refuse: tables, progress, files they must not write over."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress

from elsewhere.data.images.kinds import is_image
from elsewhere.data.records import enumerate_names
from elsewhere.errors import ConfigError, DataError
from elsewhere.files.documents import real_path
from elsewhere.files.writing import MADE_BY
from elsewhere.terminal import Terminal, counting_bar, notes

if TYPE_CHECKING:
    from elsewhere.runs.measuring import Written

SHOWN = 20
"""Rows on the terminal where the rest is in a file."""
_KEPT = ("bundle.json", "config.yaml")
"""A folder with one of these is a model's or a run's."""
_TABLE, _SIGNS = b"file,", (MADE_BY.encode(), b"<title>elsewhere: ")
"""How tables of answers begin, and what stands near the beginning of pictures and pages."""
_PIPE_WIDTH = 4000  # wide enough that a row stays one line for whatever reads the pipe


class Bar:
    """A bar that is told what is being done; one after the other, each for itself."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that so much of the named work is done."""
        self._progress.update(self._task, description=name, completed=done, total=total)


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """A bar on the terminal; nothing where standard error is none."""
    bar = counting_bar(
        Terminal(stderr=True),
        redirect_stdout=False,  # what is piped away must not end up on the terminal
        # of several processes on a terminal, the first shows its own
        disable=not sys.stderr.isatty() or os.environ.get("LOCAL_RANK", "0") != "0",
    )
    with bar:
        yield Bar(bar)


def output() -> Terminal:
    """Standard output; a table's row is one line there when it is no terminal."""
    return Terminal(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def print_plain(text: str) -> None:
    """Print text as it is, however long its lines."""
    output().print(text, markup=False, soft_wrap=True)


def print_note(text: str) -> None:
    """A remark beside the answer, on standard error."""
    notes().print(text)


def print_written(written: "Written") -> None:
    """Show what a run measured, and say what was written; the first of several processes does."""
    from elsewhere.runs.run import Run

    if written.parts:
        console = Terminal()
        console.print(Run(written.folder))
        console.print(f"{', '.join(written.parts)}: {written.folder}", highlight=False)


def refuse_answer_files(files: Mapping[str, str | None], read: Iterable[str | Path]) -> None:
    """Keep answers from replacing a folder, an image, each other, a model, or what is read.

    `files` are by their options; `read` are images, lists, models and galleries as named.
    """
    known = {real_path(Path(each)) for each in read}
    for option, name in files.items():
        if name is None:
            continue
        place = real_path(Path(name))
        if place.is_dir():
            raise ConfigError(f"{option} {name}: a folder; name a file to write the answers to")
        if is_image(place):
            raise ConfigError(f"{option} {name}: an image's name; name a file for the answers")
        beside = place.exists() and any((place.parent / each).is_file() for each in _KEPT)
        if place in known or beside:
            what = "what lies with a model" if beside else "what is read, or other answers"
            raise ConfigError(f"{option} {name}: would replace {what}; name another file")
        known.add(place)


def refuse_overwriting(files: Iterable[Path], images: Iterable[Path]) -> None:
    """Keep what is going to be drawn from replacing an image that is read, or a stranger's file."""
    places = {real_path(file): file for file in files}
    for image in images:
        if real_path(image) in places:
            raise ConfigError(
                f"{places[real_path(image)]}: would replace an image that is looked at; name "
                "another place to write to"
            )
    for file in places.values():
        if file.is_file() and not _is_own(file):
            raise ConfigError(
                f"{file}: is there already, and was not drawn by elsewhere; name another place to "
                "write to, or move it away"
            )


def _is_own(file: Path) -> bool:
    """Whether a picture, page or table says at its beginning who has made it."""
    with file.open("rb") as stream:
        head = stream.read(1024)
    return head.startswith(_TABLE) or any(sign in head for sign in _SIGNS)


def complain_unread(unread: Sequence[str], total: int) -> None:
    """Name the images that could not be read, once everything else is done."""
    if unread:
        raise DataError(
            f"{len(unread)} of {total} images could not be read: {enumerate_names(unread)}"
        )
