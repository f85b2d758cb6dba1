"""The eight sets of the paper: how a recipe is told of each, and what each is measured by."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

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


def set_of(column: str) -> str:
    """The set of a column, such as "market" of "market/rank1"."""
    return column.partition("/")[0]


def measure_of(column: str) -> str:
    """The measure of a column, such as "rank1" of "market/rank1"."""
    return column.partition("/")[2]
