"""The paper's eight sets, drawn at toy size in their exact layouts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from elsewhere.data import synthetic

_CLASSES: dict[str, Any] = {"train": 30, "test": 20, "size": 48}
_PERSONS: dict[str, Any] = {"train": 16, "test": 10}
_VEHICLES: dict[str, Any] = {"train": 16, "test": 18, "size": 48}
_SETS: dict[str, tuple[str, Callable[..., None]]] = {
    # bound to scenes in training more than in the test, so that Figure 2 has something to show
    "cub": ("CUB_200_2011", partial(synthetic.write_cub, species=4, test_bias=0.3, **_CLASSES)),
    "cars": ("stanford_cars", partial(synthetic.write_cars, models=4, **_CLASSES)),
    "aircraft": (
        "fgvc-aircraft-2013b",
        partial(synthetic.write_aircraft, variants=4, **(_CLASSES | {"size": 64})),
    ),
    "market": ("market", partial(synthetic.write_market, **_PERSONS)),
    "duke": ("duke", partial(synthetic.write_duke, **_PERSONS)),
    "msmt17": ("msmt17", partial(synthetic.write_msmt17, **_PERSONS)),
    "veri": ("veri", partial(synthetic.write_veri, **_VEHICLES)),
    "vehicleid": ("vehicleid", partial(synthetic.write_vehicleid, **_VEHICLES)),
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
        folder, write = _SETS[name]
        write(root / folder)
