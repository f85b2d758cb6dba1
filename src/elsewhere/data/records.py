"""What every reader of a data set returns: a table of images, their labels, splits and boxes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import NamedTuple, TypeVar

from elsewhere.data.copies import Copies, find_copies
from elsewhere.errors import DataError

Key = TypeVar("Key")
Box = tuple[float, float, float, float]
DRAWN_NAME = "drawn.json"
"""The file by which a folder of drawn images is known, and the settings they were drawn with."""

SPLITS_EXPECTED = "train, val, test, query, gallery, or one of the last three with -NAME"
_SPLIT = re.compile(r"train|val|(test|query|gallery)(-.+)?")
_OTHER_SPELLINGS = {
    "training": "train",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "testing": "test",
}


class Record(NamedTuple):
    """One image and what is known of it.

    Attributes:
        path: the image's file, relative to the table's root, with forward slashes.
        label: name of its class.
        split: "train", "val", "test" or "test-NAME" for a further test set; "query" and "gallery"
            where a data set for re-identification divides its test images so.
        box: the object, xyxy in pixels of the upright file (EXIF rotation applied), right and
            bottom exclusive; None where unknown.
        attributes: everything else a list says of the image, such as its scene.
        camera: which camera took the image; None where unknown.
    """

    path: str
    label: str
    split: str
    box: Box | None = None
    attributes: Mapping[str, str] = {}
    camera: str | None = None

    @property
    def part(self) -> str:
        """Its split without the name of a test set: "test" of "test-night"."""
        return self.split.partition("-")[0]

    def attribute(self, name: str) -> str:
        """What its list says under a heading, however its capitals are typed; empty for nothing."""
        if name in self.attributes:
            return self.attributes[name].strip()
        said = (said for key, said in self.attributes.items() if key.lower() == name.lower())
        return next(said, "").strip()


@dataclass(frozen=True)
class RecordTable:
    """Images of a data set, checked for contradictions when it is made.

    Attributes:
        root: the folder that paths are relative to.
        records: one per image.
        class_names: every class; a label's index is its place here.
        notes: what its reader passed over or understood, for its owner to know; one line each.
        problems: why nothing should be trained on it, as far as its reader knows.

    Raises:
        DataError: a path is twice in one split, a label is not a class, a class's name is not
            one line of text, a split has an unknown name, or a box has no area.
    """

    root: Path
    records: tuple[Record, ...]
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        repeated = [name for name, count in Counter(self.class_names).items() if count > 1]
        if repeated:
            raise DataError(f"{self.root}: class names appear twice: {enumerate_names(repeated)}")
        for name in self.class_names:
            if (fault := name_fault(name)) is not None:
                coded = ", or run where the language is set to UTF-8 (LC_ALL=C.UTF-8)"
                raise DataError(
                    f"{self.root}: the class name {name!r} {fault}; rename it"
                    + (coded if fault == "is no UTF-8" else "")
                )
        known = set(self.class_names)
        seen: set[tuple[str, str]] = set()
        for record in self.records:
            fault = record_fault(record)
            if fault is None and record.label not in known:
                fault = f"its label {record.label!r} is not among the {len(known)} classes"
            if fault is None and (record.split, record.path) in seen:
                fault = f"it is twice in split {record.split!r}; remove one"
            if fault is not None:
                raise DataError(f"{self.root / record.path}: {fault}")
            seen.add((record.split, record.path))

    def __len__(self) -> int:
        return len(self.records)

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits that have images: train, val, test, then further test sets."""
        order = {"train": 0, "val": 1, "test": 2}
        return tuple(sorted({r.split for r in self.records}, key=lambda s: (order.get(s, 3), s)))

    @cached_property
    def copies(self) -> Copies:
        """Rows of the same file, or of files with the same bytes, in groups."""
        return find_copies([self.root / record.path for record in self.records])

    @property
    def labels(self) -> list[int]:
        """The class index of every record, in order."""
        index = {name: position for position, name in enumerate(self.class_names)}
        return [index[record.label] for record in self.records]

    def of(self, split: str) -> tuple[Record, ...]:
        """The records of one split; none where the table has no such split."""
        return tuple(record for record in self.records if record.split == split)

    def counts(self, split: str) -> Counter[str]:
        """How many images each label has in one split; labels without any are left out."""
        return Counter(record.label for record in self.of(split))

    def split(self, name: str) -> "RecordTable":
        """The records of one split, with the same classes.

        Raises:
            DataError: the table has no such split.
        """
        records = self.of(name)
        if not records:
            have = ", ".join(self.splits) or "none"
            raise DataError(f"{self.root} has no images in split {name!r}; its splits: {have}")
        return replace(self, records=records)


def digest_of(parts: Mapping[str, RecordTable]) -> str:
    """A digest of the images' names and sizes, and of what is said of each, in several tables."""
    digest = sha256()
    for name, table in sorted(parts.items()):
        for record in table.records:
            path = table.root / record.path
            size = path.stat().st_size if path.is_file() else -1
            said = (name, record.path, record.label, record.split, record.box, record.camera, size)
            digest.update(repr(said).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def name_fault(name: str) -> str | None:
    """Why a text names no class, individual, camera or column; None where it may.

    A name is one line, with something on it: it is printed in tables and kept in lists.
    """
    if not name.strip():
        return "is blank"
    kinds = {sign: unicodedata.category(sign) for sign in name}
    if "Cs" in kinds.values():  # a file system may hold such
        return "is no UTF-8"
    odd = next((sign for sign, kind in kinds.items() if kind in ("Cc", "Zl", "Zp")), None)
    if odd is None:
        return None
    return "has a line break" if odd.splitlines() == [""] else f"has the sign U+{ord(odd):04X}"


def record_fault(record: Record) -> str | None:
    """What is wrong with one record, looked at alone; None where nothing is."""
    if not _SPLIT.fullmatch(record.split):
        return f"its split {record.split!r} is not {SPLITS_EXPECTED}"
    if record.box is None:
        return None
    x1, y1, x2, y2 = record.box
    if not all(map(isfinite, record.box)) or x2 <= x1 or y2 <= y1:
        return f"its box {x1:g},{y1:g},{x2:g},{y2:g} has no area; x1 < x2 and y1 < y2 are expected"
    return None


def split_name(text: str) -> str | None:
    """The split that a folder's or column's text names, common spellings allowed; None for none.

    "Validation" is "val", "test_unbiased" is "test-unbiased".
    """
    name = text.strip().lower()
    name = _OTHER_SPELLINGS.get(name, re.sub(r"^test[_ ]", "test-", name))
    return name if _SPLIT.fullmatch(name) else None


def class_names_of(records: Iterable[Record]) -> tuple[str, ...]:
    """The labels that occur, in the order of `order_names`."""
    return order_names({record.label for record in records})


def order_names(names: Collection[str]) -> tuple[str, ...]:
    """Names in a fixed order: by number where all are numbers, else as texts."""
    if all(re.fullmatch(r"[0-9]+", name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def tell_apart(names: Mapping[Key, str]) -> dict[Key, str]:
    """Names by number; where two are the same, their number follows them."""
    times = Counter(names.values())
    return {
        number: name if times[name] == 1 else f"{name} ({number})" for number, name in names.items()
    }


def require_training_images(table: RecordTable) -> None:
    """Refuse a table that no classifier can be trained on: a class lacks training images."""
    for problem in table.problems:
        raise DataError(f"{table.root}: {problem}")
    elsewhere, nowhere = classes_without_training(table)
    if elsewhere:
        alike = "".join(f"; {line}" for line in names_alike(table.class_names, elsewhere))
        raise DataError(
            f"{table.root}: {len(elsewhere)} of {len(table.class_names)} classes have images, but "
            f"none in train: {enumerate_names(elsewhere)}; add training images, or take their "
            f"images out of the other splits{alike}"
        )
    if nowhere:
        raise DataError(
            f"{table.root}: {len(nowhere)} of {len(table.class_names)} classes have no image: "
            f"{enumerate_names(nowhere)}; add images, or take the names out"
            + "".join(f"; {note}" for note in table.notes if note.startswith("images not read"))
        )


def classes_without_training(table: RecordTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Classes without a training image: those met in other splits only, and those met nowhere."""
    trained, met = table.counts("train"), {record.label for record in table.records}
    missing = [name for name in table.class_names if name not in trained]
    return (
        tuple(name for name in missing if name in met),
        tuple(name for name in missing if name not in met),
    )


def plain_name(name: str) -> str:
    """A name without what nobody sees: composed or not, capitals, blanks, marks of no width."""
    visible = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cf", "Cc"))
    return " ".join(unicodedata.normalize("NFKC", visible).split()).casefold()


def names_alike(names: Iterable[str], among: Iterable[str] | None = None) -> tuple[str, ...]:
    """Say which names look alike but differ, in a spelling that shows it; one line a group.

    With `among`, only groups with one of these are told.
    """
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(plain_name(name), []).append(name)
    chosen = None if among is None else set(among)
    return tuple(
        f"names that look alike are not the same: {' and '.join(map(ascii, group))}; rename one"
        for group in groups.values()
        if len(group) > 1 and (chosen is None or chosen & set(group))
    )


def enumerate_names(names: Iterable[str], most: int = 8) -> str:
    """Names for a message, at most `most` of them and then how many more there are."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def enumerate_counts(counts: Mapping[str, int], most: int = 8) -> str:
    """Names for a message, each with how often it is there."""
    shown = [f"{name!r} ({count})" for name, count in list(counts.items())[:most]]
    more = f" and {len(counts) - most} more" if len(counts) > most else ""
    return ", ".join(shown) + more
