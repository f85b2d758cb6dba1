"""Drawn persons laid out like DukeMTMC-reID."""

from pathlib import Path

from elsewhere.data.synthetic.individuals import LOOKALIKES, IndividualSettings
from elsewhere.data.synthetic.layouts.market import FOLDERS
from elsewhere.data.synthetic.layouts.writing import Planned, draw_files, plan, write_set

CAMERAS = 8


def write_duke(
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
    """Write drawn persons as DukeMTMC-reID had its photographs: `0001_c2_f0046182.jpg`.

    A folder that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        train: identities to train on.
        test: identities to test on.
        sightings: cameras that see each person, 2 to 8.
        shots: pictures of a person by each of these cameras, at least 2; one of them is a query.
        size: height of a picture in pixels; it is half as wide.
        lookalikes: share of people who differ from another one in a single small thing.
        seed: of everything random.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings = IndividualSettings(
        "persons", train, test, 0, CAMERAS, sightings, shots, size, lookalikes, seed
    )

    def fill(place: Path) -> None:
        draw_files(place, ((_path(one), one.shot) for one in plan(settings)), settings)

    write_set(folder, "duke", settings, fill)


def _path(one: Planned) -> str:
    frame = one.label * 1000 + one.shot.number * 120
    return f"{FOLDERS[one.part]}/{one.label:04d}_c{one.shot.camera + 1}_f{frame:07d}.jpg"
