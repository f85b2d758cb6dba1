"""Drawn persons laid out like MSMT17, either version."""

from pathlib import Path
from typing import Literal

from elsewhere.data.synthetic.individuals import LOOKALIKES, IndividualSettings, Shot, shots_of
from elsewhere.data.synthetic.layouts.writing import draw_files, write_lines, write_set

CAMERAS = 15
FOLDERS = {1: ("train", "test"), 2: ("mask_train_v2", "mask_test_v2")}
HOURS = ("morning", "noon", "afternoon")
Listed = tuple[str, int, Shot]


def write_msmt17(
    folder: Path,
    *,
    version: Literal[1, 2] = 1,
    train: int = 30,
    test: int = 20,
    sightings: int = 4,
    shots: int = 3,
    size: int = 64,
    lookalikes: float = LOOKALIKES,
    seed: int = 0,
) -> None:
    """Write drawn persons as MSMT17 has its photographs, with its four lists.

    Names are `0000/0000_000_01_0303morning_0008_0.jpg`, where the third field is the camera. The
    numbers of people restart at 0 in the test. The last picture of each one to train on stands in
    `list_val.txt`. A folder that was made with the same settings is kept as it is.

    Args:
        folder: where to.
        version: 1 (folders `train` and `test`) or 2 (`mask_train_v2` and `mask_test_v2`).
        train: identities to train on.
        test: identities to test on.
        sightings: cameras that see each person, 2 to 15.
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
    folders = dict(zip(("train", "test"), FOLDERS[version], strict=True))

    def fill(place: Path) -> None:
        lists: dict[str, list[Listed]] = {"train": [], "val": [], "query": [], "gallery": []}
        for split, name in folders.items():
            listed = _list(split, settings)
            draw_files(place / name, ((path, shot) for path, _, shot in listed), settings)
            for one in listed:
                lists[_part(split, one, settings)].append(one)
        for part, listed in lists.items():
            lines = (f"{path} {number}" for path, number, _ in listed)
            write_lines(place / f"list_{part}.txt", lines)

    write_set(folder, "msmt17", settings, fill, version=version)


def _list(split: str, settings: IndividualSettings) -> list[Listed]:
    """Path, number and shot of every picture of a split."""
    return [
        (_path(number, index, shot), number, shot)
        for number, individual in enumerate(settings.individuals(split))
        for index, shot in enumerate(shots_of(individual, settings))
    ]


def _part(split: str, one: Listed, settings: IndividualSettings) -> str:
    shot = one[2]
    if split == "test":
        return "gallery" if shot.number else "query"
    return "val" if shot == shots_of(shot.individual, settings)[-1] else "train"


def _path(number: int, index: int, shot: Shot) -> str:
    when = f"03{shot.camera % 4 + 1:02d}{HOURS[shot.camera % 3]}"
    rest = f"{index:03d}_{shot.camera + 1:02d}_{when}_{number * 7 + shot.number:04d}_{shot.number}"
    return f"{number:04d}/{number:04d}_{rest}.jpg"
