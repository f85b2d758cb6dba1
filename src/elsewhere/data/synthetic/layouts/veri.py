"""Drawn vehicles laid out like VeRi-776."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.synthetic.garage import COLOUR_NUMBERS, TYPE_NUMBERS, vehicle_of
from elsewhere.data.synthetic.individuals import LOOKALIKES, IndividualSettings
from elsewhere.data.synthetic.layouts.writing import (
    Planned,
    draw_files,
    plan,
    write_lines,
    write_set,
)

CAMERAS = 20
ENCODING = "gb2312"


class _Named(NamedTuple):
    name: str
    one: Planned


def write_veri(
    folder: Path,
    *,
    train: int = 30,
    test: int = 20,
    sightings: int = 4,
    shots: int = 3,
    size: int = 64,
    lookalikes: float = LOOKALIKES,
    seed: int = 0,
) -> None:
    """Write drawn vehicles as VeRi-776 has its photographs: `0001_c001_00016450_0.jpg`.

    With them come the lists of names, the labels of colour and type in XML that declares gb2312,
    and for every query its right (`gt_index.txt`) and its junk (`jk_index.txt`) gallery images,
    counted from 1. Queries lie in the gallery, too. A folder that was made with the same settings
    is kept as it is.

    Args:
        folder: where to.
        train: identities to train on.
        test: identities to test on.
        sightings: cameras that see each vehicle, 2 to 20.
        shots: pictures of a vehicle by each of these cameras, at least 2; one of them is a query.
        size: pixels of a side.
        lookalikes: share of vehicles that differ from another one in a single small thing.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings = IndividualSettings(
        "vehicles", train, test, 0, CAMERAS, sightings, shots, size, lookalikes, seed
    )

    def fill(place: Path) -> None:
        named = [_Named(_name(one), one) for one in plan(settings)]
        trained = [entry for entry in named if entry.one.part == "train"]
        gallery = [entry for entry in named if entry.one.part != "train"]
        queries = [entry for entry in gallery if entry.one.part == "query"]
        for where, listed in (("image_train", trained), ("image_test", gallery)):
            draw_files(place / where, ((name, one.shot) for name, one in listed), settings)
        (place / "image_query").mkdir()
        for name, _ in queries:
            shutil.copyfile(place / "image_test" / name, place / "image_query" / name)
        for part, listed in (("train", trained), ("query", queries), ("test", gallery)):
            write_lines(place / f"name_{part}.txt", (name for name, _ in listed))
        _write_labels(place / "train_label.xml", "TrainingImages", trained, settings)
        _write_labels(place / "test_label.xml", "TestImages", gallery, settings)
        _write_indices(place, queries, gallery)

    write_set(folder, "veri", settings, fill)


def _name(one: Planned) -> str:
    frame = one.shot.individual % 1000 * 300 + one.shot.number * 15
    return f"{one.label:04d}_c{one.shot.camera + 1:03d}_{frame:08d}_{one.shot.number}.jpg"


def _write_labels(
    path: Path, root: str, listed: Sequence[_Named], settings: IndividualSettings
) -> None:
    lines = [f'<?xml version="1.0" encoding="{ENCODING}"?>', f'<{root} Version="1.0">']
    lines.append(f'  <Items number="{len(listed)}">')
    for name, one in listed:
        vehicle = vehicle_of(settings.seed, one.shot.individual, settings.lookalikes)
        lines.append(
            f'    <Item imageName="{name}" vehicleID="{one.label:04d}" '
            f'cameraID="c{one.shot.camera + 1:03d}" colorID="{COLOUR_NUMBERS[vehicle.colour]}" '
            f'typeID="{TYPE_NUMBERS[vehicle.type]}" />'
        )
    lines += ["  </Items>", f"</{root}>"]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(ENCODING))


def _write_indices(place: Path, queries: Sequence[_Named], gallery: Sequence[_Named]) -> None:
    right, junk = [], []
    for _, query in queries:
        same = [
            (number, one.shot.camera == query.shot.camera)
            for number, (_, one) in enumerate(gallery, start=1)
            if one.label == query.label
        ]
        right.append(" ".join(str(number) for number, near in same if not near))
        junk.append(" ".join(str(number) for number, near in same if near))
    write_lines(place / "gt_index.txt", right)
    write_lines(place / "jk_index.txt", junk)
