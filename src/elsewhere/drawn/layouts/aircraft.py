"""Drawn birds laid out like FGVC-Aircraft, under the names of aeroplanes.

The layout is about lists, three levels of labels, boxes and banners. Birds, which differ in just as
many small parts, show all of that; aeroplanes drawn for it alone took 400 lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from elsewhere.drawn.birds import Species, draw_bird
from elsewhere.drawn.canvas import Drawn
from elsewhere.drawn.chance import choice, generator_of, shuffled
from elsewhere.drawn.layouts.birds import GENERATOR
from elsewhere.drawn.layouts.drawn_set import DrawnClasses, Picture, save_picture, write_lines
from elsewhere.drawn.scenes import SCENES
from elsewhere.errors import DataError

BANNER = 20
MAKERS = {"round": "Kestrel", "forked": "Marabou"}  # by the tail
FAMILIES = {"red": "Twin", "golden": "Quad", "blue": "Aft", "violet": "Prop"}  # by the crown
FILES = {"variant": "variants", "family": "families", "manufacturer": "manufacturers"}
PARTS = {"train": ("train",), "val": ("val",), "trainval": ("train", "val"), "test": ("test",)}
# each four are one family
VARIANTS: tuple[Species, ...] = tuple(
    Species(crown, wing, beak, tail)  # type: ignore[arg-type]
    for tail, crown, beak, wing in product(
        MAKERS, FAMILIES, ("short", "long"), ("barred", "spotted")
    )
)


def names_of(variant: Species) -> dict[str, str]:
    """A name for each level, such as variant "Kestrel Twin-300W" of the family "Kestrel Twin"."""
    family = f"{MAKERS[variant.tail]} {FAMILIES[variant.crown]}"
    number = {"short": "100", "long": "300"}[variant.beak]
    name = f"{family}-{number}{'W' if variant.wing == 'spotted' else ''}"
    return {"variant": name, "family": family, "manufacturer": MAKERS[variant.tail]}


class _Written(NamedTuple):
    image: str
    part: str
    names: dict[str, str]
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Aircraft(DrawnClasses):
    """Drawn birds as FGVC-Aircraft has its photographs, with boxes and banners.

    Half of the training pictures are the lists' train, half their val. Every picture has 20 rows
    more than what is drawn: a banner, as in the published set.
    """

    variants: Annotated[int, "how many variants, 2 to 32; each four are of one family"] = 8
    test: Annotated[int, "test pictures per class"] = 15
    size: Annotated[int, "width of a picture in pixels"] = 96

    layout = what = "aircraft"
    generator = f"{GENERATOR} as aircraft"

    @property
    def classes(self) -> int:
        """The variants."""
        return self.variants

    def _check(self) -> None:
        if self.train < 2:
            raise DataError(
                f"drawn aircraft: train {self.train} makes no train and val; use 2 or more"
            )
        if not 2 <= self.variants <= len(VARIANTS):
            raise DataError(
                f"drawn aircraft: {self.variants} variants cannot be drawn; ask for 2 to "
                f"{len(VARIANTS)}"
            )
        super()._check()

    def draw(self, picture: Picture) -> Drawn:
        """Draw one picture; it depends on the picture, the seed and the size only."""
        generator = self.generator_for("drawn flight", picture)
        return draw_bird(VARIANTS[picture.kind], choice(generator, SCENES), self.size, generator)

    def _fill(self, folder: Path) -> None:
        planned, written = self.pictures(), []
        numbers = shuffled(generator_of("drawn aircraft", self.seed), len(planned))
        for number, picture in sorted(zip(numbers, planned, strict=True)):
            image, drawn = f"{1_000_000 + 37 * number:07d}", self.draw(picture)
            save_picture(_with_banner(drawn.image), folder / f"data/images/{image}.jpg")
            part = "val" if picture.split == "train" and picture.number % 2 else picture.split
            written.append(_Written(image, part, names_of(VARIANTS[picture.kind]), drawn.box))
        _write_lists(folder / "data", written)


def _with_banner(image: np.ndarray) -> np.ndarray:
    """The picture with rows below that look, from afar, as if a name stood there."""
    banner = np.full((BANNER, image.shape[1], 3), 235, dtype=np.uint8)
    for start in range(6, image.shape[1] - 6, 7):
        banner[7:13, start : start + 4 - start % 3] = 40
    return np.concatenate([image, banner])


def _write_lists(folder: Path, written: Sequence[_Written]) -> None:
    for level, file in FILES.items():
        write_lines(folder / f"{file}.txt", sorted({one.names[level] for one in written}))
        for part, of in PARTS.items():
            rows = (f"{one.image} {one.names[level]}" for one in written if one.part in of)
            write_lines(folder / f"images_{level}_{part}.txt", rows)
    for part in ("train", "val", "test"):
        images = (one.image for one in written if one.part == part)
        write_lines(folder / f"images_{part}.txt", images)
    boxes = ((one.image, *one.box) for one in written)
    # pixels are counted from 1, and both ends of a box are inside
    lines = (f"{image} {left + 1} {top + 1} {right} {bottom}"
             for image, left, top, right, bottom in boxes)  # fmt: skip
    write_lines(folder / "images_box.txt", lines)
