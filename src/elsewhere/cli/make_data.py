"""`elsewhere make-data`: draw a data set."""

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elsewhere.cli.options import OptionParser, option_parser
from elsewhere.errors import plain

if TYPE_CHECKING:
    from elsewhere.drawn import Layout


def run(argv: list[str]) -> int:
    """Draw the data set that the words name, and say where it lies."""
    from elsewhere.drawn import LAYOUTS

    named = next((word for word in argv if word in LAYOUTS), None)
    asked = vars(_parser(LAYOUTS, named).parse_args(argv))
    folder, layout = Path(asked.pop("folder")), LAYOUTS[asked.pop("kind")]
    options = {
        name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
    }
    replace(layout.usual, **options).write(folder)
    print(plain(_summary(folder, layout)))
    return 0


def _parser(layouts: "Mapping[str, Layout]", named: str | None) -> OptionParser:
    """The options of a layout; without one, only what all have in common."""
    what = "Draw a data set" if named is None else f"Draw {layouts[named].meaning}"
    parser = option_parser(
        "make-data", f"{what}. A folder that was made with the same options is kept as it is."
    )
    parser.add_argument(
        "kind", choices=list(layouts), metavar="KIND", help="what to draw: " + ", ".join(layouts)
    )
    parser.add_argument("folder", metavar="FOLDER", help="where to write it")
    if named is None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        width = max(map(len, layouts))
        lines = [f"  {name:<{width}}  {one.meaning}" for name, one in layouts.items()]
        ending = "elsewhere make-data KIND --help shows the options of a kind"
        parser.epilog = "\n".join(["kinds:", *lines, "", ending])
        return parser
    parser.prog = f"{parser.prog} {named}"
    parser.usage = f"{parser.prog} FOLDER [options]"
    for name, meaning, usual in layouts[named].usual.options():
        pair = isinstance(usual, tuple)
        how: dict[str, Any] = (
            {"nargs": 2, "metavar": ("LEAST", "MOST")} if pair else {"metavar": "N"}
        )
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=float if pair else type(usual),
            default=usual,
            help=meaning,
            **how,
        )
    return parser


def _summary(folder: Path, layout: "Layout") -> str:
    """What lies there, as its reader sees it."""
    table = layout.read(folder)
    counts = Counter(record.split for record in table.records)
    # queries before the gallery
    splits = sorted(table.splits, key=lambda split: split == "gallery")
    said = ", ".join(f"{counts[name]} {name}" for name in splits)
    cameras = {record.camera for record in table.records if record.camera is not None}
    seen = f" by {len(cameras)} cameras" if cameras else ""
    strangers = sum(
        record.label == "0000" and record.split == "gallery" for record in table.records
    )
    known = len(table.class_names) - bool(strangers)
    others = f", {strangers} of them of others" if strangers else ""
    return f"{folder}: {len(table)} pictures of {known} {layout.noun}{seen} ({said}{others})"
