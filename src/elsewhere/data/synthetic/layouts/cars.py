"""Drawn cars laid out like Stanford Cars, in its old and its present layout."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elsewhere.data.mat import require_scipy, save_mat, texts
from elsewhere.data.synthetic.cameras import camera_of
from elsewhere.data.synthetic.individuals import GENERATOR
from elsewhere.data.synthetic.layouts.by_class import (
    ClassSettings,
    Picture,
    pictures_of,
    write_classes,
)
from elsewhere.data.synthetic.layouts.writing import save_jpeg, write_lines
from elsewhere.data.synthetic.places import PLACES
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size
from elsewhere.data.synthetic.showroom import CarModel, car_models, car_of
from elsewhere.data.synthetic.vehicles import draw_vehicle

_EDGES = ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2")
_OLD_FIELDS = ("relative_im_path", *_EDGES, "class", "test")
_FIELDS = (*_EDGES, "class", "fname")
_HIDDEN_FIELDS = (*_EDGES, "fname")


class _Written(NamedTuple):
    picture: Picture
    name: str
    box: tuple[int, int, int, int]


def write_cars(
    folder: Path,
    *,
    models: int = 8,
    train: int = 30,
    test: int = 30,
    size: int = 64,
    seed: int = 0,
    old: bool = False,
) -> None:
    """Write drawn cars as Stanford Cars has its photographs, with boxes; scipy is needed.

    Cars of a model share type, wheels and bumper; colour, windows and roof are each car's own. A
    folder that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        models: how many classes, 2 to 80.
        train: training pictures of each.
        test: test pictures of each.
        size: pixels of a side.
        seed: of everything random.
        old: `car_ims` with `cars_annos.mat`, instead of `cars_train`, `cars_test` and `devkit`.

    Raises:
        DataError: scipy is missing, a setting is out of its range, the folder holds anything else,
            or cannot be written.
    """
    require_scipy(folder)
    check_size(size)
    settings = ClassSettings(models, train, test, size, seed)
    kinds = car_models(models)

    def fill(place: Path) -> None:
        planned = [picture for kind in range(models) for picture in pictures_of(kind, settings)]
        names = texts([kind.name for kind in kinds])
        if old:
            written = _write(place, "car_ims", planned, kinds, settings, digits=6)
            variables = {"annotations": _annotations(written, _OLD_FIELDS), "class_names": names}
            save_mat(place / "cars_annos.mat", variables)
            return
        order = shuffled(generator_of("drawn cars", seed), len(planned))
        mixed = [planned[place] for place in order]
        kit = place / "devkit"
        kit.mkdir()
        save_mat(kit / "cars_meta.mat", {"class_names": names})
        for split in ("train", "test"):
            part = [picture for picture in mixed if picture.split == split]
            written = _write(place, f"cars_{split}", part, kinds, settings, digits=5)
            found = _annotations(written, _FIELDS)
            ending = "_withlabels" if split == "test" else ""
            save_mat(kit / f"cars_{split}_annos{ending}.mat", {"annotations": found})
            if split == "test":
                hidden = _annotations(written, _HIDDEN_FIELDS)
                save_mat(kit / "cars_test_annos.mat", {"annotations": hidden})
            else:
                write_lines(kit / "train_perfect_preds.txt", (str(p.kind + 1) for p in part))

    layout = "cars-old" if old else "cars"
    write_classes(folder, layout, GENERATOR, settings, fill)


def draw_car(picture: Picture, kind: CarModel, settings: ClassSettings) -> DrawnIndividual:
    """Draw one picture; it depends on the picture, its model, the seed and the size only."""
    parts = (settings.seed, ("train", "test").index(picture.split), picture.kind, picture.number)
    generator = generator_of("drawn car", *parts)
    camera = camera_of(settings.seed, int(generator.random() * len(PLACES)))
    return draw_vehicle(car_of(kind, generator), camera, settings.size, generator)


def _write(
    place: Path, folder: str, pictures: Sequence[Picture], kinds: Sequence[CarModel],
    settings: ClassSettings, *, digits: int,
) -> list[_Written]:  # fmt: skip
    (place / folder).mkdir()
    written = []
    for number, picture in enumerate(pictures, start=1):
        drawn = draw_car(picture, kinds[picture.kind], settings)
        name = f"{number:0{digits}d}.jpg"
        save_jpeg(drawn.image, place / folder / name)
        written.append(_Written(picture, name, drawn.box))
    return written


def _annotations(written: Sequence[_Written], fields: Sequence[str]) -> np.ndarray:
    """MATLAB's array of structures; it counts pixels from 1, and both ends are inside."""
    rows = np.empty((1, len(written)), dtype=[(field, object) for field in fields])
    for row, (picture, name, (left, top, right, bottom)) in zip(rows[0], written, strict=True):
        said = {
            **dict(zip(_EDGES, (left + 1, top + 1, right, bottom), strict=True)),
            "class": picture.kind + 1,
            "test": int(picture.split == "test"),
            "fname": name,
            "relative_im_path": f"car_ims/{name}",
        }
        for field in fields:
            row[field] = said[field]
    return rows
