"""Drawn vehicles laid out like VeRi-776, VehicleID, and Stanford Cars."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np

from elsewhere.data.sets.classes.matlab import save_mat, texts
from elsewhere.drawn.cameras import camera_of, check_size
from elsewhere.drawn.canvas import Drawn
from elsewhere.drawn.chance import choice, generator_of, shuffled
from elsewhere.drawn.individuals import GENERATOR, Kind
from elsewhere.drawn.layouts.drawn_set import DrawnClasses, Picture, save_picture, write_lines
from elsewhere.drawn.layouts.individuals import Planned, PublishedLayout
from elsewhere.drawn.places import PLACES
from elsewhere.drawn.vehicle_drawing import draw_vehicle
from elsewhere.drawn.vehicles import (
    COLOUR_NUMBERS,
    OPTIONS,
    TYPE_NUMBERS,
    Vehicle,
    vehicle_of,
)
from elsewhere.errors import DataError

VERI_ENCODING = "gb2312"
VEHICLEID_SIZES = (800, 1600, 2400)
CARS_EDGES = ("bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2")
CAR_TYPES = (("sedan", "suv", "hatchback", "pickup"), ("estate", "van", "bus", "truck"))
CAR_YEARS = {"painted": 2012, "black": 2007}  # by the bumper


@dataclass(frozen=True)
class Veri(PublishedLayout):
    """Drawn vehicles as VeRi-776 has its photographs: `0001_c001_00016450_0.jpg`.

    With them come the lists of names, the labels of colour and type in XML that declares gb2312,
    and for every query its right (`gt_index.txt`) and its junk (`jk_index.txt`) gallery images,
    counted from 1. Queries lie in the gallery, too.
    """

    kind: Kind = field(default="vehicles", init=False)
    cameras: int = field(default=20, init=False)

    layout = "veri"

    def _fill(self, folder: Path) -> None:
        planned = list(self.plan())
        trained = [one for one in planned if one.part == "train"]
        gallery = [one for one in planned if one.part != "train"]
        queries = [one for one in gallery if one.part == "query"]
        for part, listed in (("train", trained), ("test", gallery)):
            files = [(_veri_name(one), one.shot) for one in listed]
            self.draw_files(folder / f"image_{part}", files)
            self._write_labels(folder / f"{part}_label.xml", listed)
        (folder / "image_query").mkdir()
        for name in map(_veri_name, queries):
            shutil.copyfile(folder / "image_test" / name, folder / "image_query" / name)
        for part, listed in (("train", trained), ("query", queries), ("test", gallery)):
            write_lines(folder / f"name_{part}.txt", map(_veri_name, listed))
        same = [
            [(number, one.shot.camera == query.shot.camera)
             for number, one in enumerate(gallery, start=1) if one.label == query.label]
            for query in queries
        ]  # fmt: skip
        for name, junk in (("gt_index.txt", False), ("jk_index.txt", True)):
            lines = (" ".join(str(n) for n, near in row if near == junk) for row in same)
            write_lines(folder / name, lines)

    def _write_labels(self, path: Path, listed: Sequence[Planned]) -> None:
        root = "TrainingImages" if path.name.startswith("train") else "TestImages"
        lines = [f'<?xml version="1.0" encoding="{VERI_ENCODING}"?>', f'<{root} Version="1.0">']
        lines.append(f'  <Items number="{len(listed)}">')
        for one in listed:
            vehicle = vehicle_of(self.seed, one.shot.individual, self.lookalikes)
            lines.append(
                f'    <Item imageName="{_veri_name(one)}" vehicleID="{one.label:04d}" '
                f'cameraID="c{one.shot.camera + 1:03d}" colorID="{COLOUR_NUMBERS[vehicle.colour]}" '
                f'typeID="{TYPE_NUMBERS[vehicle.type]}" />'
            )
        lines += ["  </Items>", f"</{root}>"]
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(VERI_ENCODING))


def _veri_name(one: Planned) -> str:
    frame = one.shot.individual % 1000 * 300 + one.shot.number * 15
    return f"{one.label:04d}_c{one.shot.camera + 1:03d}_{frame:08d}_{one.shot.number}.jpg"


@dataclass(frozen=True)
class VehicleId(PublishedLayout):
    """Drawn vehicles as VehicleID has its photographs: `image/0000001.jpg` and lists.

    A line of a list is a file's name without its ending, and a vehicle's number. The lists for 800,
    1600 and 2400 vehicles hold a third, two thirds and all of `test`. Nothing tells the cameras.
    """

    kind: Kind = field(default="vehicles", init=False)
    test: Annotated[int, "identities of the largest test list, at least 6"] = 24
    cameras: int = field(default=6, init=False)

    layout = "vehicleid"

    def _check(self) -> None:
        super()._check()
        if self.test < 2 * len(VEHICLEID_SIZES):
            raise DataError(
                f"drawn vehicles: {self.test} identities make no three test lists; use 6 or more"
            )

    def _fill(self, folder: Path) -> None:
        planned = list(self.plan())
        # names are in no order
        order = shuffled(generator_of("drawn names", self.seed), len(planned))
        named = {f"{place + 1:07d}": one for place, one in zip(order, planned, strict=True)}
        files = ((f"image/{name}.jpg", one.shot) for name, one in named.items())
        self.draw_files(folder, files)
        tested = self.individuals("test")
        lists = {"train_list.txt": self.individuals("train")}
        for number, size in enumerate(VEHICLEID_SIZES, start=1):
            lists[f"test_list_{size}.txt"] = tested[: self.test * number // len(VEHICLEID_SIZES)]
        for file, some in lists.items():
            lines = (f"{n} {one.label}" for n, one in named.items() if one.shot.individual in some)
            write_lines(folder / "train_test_split" / file, lines)
        self._write_attributes(folder / "attribute", named)

    def _write_attributes(self, folder: Path, named: dict[str, Planned]) -> None:
        """Colour and model of every vehicle as numbers from 0, and whose each picture is."""
        write_lines(folder / "img2vid.txt", (f"{name} {one.label}" for name, one in named.items()))
        drawn = sorted({(one.label, one.shot.individual) for one in named.values()})
        vehicles = {n: vehicle_of(self.seed, whose, self.lookalikes) for n, whose in drawn}
        for file, trait in (("color_attr.txt", "colour"), ("model_attr.txt", "type")):
            options = OPTIONS[trait]
            lines = (f"{n} {options.index(getattr(one, trait))}" for n, one in vehicles.items())
            write_lines(folder / file, lines)


class CarModel(NamedTuple):
    """A class of cars; the others of the same type differ from it in small parts only."""

    type: str
    rims: str
    bumper: str

    @property
    def name(self) -> str:
        """Trim, type and year, such as "Silver Spokes Sedan 2012"."""
        return f"{self.rims.title()} {self.type.capitalize()} {CAR_YEARS[self.bumper]}"


# four types with one kind of wheels, then with the next
CAR_MODELS = tuple(
    CarModel(type_, rims, bumper)
    for types, bumper, rims in product(CAR_TYPES, CAR_YEARS, OPTIONS["rims"])
    for type_ in types
)


@dataclass(frozen=True)
class Cars(DrawnClasses):
    """Drawn cars as Stanford Cars has its photographs, with boxes.

    Cars of a model share type, wheels and bumper; colour, windows and roof are each car's own.
    """

    models: Annotated[int, f"how many models of cars, 2 to {len(CAR_MODELS)}"] = 8

    layout = what = "cars"
    generator = GENERATOR

    @property
    def classes(self) -> int:
        """The models."""
        return self.models

    def _check(self) -> None:
        check_size(self.size)
        if not 2 <= self.models <= len(CAR_MODELS):
            raise DataError(
                f"drawn cars: {self.models} models cannot be drawn; ask for 2 to {len(CAR_MODELS)}"
            )
        super()._check()

    def draw(self, picture: Picture) -> Drawn:
        """Draw one picture; it depends on the picture, the seed and the size only."""
        generator = self.generator_for("drawn car", picture)
        camera = camera_of(self.seed, int(generator.random() * len(PLACES)))
        type_, rims, bumper = CAR_MODELS[picture.kind]
        colour, roof, tint = (choice(generator, OPTIONS[own]) for own in ("colour", "roof", "tint"))
        car = Vehicle(colour, type_, rims, "none", "none", roof, tint, "none", bumper)
        return draw_vehicle(car, camera, self.size, generator)

    def names(self) -> np.ndarray:
        """The models' names, for MATLAB."""
        return texts([model.name for model in CAR_MODELS[: self.models]])

    def _fill(self, folder: Path) -> None:
        kit = folder / "devkit"
        kit.mkdir()
        save_mat(kit / "cars_meta.mat", {"class_names": self.names()})
        planned = self.pictures()
        order = shuffled(generator_of("drawn cars", self.seed), len(planned))
        mixed = [planned[place] for place in order]
        for split, ending in (("train", ""), ("test", "_withlabels")):
            part = [picture for picture in mixed if picture.split == split]
            found = self._write(folder / f"cars_{split}", part, digits=5)
            told = {"annotations": _select(found, (*CARS_EDGES, "class", "fname"))}
            save_mat(kit / f"cars_{split}_annos{ending}.mat", told)
            if split == "train":
                write_lines(kit / "train_perfect_preds.txt", (str(p.kind + 1) for p in part))
            else:
                hidden = {"annotations": _select(found, (*CARS_EDGES, "fname"))}
                save_mat(kit / "cars_test_annos.mat", hidden)

    def _write(
        self, folder: Path, pictures: Sequence[Picture], digits: int
    ) -> list[dict[str, Any]]:
        """Draw pictures into files; MATLAB counts pixels from 1, and both ends are inside."""
        found = []
        for number, picture in enumerate(pictures, start=1):
            drawn, name = self.draw(picture), f"{number:0{digits}d}.jpg"
            save_picture(drawn.image, folder / name)
            left, top, right, bottom = drawn.box
            edges = dict(zip(CARS_EDGES, (left + 1, top + 1, right, bottom), strict=True))
            kind, tested = picture.kind + 1, int(picture.split == "test")
            where = {"fname": name, "relative_im_path": f"{folder.name}/{name}"}
            found.append({**edges, "class": kind, "test": tested, **where})
        return found


def _select(found: Sequence[dict[str, Any]], fields: Sequence[str]) -> np.ndarray:
    """MATLAB's array of structures."""
    rows = np.empty((1, len(found)), dtype=[(field, object) for field in fields])
    for row, said in zip(rows[0], found, strict=True):
        for name in fields:
            row[name] = said[name]
    return rows


@dataclass(frozen=True)
class OldCars(Cars):
    """The same in the older layout, `car_ims` with `cars_annos.mat`."""

    layout = what = "cars-old"

    def _fill(self, folder: Path) -> None:
        found = self._write(folder / "car_ims", self.pictures(), digits=6)
        annotations = _select(found, ("relative_im_path", *CARS_EDGES, "class", "test"))
        told = {"annotations": annotations, "class_names": self.names()}
        save_mat(folder / "cars_annos.mat", told)
