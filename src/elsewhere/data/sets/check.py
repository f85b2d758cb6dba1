"""Looking at every image of a data set before it is trained on."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from elsewhere.data.copies import Copies
from elsewhere.data.images.opening import ORIENTATION, open_image, upright_rgb
from elsewhere.data.likeness import Hash, near_pairs, perceptual_hash
from elsewhere.data.records import (
    Box,
    RecordTable,
    classes_without_training,
    enumerate_names,
)
from elsewhere.data.sets.lists import LIST_NAMES
from elsewhere.data.sets.remarks import imbalance, name_copies, table_remarks
from elsewhere.data.sets.walking import files_below, files_in
from elsewhere.errors import DataError

TINY = 32
"""A side below this many pixels is worth a remark."""
EXTREME_ASPECT = 4.0
"""A longer side over a shorter side above this is worth a remark."""


class FileRemark(NamedTuple):
    """What is broken or odd about one file, its path relative to the table's root."""

    path: str
    remark: str


@dataclass(frozen=True)
class CheckReport:
    """What `check_images` found. Every list is sorted; paths are relative to the root.

    Attributes:
        root: the folder that was checked.
        counts: images of each class in each split, `counts[split][class]`, zeros included.
        broken: files that cannot be decoded, with the reason.
        odd: files that are handled, but that their owner may not expect.
        duplicates: groups of "split: path" with the same bytes in different splits.
        copies: groups of "split: path" with the same bytes in one split, under one label.
        near_copies: pairs of "split: path" that show the same photograph in other bytes: saved
            anew, smaller, brighter, cut or turned by a little.
        contradictions: groups of paths with the same bytes under different labels.
        unlisted: files in the folder that the table does not use.
        only_outside_training: classes with images in other splits, but none in train.
        without_images: classes without any image.
        imbalance: images of the largest class in train over those of the smallest; 1 for none.
        known: what is remarked of the set without opening an image.
        refused: what its reader says against training.
    """

    root: Path
    counts: Mapping[str, Mapping[str, int]]
    broken: tuple[FileRemark, ...]
    odd: tuple[FileRemark, ...]
    duplicates: tuple[tuple[str, ...], ...]
    copies: tuple[tuple[str, ...], ...]
    near_copies: tuple[tuple[str, str], ...]
    contradictions: tuple[tuple[str, ...], ...]
    unlisted: tuple[str, ...]
    only_outside_training: tuple[str, ...]
    without_images: tuple[str, ...]
    imbalance: float
    known: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def images(self) -> int:
        """How many images the table has."""
        return sum(sum(classes.values()) for classes in self.counts.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """Why training should be refused, one line each; empty where it may start."""
        lines = list(self.refused)
        if self.broken:
            names = enumerate_names((remark.path for remark in self.broken), 3)
            lines.append(f"{len(self.broken)} broken images: {names}; replace or remove them")
        if self.only_outside_training:
            names = enumerate_names(self.only_outside_training)
            lines.append(f"{len(self.only_outside_training)} classes not in train: {names}")
        if self.without_images:
            names = enumerate_names(self.without_images)
            lines.append(f"{len(self.without_images)} classes without images: {names}")
        return tuple(lines)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What deserves a look but stops nothing, one line each."""
        lines = list(self.known)
        if self.near_copies:
            across = sum(a.split(": ")[0] != b.split(": ")[0] for a, b in self.near_copies)
            lines.append(
                f"{len(self.near_copies)} pairs of near copies, {across} of them in two splits, "
                f"first {' ~ '.join(self.near_copies[0])}"
            )
        for kind, count in sorted(Counter(remark.remark for remark in self.odd).items()):
            lines.append(f"{count} images: {kind}")
        for suffix, count in sorted(Counter(Path(p).suffix for p in self.unlisted).items()):
            lines.append(f"not used: {count} × *{suffix}")
        return tuple(lines)


def check_images(
    table: RecordTable,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
    *,
    beside_only: bool = False,
    individuals: bool = False,
) -> CheckReport:
    """Open and fully decode every image of a table, and look for what is wrong with the set.

    Files are compared by their bytes, and by a perceptual hash of what they show.

    Args:
        table: the images.
        workers: threads that decode.
        progress: called with the number of images done and the number of all, from one thread.
        beside_only: look for unused files only in folders that hold images of the table, not
            in all of its root, which may be large where several sets lie there.
        individuals: labels are individuals; nothing is said of classes then, since the identities
            of a test are not those of the training.
    """
    looks: list[_Look] = []
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        files = [(table.root / record.path, record.box) for record in table.records]
        for look in pool.map(_look, files):
            looks.append(look)
            if progress is not None:
                progress(len(looks), len(table))
    only_outside, without = ((), ()) if individuals else classes_without_training(table)
    found = [(record.path, look) for record, look in zip(table.records, looks, strict=True)]
    copies = name_copies(table)
    none = dict.fromkeys(table.class_names, 0)
    places = [f"{record.split}: {record.path}" for record in table.records]
    return CheckReport(
        root=table.root,
        counts={split: {**none, **table.counts(split)} for split in table.splits},
        broken=_remarks((path, [look.broken]) for path, look in found if look.broken),
        odd=_remarks((path, look.odd) for path, look in found),
        duplicates=copies.across,
        copies=copies.within,
        near_copies=_near(table.copies, [look.seen for look in looks], places),
        contradictions=copies.contradictions,
        unlisted=_unlisted(table, beside_only),
        only_outside_training=only_outside,
        without_images=without,
        imbalance=1.0 if individuals else imbalance(table),
        known=table_remarks(table, individuals=individuals),
        refused=table.problems,
    )


_LISTS = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".md"}
"""What describes a set lies beside its images."""


class _Look(NamedTuple):
    """What one file is: why it is broken, what is odd about it, what it shows."""

    broken: str
    odd: list[str]
    seen: Hash | None


def _look(file: tuple[Path, Box | None]) -> _Look:
    path, box = file
    try:
        with open_image(path) as image:
            odd = _odd_before_decoding(image)
            upright = upright_rgb(image)
    except DataError as error:
        return _Look(str(error).removeprefix(f"{path}: "), [], None)
    return _Look("", odd + _odd_after_decoding(upright, box), perceptual_hash(upright))


def _odd_before_decoding(image: Image.Image) -> list[str]:
    odd = []
    if image.mode == "CMYK":
        odd.append("CMYK")
    if image.mode.startswith(("I", "F")):
        odd.append("16-bit or float grey")
    if image.has_transparency_data:
        odd.append("transparent, laid on white")
    if image.format != "MPO" and getattr(image, "is_animated", False):
        odd.append("several frames, first one used")
    if image.getexif().get(ORIENTATION, 1) != 1:
        odd.append("rotated by EXIF")
    return odd


def _odd_after_decoding(upright: Image.Image, box: Box | None) -> list[str]:
    odd = []
    width, height = upright.size
    if min(width, height) < TINY:
        odd.append(f"a side below {TINY} pixels")
    if max(width, height) > EXTREME_ASPECT * min(width, height):
        odd.append(f"one side more than {EXTREME_ASPECT:g} x the other")
    if box is not None and (min(box[:2]) < 0 or box[2] > width or box[3] > height):
        odd.append("box reaches outside the image")
    return odd


def _remarks(found: Iterable[tuple[str, list[str]]]) -> tuple[FileRemark, ...]:
    return tuple(sorted({FileRemark(path, remark) for path, all_ in found for remark in all_}))


def _near(
    copies: Copies, seen: Sequence[Hash | None], names: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Names of files that show the same in other bytes; of copies the first stands for all."""
    again = {row for rows in copies for row in rows[1:]}
    hashes = [None if row in again else bits for row, bits in enumerate(seen)]
    return tuple(sorted((names[a], names[b]) for a, b in near_pairs(hashes)))


def _unlisted(table: RecordTable, beside_only: bool) -> tuple[str, ...]:
    listed = {table.root / record.path for record in table.records}
    if beside_only:
        folders = sorted({path.parent for path in listed if path.parent.is_dir()})
        files: Iterable[Path] = (path for folder in folders for path in files_in(folder))
    else:
        files = files_below(table.root)
    return tuple(
        path.relative_to(table.root).as_posix() if path.is_relative_to(table.root) else str(path)
        for path in files
        if path not in listed
        and path.name not in LIST_NAMES
        and not (path.parent == table.root and path.suffix in _LISTS)
    )
