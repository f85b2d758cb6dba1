"""`elsewhere make-data`: draw a data set."""

import argparse
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from elsewhere.cli.options import OptionParser, option_parser

if TYPE_CHECKING:
    from elsewhere.data import RecordTable

_MEANINGS = {
    "species": "how many species, 2 to 32",
    "models": "how many models of cars, 2 to 80",
    "variants": "how many variants, 2 to 32; each four are of one family",
    "size": "pixels of a side; of persons the height, they are half as wide",
    "train": "identities to train on",
    "val": "identities held out for validation",
    "test": "identities to test on",
    "bias": "share of pictures that show their species' own scene (0 to 1)",
    "test_bias": "the same of test pictures (0 to 1)",
    "scale": "longest side of a bird, in units of the picture's",
    "cameras": "cameras of the set",
    "sightings": "cameras that see each individual, 2 or more",
    "shots": "pictures of an individual by each of these cameras, 2 or more",
    "distractors": "pictures in the gallery of people whom nobody asks for",
    "junk": "pictures in the gallery that show a part of a person",
    "lookalikes": "share of individuals that differ from another in one small thing (0 to 1)",
    "seed": "seed of everything random",
}
_BIRD_MEANINGS = {
    "size": "pixels of a side",
    "train": "training pictures per species",
    "val": "validation pictures per species",
    "test": "test pictures per species, in each of the two test sets",
}
_CLASS_MEANINGS = {
    "bias": "share of training pictures that show their species' own scene (0 to 1)",
    "size": "pixels of a side",
    "train": "training pictures per class",
    "test": "test pictures per class",
}
_AIRCRAFT_MEANINGS = _CLASS_MEANINGS | {"size": "width of a picture in pixels"}


class _Kind(NamedTuple):
    """A set that can be drawn: what it is, its writer, and the reader that shows what came out."""

    meaning: str
    write: Callable[..., None]
    read: "Callable[[Path], RecordTable]"
    noun: str = "persons"
    meanings: Mapping[str, str] | None = None
    """Of the options of a set of classes; individuals have none of their own."""


def run(argv: list[str]) -> int:
    """Draw the data set that the words name, and say where it lies."""
    kinds = _kinds()
    named = next((word for word in argv if word in kinds), None)
    asked = vars(_options(kinds, named).parse_args(argv))
    folder, kind = Path(asked.pop("folder")), kinds[asked.pop("kind")]
    kind.write(folder, **{name: _plain(value) for name, value in asked.items()})
    print(_summary(folder, kind))
    return 0


def _kinds() -> dict[str, _Kind]:
    from elsewhere.data import individuals as readers
    from elsewhere.data import read_list, synthetic

    birds = _Kind(
        "look-alike birds with labels.csv, for classification",
        synthetic.write_birds,
        lambda folder: read_list(folder / "labels.csv"),
        "species",
        _BIRD_MEANINGS,
    )
    own = {
        kind: _Kind(
            f"{kind} with labels.csv, as one's own data",
            partial(synthetic.write_individuals, kind=kind),
            partial(readers.read_own, val=0.0, test=0.0),
            kind,
        )
        for kind in ("persons", "vehicles")
    }
    versions: dict[str, Literal[1, 2]] = {"msmt17": 1, "msmt17-v2": 2}
    msmt17 = {
        name: _Kind(
            f"persons laid out like MSMT17, version {version}",
            partial(synthetic.write_msmt17, version=version),
            readers.read_msmt17,
        )
        for name, version in versions.items()
    }
    veri = ("vehicles laid out like VeRi-776", synthetic.write_veri, readers.read_veri)
    vehicleid = (
        "vehicles laid out like VehicleID",
        synthetic.write_vehicleid,
        partial(readers.read_vehicleid, size=2400),
    )
    return {
        "birds": birds,
        **own,
        "market": _Kind(
            "persons laid out like Market-1501", synthetic.write_market, readers.read_market
        ),
        "duke": _Kind(
            "persons laid out like DukeMTMC-reID", synthetic.write_duke, readers.read_duke
        ),
        **msmt17,
        "veri": _Kind(*veri, "vehicles"),
        "vehicleid": _Kind(*vehicleid, "vehicles"),
        **_kinds_of_classes(),
    }


def _kinds_of_classes() -> dict[str, _Kind]:
    from elsewhere.data import categories as readers
    from elsewhere.data import synthetic

    cars = {
        name: _Kind(
            f"models of cars laid out like Stanford Cars, {layout}",
            partial(synthetic.write_cars, old=name == "cars-old"),
            readers.read_cars,
            "models",
            _CLASS_MEANINGS,
        )
        for name, layout in (("cars", "with devkit"), ("cars-old", "with car_ims"))
    }
    birds = ("birds laid out like CUB-200-2011", synthetic.write_cub, readers.read_cub)
    planes = ("aeroplanes laid out like FGVC-Aircraft", synthetic.write_aircraft,
              readers.read_aircraft)  # fmt: skip
    return {
        "cub": _Kind(*birds, "species", _CLASS_MEANINGS),
        **cars,
        "aircraft": _Kind(*planes, "variants", _AIRCRAFT_MEANINGS),
    }


def _options(kinds: dict[str, _Kind], named: str | None) -> OptionParser:
    """The options of a kind; without one, only what all have in common."""
    kind = None if named is None else kinds[named]
    what = "Draw a data set" if kind is None else f"Draw {kind.meaning}"
    parser = option_parser(
        "make-data", f"{what}. A folder that was made with the same options is kept as it is."
    )
    parser.add_argument(
        "kind", choices=list(kinds), metavar="KIND", help="what to draw: " + ", ".join(kinds)
    )
    parser.add_argument("folder", metavar="FOLDER", help="where to write it")
    if kind is None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        width = max(map(len, kinds))
        lines = [f"  {name:<{width}}  {one.meaning}" for name, one in kinds.items()]
        ending = "elsewhere make-data KIND --help shows the options of a kind"
        parser.epilog = "\n".join(["kinds:", *lines, "", ending])
        return parser
    parser.prog = f"{parser.prog} {named}"
    parser.usage = f"{parser.prog} FOLDER [options]"
    meanings = {**_MEANINGS, **(kind.meanings or {})}
    for option in inspect.signature(kind.write).parameters.values():
        if option.name in meanings:
            _add(parser, option.name, option.default, meanings[option.name])
    return parser


def _add(parser: OptionParser, name: str, default: Any, meaning: str) -> None:
    if isinstance(default, tuple):
        parser.add_argument(
            f"--{name}",
            type=float,
            nargs=2,
            default=default,
            metavar=("LEAST", "MOST"),
            help=meaning,
        )
    else:
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(default),
            default=default,
            metavar="N",
            help=meaning,
        )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _summary(folder: Path, kind: _Kind) -> str:
    """What lies there, as its reader sees it."""
    table = kind.read(folder)
    counts = Counter(record.split for record in table.records)
    splits = ", ".join(f"{counts[name]} {name}" for name in _in_order(table.splits))
    if kind.meanings is not None:
        classes = len(table.class_names)
        return f"{folder}: {len(table)} pictures of {classes} {kind.noun} ({splits})"
    cameras = {record.camera for record in table.records if record.camera is not None}
    seen = f" by {len(cameras)} cameras" if cameras else ""
    strangers = sum(
        record.label == "0000" and record.split == "gallery" for record in table.records
    )
    identities = len(table.class_names) - bool(strangers)
    others = f", {strangers} of them of others" if strangers else ""
    return f"{folder}: {len(table)} pictures of {identities} {kind.noun}{seen} ({splits}{others})"


def _in_order(splits: Sequence[str]) -> list[str]:
    """Queries before the gallery."""
    return sorted(splits, key=lambda split: split == "gallery")
