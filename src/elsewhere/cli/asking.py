"""Options of the verbs that ask a trained model: `predict`, `explain`, `embed`, `compare`."""

import argparse

from elsewhere.cli.options import OptionParser


def asking_parser(verb: str, description: str) -> OptionParser:
    """A parser that knows MODEL, IMAGES and how they are loaded."""
    parser = model_parser(verb, description)
    add_images(parser)
    add_loading(parser)
    return parser


def model_parser(verb: str, description: str) -> OptionParser:
    """A parser that knows MODEL alone."""
    parser = OptionParser(
        prog=f"elsewhere {verb}",
        description=description,
        allow_abbrev=False,
    )
    parser.add_argument("model", metavar="MODEL", help="a bundle, or a run: runs/RECIPE/seed-N")
    return parser


def add_images(parser: OptionParser) -> None:
    """Add IMAGES."""
    parser.add_argument(
        "images",
        metavar="IMAGES",
        nargs="+",
        help="files, folders (with all below them), or lists: .txt or .csv, a path on each line",
    )


def add_loading(parser: OptionParser) -> None:
    """Add how pictures are loaded, and the device."""
    parser.add_argument(
        "--batch", type=at_least_one, default=16, metavar="N", help="images at once [16]"
    )
    parser.add_argument(
        "--workers", type=not_negative, default=0, metavar="N", help="loading processes [0]"
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="cpu, cuda …; auto takes a GPU if there is one [auto]",
    )


def at_least_one(text: str) -> int:
    """A whole number of 1 or more."""
    return _whole_number(text, 1)


def not_negative(text: str) -> int:
    """A whole number of 0 or more."""
    return _whole_number(text, 0)


def _whole_number(text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise argparse.ArgumentTypeError(f"expects a whole number of {least} or more, not {text!r}")
    return int(text)
