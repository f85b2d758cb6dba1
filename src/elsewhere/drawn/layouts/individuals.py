"""Drawn individuals as one's own data, and persons laid out like the field's data sets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from PIL import Image

from elsewhere.drawn.cameras import camera_of
from elsewhere.drawn.chance import generator_of, shuffled
from elsewhere.drawn.individuals import (
    FIRST,
    GENERATOR,
    IndividualSettings,
    Kind,
    Shot,
    draw_shot,
    shots_of,
)
from elsewhere.drawn.layouts.drawn_set import (
    DrawnSet,
    edges,
    save_picture,
    write_lines,
    write_table,
)
from elsewhere.errors import DataError

MARKET_FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
MSMT17_FOLDERS = {1: ("train", "test"), 2: ("mask_train_v2", "mask_test_v2")}
HOURS = ("morning", "noon", "afternoon")


class DrawnIndividualSet(IndividualSettings, DrawnSet):
    """Drawn individuals in some layout."""

    what = "individuals"
    generator = GENERATOR


@dataclass(frozen=True)
class Individuals(DrawnIndividualSet):
    """Drawn persons or vehicles as PNG files with `labels.csv`.

    The list's columns are path, identity, camera, split (train, val or test; no identity is in
    two), the box x1, y1, x2, y2, and what the picture shows.
    """

    kind: Kind = "persons"
    val: Annotated[int, "identities held out for validation"] = 6
    cameras: Annotated[int, "cameras of the set"] = 6

    layout = "own"

    def _fill(self, folder: Path) -> None:
        write_table(folder / "labels.csv", self._draw_all(folder))

    def _draw_all(self, folder: Path) -> Iterator[dict[str, str]]:
        for split in ("train", "val", "test"):
            for number, individual in enumerate(self.individuals(split)):
                identity = f"{split}-{number:04d}"
                for shot in shots_of(individual, self):
                    camera = camera_of(self.seed, shot.camera).name
                    drawn = draw_shot(shot, self)
                    path = f"images/{identity}/{camera}-{shot.number:02d}.png"
                    save_picture(drawn.image, folder / path)
                    row = {"path": path, "identity": identity, "camera": camera, "split": split}
                    yield row | edges(drawn.box) | drawn.attributes


class Planned(NamedTuple):
    """A picture that is going to be written.

    Attributes:
        part: "train", "query" or "gallery".
        label: the number that the individual has in the set's file names.
        shot: what to draw.
    """

    part: str
    label: int
    shot: Shot


@dataclass(frozen=True)
class PublishedLayout(DrawnIndividualSet):
    """What the layouts of published sets share: nobody is held out, and numbers for all."""

    val: int = field(default=0, init=False)

    def plan(self) -> Iterator[Planned]:
        """Every picture of the identities, in the order of their numbers.

        As in the published sets, train and test are mixed in one sequence of numbers from 1. Of a
        test identity, the first picture of each camera is a query, and the others lie in the
        gallery.
        """
        individuals = [*self.individuals("train"), *self.individuals("test")]
        order = shuffled(generator_of("drawn numbers", self.seed), len(individuals))
        for number, place in enumerate(order, start=1):
            for shot in shots_of(individuals[place], self):
                part = "gallery" if shot.number else "query"
                yield Planned("train" if place < self.train else part, number, shot)

    def draw_files(self, folder: Path, files: Iterable[tuple[str, Shot]]) -> None:
        """Draw pictures into files below a folder."""
        for name, shot in files:
            save_picture(draw_shot(shot, self).image, folder / name)


@dataclass(frozen=True)
class Market(PublishedLayout):
    """Drawn persons as Market-1501 has its photographs: `0002_c1s1_000451_03.jpg`.

    The gallery holds distractors (0000), people that nobody asks for, and junk (-1), legs without
    the rest of a person. A `Thumbs.db` lies in every folder, as in the published set.
    """

    kind: Kind = field(default="persons", init=False)
    cameras: int = field(default=6, init=False)
    distractors: Annotated[int, "pictures in the gallery of people whom nobody asks for"] = 20
    junk: Annotated[int, "pictures in the gallery that show a part of a person"] = 5

    layout = "market"

    def _check(self) -> None:
        super()._check()
        if self.distractors < 0 or self.junk < 0:
            raise DataError("drawn persons: distractors and junk are counts; use 0 or more")

    def _fill(self, folder: Path) -> None:
        self.draw_files(folder, ((_market_path(*one), one.shot) for one in self.plan()))
        # one picture each of people who are not in the set
        strangers = [
            Shot(FIRST["distractor"] + number, number % self.cameras, 0)
            for number in range(self.distractors + self.junk)
        ]
        others = strangers[: self.distractors]
        self.draw_files(folder, ((_market_path("gallery", 0, shot), shot) for shot in others))
        for shot in strangers[self.distractors :]:
            legs = _lower_half(draw_shot(shot, self).image)
            save_picture(legs, folder / _market_path("gallery", -1, shot))
        for name in MARKET_FOLDERS.values():
            (folder / name / "Thumbs.db").write_bytes(b"no picture\n")


def _market_path(part: str, label: int, shot: Shot) -> str:
    who = "-1" if label < 0 else f"{label:04d}"
    frame = shot.individual % 100_000 * 10 + shot.number
    where = f"{MARKET_FOLDERS[part]}/{who}_c{shot.camera + 1}s{shot.number % 3 + 1}"
    return f"{where}_{frame:06d}_{shot.number:02d}.jpg"


def _lower_half(image: np.ndarray) -> np.ndarray:
    """The lower half of a picture, stretched to its size: a box that missed the person."""
    height, width, _ = image.shape
    lower = Image.fromarray(image[height // 2 :])
    return np.asarray(lower.resize((width, height), Image.Resampling.BILINEAR))


@dataclass(frozen=True)
class Duke(PublishedLayout):
    """Drawn persons as DukeMTMC-reID had its photographs: `0001_c2_f0046182.jpg`."""

    kind: Kind = field(default="persons", init=False)
    cameras: int = field(default=8, init=False)

    layout = "duke"

    def _fill(self, folder: Path) -> None:
        self.draw_files(folder, ((_duke_path(*one), one.shot) for one in self.plan()))


def _duke_path(part: str, label: int, shot: Shot) -> str:
    frame = label * 1000 + shot.number * 120
    return f"{MARKET_FOLDERS[part]}/{label:04d}_c{shot.camera + 1}_f{frame:07d}.jpg"


@dataclass(frozen=True)
class Msmt17(PublishedLayout):
    """Drawn persons as MSMT17 has its photographs, with its four lists.

    Names are `0000/0000_000_01_0303morning_0008_0.jpg`, where the third field is the camera. The
    numbers of people restart at 0 in the test. The last picture of each one to train on stands in
    `list_val.txt`. Version 1 has the folders `train` and `test`, version 2 has `mask_train_v2` and
    `mask_test_v2`.
    """

    kind: Kind = field(default="persons", init=False)
    cameras: int = field(default=15, init=False)
    version: Literal[1, 2] = 1

    layout = "msmt17"

    def _fill(self, folder: Path) -> None:
        lists: dict[str, list[str]] = {"train": [], "val": [], "query": [], "gallery": []}
        for split, place in zip(("train", "test"), MSMT17_FOLDERS[self.version], strict=True):
            for number, individual in enumerate(self.individuals(split)):
                shots = shots_of(individual, self)
                for index, shot in enumerate(shots):
                    path = _msmt17_path(number, index, shot)
                    self.draw_files(folder / place, [(path, shot)])
                    part = "gallery" if shot.number else "query"
                    if split == "train":
                        part = "val" if shot == shots[-1] else "train"
                    lists[part].append(f"{path} {number}")
        for part, lines in lists.items():
            write_lines(folder / f"list_{part}.txt", lines)


def _msmt17_path(number: int, index: int, shot: Shot) -> str:
    when = f"03{shot.camera % 4 + 1:02d}{HOURS[shot.camera % 3]}"
    rest = f"{index:03d}_{shot.camera + 1:02d}_{when}_{number * 7 + shot.number:04d}_{shot.number}"
    return f"{number:04d}/{number:04d}_{rest}.jpg"
