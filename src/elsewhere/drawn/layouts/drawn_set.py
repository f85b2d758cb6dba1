"""What every drawn set on disk has: options, a check of them, and a folder that is made once."""

import csv
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, get_type_hints

import numpy as np
from PIL import Image

from elsewhere.data.records import DRAWN_NAME
from elsewhere.drawn.chance import generator_of, shuffled
from elsewhere.errors import DataError
from elsewhere.files.documents import read_json
from elsewhere.files.writing import unfinished_beside

QUALITY = 95


class Option(NamedTuple):
    """Something that a drawn set can be asked for: a field's name, meaning and value."""

    name: str
    meaning: str
    value: Any


@dataclass(frozen=True)
class DrawnSet(ABC):
    """A set of pictures in a layout on disk; its fields decide every file.

    Fields that carry their meaning, as in `Annotated[int, "pixels of a side"]`, are its options.
    """

    layout: ClassVar[str]  # what it is called in `drawn.json`
    what: ClassVar[str]  # what is drawn, for messages, such as "birds"
    generator: ClassVar[str]  # name and number of what draws the pictures

    def write(self, folder: Path) -> None:
        """Draw the set into a folder, which appears when it is complete.

        A folder that was made with the same settings is kept as it is.

        Raises:
            DataError: a setting is out of its range, the folder holds anything else, or cannot be
                written.
        """
        self._check()
        what, description = self.what, self._description()
        if _is_made(folder, what, description):
            return
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            unfinished = unfinished_beside(folder)
            try:
                unfinished.mkdir()
                self._fill(unfinished)
                text = json.dumps(description, indent=2) + "\n"
                (unfinished / DRAWN_NAME).write_text(text, encoding="utf-8")
                unfinished.rename(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            # Another process may have written the same folder in the meantime.
            if not _is_made(folder, what, description):
                raise DataError(f"{folder}: cannot write drawn {what} here: {error}") from error

    def options(self) -> list[Option]:
        """The fields that carry a meaning."""
        hints = get_type_hints(type(self), include_extras=True)
        return [
            Option(field.name, hints[field.name].__metadata__[0], getattr(self, field.name))
            for field in fields(self)
            if hasattr(hints[field.name], "__metadata__")
        ]

    @abstractmethod
    def _check(self) -> None:
        """Say what is wrong before anything is drawn.

        Raises:
            DataError: a setting is out of its range.
        """

    def _description(self) -> dict[str, Any]:
        """Everything that decides the contents, as `drawn.json` keeps it."""
        return {"generator": self.generator, "layout": self.layout, **asdict(self)}

    @abstractmethod
    def _fill(self, folder: Path) -> None:
        """Write the set into an empty folder."""


class Picture(NamedTuple):
    """A picture of a class that is going to be drawn.

    Attributes:
        kind: its class, counted from 0.
        split: "train" or "test".
        number: which one of the class in the split, counted from 0.
    """

    kind: int
    split: str
    number: int


@dataclass(frozen=True)
class DrawnClasses(DrawnSet):
    """Drawn look-alike classes in the layout of a published set."""

    train: Annotated[int, "training pictures per class"] = 30
    test: Annotated[int, "test pictures per class"] = 30
    size: Annotated[int, "pixels of a side"] = 64
    seed: Annotated[int, "seed of everything random"] = 0

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many."""

    def _check(self) -> None:
        if self.train < 1 or self.test < 1:
            raise DataError(
                f"drawn {self.layout}: {self.train} training and {self.test} test pictures for "
                "each class are too few; use 1 or more"
            )
        if self.seed < 0:
            raise DataError(f"drawn {self.layout}: seed {self.seed} is negative; use 0 or more")

    def _description(self) -> dict[str, Any]:
        return {
            "generator": self.generator, "layout": self.layout, "classes": self.classes,
            "train": self.train, "test": self.test, "size": self.size, "seed": self.seed,
        }  # fmt: skip

    def pictures(self) -> list[Picture]:
        """All pictures, class by class; as in the published sets, training and test are mixed."""
        parts = {"train": self.train, "test": self.test}
        planned = []
        for kind in range(self.classes):
            ordered = [Picture(kind, split, n) for split in parts for n in range(parts[split])]
            order = shuffled(generator_of("drawn mixing", self.seed, kind), len(ordered))
            planned += [ordered[place] for place in order]
        return planned

    def generator_for(self, purpose: str, picture: Picture) -> np.random.Generator:
        """The generator of one picture, by its class, split, number and the seed alone."""
        kind, split, number = picture
        return generator_of(purpose, self.seed, ("train", "test").index(split), kind, number)


def _is_made(folder: Path, what: str, description: Mapping[str, Any]) -> bool:
    """Whether the folder holds these very pictures; an empty or missing one is free."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    try:
        found = read_json(folder / DRAWN_NAME)
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{folder}: exists and holds no drawn {what}; name another folder")
    changed = [
        f"{key} {found.get(key)!r}, not {value!r}"
        for key, value in description.items()
        if found.get(key) != value
    ]
    if changed:
        raise DataError(
            f"{folder}: holds {what} drawn with other settings ({'; '.join(changed)}); "
            "name another folder"
        )
    return True


def save_picture(image: np.ndarray, path: Path) -> None:
    """Write a picture, JPEG as the published sets have theirs or PNG, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # each format takes its own of the two
    Image.fromarray(image).save(path, quality=QUALITY, compress_level=1)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a list, one line for each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def write_table(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    """Write rows as they come, below a header of the first one's keys."""
    with path.open("w", encoding="utf-8", newline="") as file:
        first = next(rows)
        writer = csv.DictWriter(file, list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def edges(box: Sequence[int]) -> dict[str, str]:
    """A box as the cells of a list."""
    return {name: str(edge) for name, edge in zip(("x1", "y1", "x2", "y2"), box, strict=True)}
