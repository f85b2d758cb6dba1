"""`elsewhere make-data`: draw a data set."""

from dataclasses import fields
from pathlib import Path

from elsewhere.cli.options import OptionParser, option_parser

_MEANINGS = {
    "species": "how many species, 2 to 32",
    "size": "pixels of a side",
    "train": "training pictures per species",
    "val": "validation pictures per species",
    "test": "test pictures per species, in each of the two test sets",
    "bias": "share of pictures that show their species' own scene (0 to 1)",
    "seed": "seed of everything random",
}


def run(argv: list[str]) -> int:
    """Draw the data set that the words name, and say where it lies."""
    from elsewhere.data import read_list
    from elsewhere.data.synthetic import write_birds

    asked = vars(_options().parse_args(argv))
    folder = Path(asked.pop("folder"))
    del asked["kind"]
    asked["scale"] = tuple(asked["scale"])
    write_birds(folder, **asked)
    table = read_list(folder / "labels.csv")
    splits = ", ".join(f"{len(table.split(name))} {name}" for name in table.splits)
    print(f"{folder}: {len(table)} pictures of {len(table.class_names)} species ({splits})")
    return 0


def _options() -> OptionParser:
    from elsewhere.data.synthetic import BirdSettings

    parser = option_parser("make-data", "Draw a data set: pictures, boxes and labels.csv.")
    parser.add_argument("kind", choices=["birds"], help="what to draw")
    parser.add_argument("folder", metavar="FOLDER", help="where to write it")
    for field in fields(BirdSettings):
        if field.name in _MEANINGS:
            parser.add_argument(
                f"--{field.name}",
                type=float if field.name == "bias" else int,
                default=field.default,
                metavar="N",
                help=_MEANINGS[field.name],
            )
    parser.add_argument(
        "--scale",
        type=float,
        nargs=2,
        default=BirdSettings.scale,
        metavar=("LEAST", "MOST"),
        help="longest side of a bird, in units of the picture's",
    )
    return parser
