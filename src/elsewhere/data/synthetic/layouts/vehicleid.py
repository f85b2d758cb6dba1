"""Drawn vehicles laid out like VehicleID."""

from collections.abc import Sequence
from pathlib import Path

from elsewhere.data.synthetic.garage import OPTIONS, vehicle_of
from elsewhere.data.synthetic.individuals import LOOKALIKES, IndividualSettings, Shot
from elsewhere.data.synthetic.layouts.writing import draw_files, plan, write_lines, write_set
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.errors import DataError

CAMERAS = 6
SIZES = (800, 1600, 2400)
Listed = tuple[str, int, Shot]


def write_vehicleid(
    folder: Path,
    *,
    train: int = 30,
    test: int = 24,
    sightings: int = 4,
    shots: int = 3,
    size: int = 64,
    lookalikes: float = LOOKALIKES,
    seed: int = 0,
) -> None:
    """Write drawn vehicles as VehicleID has its photographs: `image/0000001.jpg` and lists.

    A line of a list is a file's name without its ending, and a vehicle's number. The lists for 800,
    1600 and 2400 vehicles hold a third, two thirds and all of `test`. Nothing tells the cameras.
    A folder that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        train: identities to train on.
        test: identities of the largest test list, at least 6.
        sightings: cameras that see each vehicle, 2 to 6.
        shots: pictures of a vehicle by each of these cameras, at least 2.
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
    if test < 2 * len(SIZES):
        raise DataError(
            f"drawn vehicles: {test} identities make no three test lists; use 6 or more"
        )

    def fill(place: Path) -> None:
        listed = _list(settings)
        files = ((f"image/{name}.jpg", shot) for name, _, shot in listed)
        draw_files(place, files, settings)
        _write_lists(place / "train_test_split", listed, settings)
        _write_attributes(place / "attribute", listed, settings)

    write_set(folder, "vehicleid", settings, fill)


def _list(settings: IndividualSettings) -> list[Listed]:
    """Name, vehicle and shot of every picture; names are in no order."""
    planned = list(plan(settings))
    order = shuffled(generator_of("drawn names", settings.seed), len(planned))
    return [
        (f"{place + 1:07d}", one.label, one.shot) for place, one in zip(order, planned, strict=True)
    ]


def _write_lists(place: Path, listed: Sequence[Listed], settings: IndividualSettings) -> None:
    tested = settings.individuals("test")
    write_lines(place / "train_list.txt", _lines(listed, settings.individuals("train")))
    for number, size in enumerate(SIZES, start=1):
        some = tested[: len(tested) * number // len(SIZES)]
        write_lines(place / f"test_list_{size}.txt", _lines(listed, some))


def _lines(listed: Sequence[Listed], individuals: range) -> list[str]:
    return [f"{name} {label}" for name, label, shot in listed if shot.individual in individuals]


def _write_attributes(place: Path, listed: Sequence[Listed], settings: IndividualSettings) -> None:
    """Colour and model of every vehicle as numbers from 0, and whose each picture is."""
    write_lines(place / "img2vid.txt", (f"{name} {label}" for name, label, _ in listed))
    labels = {label: shot.individual for _, label, shot in listed}
    vehicles = {
        label: vehicle_of(settings.seed, individual, settings.lookalikes)
        for label, individual in sorted(labels.items())
    }
    colours, types = OPTIONS["colour"], OPTIONS["type"]
    write_lines(
        place / "color_attr.txt", (f"{n} {colours.index(v.colour)}" for n, v in vehicles.items())
    )
    write_lines(
        place / "model_attr.txt", (f"{n} {types.index(v.type)}" for n, v in vehicles.items())
    )
