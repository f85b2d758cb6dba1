"""The paper's eight sets, drawn at toy size in their exact layouts."""

from pathlib import Path
from typing import Any

from elsewhere import drawn

_CLASSES: dict[str, Any] = {"train": 30, "test": 20, "size": 48}
_PERSONS: dict[str, Any] = {"train": 16, "test": 10}
_VEHICLES: dict[str, Any] = {"train": 16, "test": 18, "size": 48}
_SETS: dict[str, tuple[str, drawn.DrawnSet]] = {
    # bound to scenes in training more than in the test, so that Figure 2 has something to show
    "cub": ("CUB_200_2011", drawn.Cub(species=4, test_bias=0.3, **_CLASSES)),
    "cars": ("stanford_cars", drawn.Cars(models=4, **_CLASSES)),
    "aircraft": ("fgvc-aircraft-2013b", drawn.Aircraft(variants=4, **_CLASSES | {"size": 64})),
    "market": ("market", drawn.Market(**_PERSONS)),
    "duke": ("duke", drawn.Duke(**_PERSONS)),
    "msmt17": ("msmt17", drawn.Msmt17(**_PERSONS)),
    "veri": ("veri", drawn.Veri(**_VEHICLES)),
    "vehicleid": ("vehicleid", drawn.VehicleId(**_VEHICLES)),
}


def draw_sets(names: set[str], root: Path) -> None:
    """Draw sets below a folder; those that are there are kept.

    Args:
        names: of `elsewhere.reports.reproduce.sets.SOURCES`' sources.
        root: where to.

    Raises:
        DataError: a folder holds anything else, or cannot be written.
    """
    for name in sorted(names):
        folder, drawing = _SETS[name]
        drawing.write(root / folder)
