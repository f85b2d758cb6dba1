"""Drawn aeroplanes laid out like FGVC-Aircraft."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elsewhere.data.synthetic.aeroplanes import draw_aeroplane
from elsewhere.data.synthetic.hangar import Aeroplane, aeroplanes
from elsewhere.data.synthetic.layouts.by_class import (
    ClassSettings,
    Picture,
    pictures_of,
    write_classes,
)
from elsewhere.data.synthetic.layouts.writing import save_jpeg, write_lines
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size
from elsewhere.errors import DataError

GENERATOR = "aircraft 1"  # raise the number whenever a pixel of any picture changes
BANNER = 20
_LEVELS = {
    "variant": "variants.txt",
    "family": "families.txt",
    "manufacturer": "manufacturers.txt",
}


class _Written(NamedTuple):
    image: str
    part: str
    aeroplane: Aeroplane
    box: tuple[int, int, int, int]


def write_aircraft(
    folder: Path,
    *,
    variants: int = 8,
    train: int = 30,
    test: int = 15,
    size: int = 96,
    seed: int = 0,
) -> None:
    """Write drawn aeroplanes as FGVC-Aircraft has its photographs, with boxes and banners.

    Half of the training pictures are the lists' train, half their val. Every picture has 20 rows
    more than what is drawn: a banner, as in the published set. A folder that was made with the
    same settings is kept as it is.

    Args:
        folder: where to.
        variants: how many classes, 2 to 32; each four are of one family.
        train: training pictures of each, in train and val together, at least 2.
        test: test pictures of each.
        size: width of a picture in pixels; what is drawn is two thirds as high.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    check_size(size)
    if train < 2:
        raise DataError(f"drawn aircraft: train {train} makes no train and val; use 2 or more")
    settings = ClassSettings(variants, train, test, size, seed)
    kinds = aeroplanes(variants)

    def fill(place: Path) -> None:
        (place / "data" / "images").mkdir(parents=True)
        planned = [picture for kind in range(variants) for picture in pictures_of(kind, settings)]
        numbers = shuffled(generator_of("drawn aircraft", seed), len(planned))
        written = [
            _write(place, f"{1_000_000 + 37 * number:07d}", picture, kinds, settings)
            for number, picture in zip(numbers, planned, strict=True)
        ]
        by_number = sorted(written, key=lambda one: one.image)
        _write_lists(place / "data", by_number, kinds)

    write_classes(folder, "aircraft", GENERATOR, settings, fill)


def draw_flight(picture: Picture, kind: Aeroplane, settings: ClassSettings) -> DrawnIndividual:
    """Draw one picture; it depends on the picture, its variant, the seed and the size only."""
    parts = (settings.seed, ("train", "test").index(picture.split), picture.kind, picture.number)
    return draw_aeroplane(kind, settings.size, generator_of("drawn flight", *parts))


def _write(
    place: Path, image: str, picture: Picture, kinds: Sequence[Aeroplane], settings: ClassSettings
) -> _Written:
    drawn = draw_flight(picture, kinds[picture.kind], settings)
    save_jpeg(_with_banner(drawn.image), place / "data" / "images" / f"{image}.jpg")
    part = "val" if picture.split == "train" and picture.number % 2 else picture.split
    return _Written(image, part, kinds[picture.kind], drawn.box)


def _with_banner(image: np.ndarray) -> np.ndarray:
    """The picture with rows below that look, from afar, as if a name stood there."""
    banner = np.full((BANNER, image.shape[1], 3), 235, dtype=np.uint8)
    for start in range(6, image.shape[1] - 6, 7):
        banner[7:13, start : start + 4 - start % 3] = 40
    return np.concatenate([image, banner])


def _write_lists(place: Path, written: Sequence[_Written], kinds: Sequence[Aeroplane]) -> None:
    names = {
        "variant": [kind.name for kind in kinds],
        "family": [kind.family for kind in kinds],
        "manufacturer": [kind.maker for kind in kinds],
    }
    of_level = {level: dict(zip(names["variant"], of, strict=True)) for level, of in names.items()}
    parts = {"train": ("train",), "val": ("val",), "trainval": ("train", "val"), "test": ("test",)}
    for level, file in _LEVELS.items():
        write_lines(place / file, sorted(set(names[level])))
        for part, of in parts.items():
            rows = (f"{one.image} {of_level[level][one.aeroplane.name]}"
                    for one in written if one.part in of)  # fmt: skip
            write_lines(place / f"images_{level}_{part}.txt", rows)
    for part in ("train", "val", "test"):
        rows = (one.image for one in written if one.part == part)
        write_lines(place / f"images_{part}.txt", rows)
    boxes = ((one.image, *one.box) for one in written)
    # pixels are counted from 1, and both ends of a box are inside
    lines = (f"{image} {left + 1} {top + 1} {right} {bottom}"
             for image, left, top, right, bottom in boxes)  # fmt: skip
    write_lines(place / "images_box.txt", lines)
