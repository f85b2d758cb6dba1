"""What the tests of drawn individuals share."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from elsewhere.drawn.persons import Person
from elsewhere.drawn.vehicles import Vehicle

TINY = {"train": 4, "test": 3, "sightings": 2, "shots": 2, "size": 32}

PERSON = Person(
    upper="red",
    pattern="plain",
    sleeves="long",
    hem="short",
    lower="navy",
    cut="trousers",
    shoes="white",
    hair="black short hair",
    hat="none",
    bag="none",
    skin="tan",
    build="medium",
)
VEHICLE = Vehicle(
    colour="blue",
    type="hatchback",
    rims="silver discs",
    stripe="none",
    sticker="none",
    roof="none",
    tint="clear",
    repair="none",
    bumper="painted",
)


def digest(*images: np.ndarray) -> str:
    total = hashlib.sha256()
    for image in images:
        total.update(image.tobytes())
    return total.hexdigest()[:16]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
