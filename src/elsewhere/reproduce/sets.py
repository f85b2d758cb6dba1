"""The eight sets of the paper: how recipes are told of each, its measures, names and drawing."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from elsewhere import drawn
from elsewhere.structures import RetrievalVector

Kind = Literal["classification", "person", "vehicle"]


class Source(NamedTuple):
    """What a training on one set of the paper is told.

    Attributes:
        name: of the set trained on, as folders are called.
        title: as the paper calls it.
        kind: which recipe it is trained by.
        keys: keys that name the data.
    """

    name: str
    title: str
    kind: Kind
    keys: tuple[str, ...]


_VEHICLEID = Source(
    "vehicleid",
    "VehicleID",
    "vehicle",
    (
        "--data.train=vehicleid-800",
        "--data.test=[vehicleid-800,vehicleid-1600,vehicleid-2400]",
    ),
)
SOURCES: Mapping[str, Source] = {
    "cub": Source("cub", "CUB-200-2011", "classification", ("--data.path=cub",)),
    "cars": Source("cars", "Stanford Cars", "classification", ("--data.path=cars",)),
    "aircraft": Source("aircraft", "FGVC-Aircraft", "classification", ("--data.path=aircraft",)),
    "market": Source("market", "Market-1501", "person", ("--data.train=market",)),
    "duke": Source("duke", "DukeMTMC-reID", "person", ("--data.train=duke",)),
    "msmt17": Source("msmt17", "MSMT17", "person", ("--data.train=msmt17",)),
    "veri": Source("veri", "VeRi-776", "vehicle", ("--data.train=veri",)),
    "vehicleid-800": _VEHICLEID,
    "vehicleid-1600": _VEHICLEID,
    "vehicleid-2400": _VEHICLEID,
}
"""By the set that is tested; the three tests of VehicleID share one training."""

TITLES: Mapping[str, str] = {
    **{name: source.title for name, source in SOURCES.items()},
    "vehicleid-800": "VehicleID, small (800)",
    "vehicleid-1600": "VehicleID, medium (1600)",
    "vehicleid-2400": "VehicleID, large (2400)",
}
MEASURES: Mapping[str, str] = {
    "top1": "top-1",
    "miou": "mIoU",
    "rank1": "Rank-1",
    "rank5": "Rank-5",
    "mAP": "mAP",
    **{f"mAP-{kind}": f"mAP by {kind}" for kind in get_args(RetrievalVector)},
}
"""What a column's second half means, in percent."""

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


def set_of(column: str) -> str:
    """The set of a column, such as "market" of "market/rank1"."""
    return column.partition("/")[0]


def measure_of(column: str) -> str:
    """The measure of a column, such as "rank1" of "market/rank1"."""
    return column.partition("/")[2]


def readable_name(name: str) -> str:
    """A class without a number before and underscores in it: "082.Ringed_Kingfisher"."""
    return re.sub(r"^\d+\.", "", name).replace("_", " ").strip()


def readable_names(names: Sequence[str]) -> tuple[str, ...]:
    """All classes by `readable_name`, or all as they are where two would become alike."""
    plain = tuple(map(readable_name, names))
    return plain if len(set(plain)) == len(names) and all(plain) else tuple(names)


def draw_sets(names: set[str], root: Path) -> None:
    """Draw sets below a folder; those that are there are kept.

    Raises:
        DataError: a folder holds anything else, or cannot be written.
    """
    for name in sorted(names):
        folder, drawing = _SETS[name]
        drawing.write(root / folder)
