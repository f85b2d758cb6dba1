"""A verb's own options: those of recipes, of asking a model, and numbers in them."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from elsewhere.errors import ConfigError, plain, printable
from elsewhere.recipes.composition import Composition, compose


class OptionParser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, and whose help waits for the recipe."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, but refuse a word that it would misread, as a value of `--`."""
        for word in args or ():
            if word.endswith("=--"):
                raise ConfigError(f"{word}: names nothing ({self.prog} --help)")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing usage and leaving."""
        raise ConfigError(f"{message} ({self.prog} --help)")


def option_parser(verb: str, description: str) -> OptionParser:
    """A parser for a verb without a recipe; `--help` prints and leaves at once."""
    return OptionParser(
        prog=f"elsewhere {verb}",
        description=description,
        allow_abbrev=False,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )


def verb_options(
    verb: str, description: str, *, runs: bool = True, resume: bool = True
) -> OptionParser:
    """The options of a verb with a recipe: `--config`, `--help`, and those for runs.

    A verb adds its own with `add_argument`. `--help` sets `options.help`, since the typed options
    can only be shown once the recipe is known; see `elsewhere.cli.help.help_text`.
    """
    parser = OptionParser(
        prog=f"elsewhere {verb}",
        usage=f"elsewhere {verb} --config NAME [--config OVERLAY …] [--key.sub=value …]",
        description=description,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this help")
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="NAME|FILE",
        help="a shipped recipe or a file; again for each overlay on top of it",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the recipe name classes of any package, which runs them, and write anywhere",
    )
    if runs:
        parser.add_argument("--runs", default="runs", metavar="DIR", help="where runs lie [runs]")
    if resume:
        parser.add_argument(
            "--resume",
            nargs="?",
            const="last",
            metavar="last|PATH",
            help="go on from the run's last checkpoint, or from a checkpoint file",
        )
    return parser


def read_words(
    argv: Sequence[str], parser: argparse.ArgumentParser, *, required: bool = True
) -> tuple[argparse.Namespace, Composition]:
    """A verb's own options, and what `--config` names with every `--key.sub=value` on top.

    The words of the keys are `options.keys`: what the parser of `verb_options` does not know. A
    command line without `--config` is refused where it is `required`, unless it asks for help.
    """
    options, keys = parser.parse_known_args(list(argv))
    if required and not options.config and not options.help:
        raise ConfigError("name a recipe with --config NAME; elsewhere configs lists them")
    composition = compose(options.config, keys, [*vars(options)], trust=options.trust)
    options.keys = keys
    return options, composition


def read_recipe(
    argv: Sequence[str], parser: argparse.ArgumentParser
) -> tuple[argparse.Namespace, Composition]:
    """The same; where help is asked for, print it with every key of the recipe, and leave."""
    options, composition = read_words(argv, parser)
    if options.help:
        from elsewhere.cli.help import help_text
        from elsewhere.runs.building import training_parser

        print(plain(help_text(parser, training_parser("fit"), composition)))
        raise SystemExit(0)
    return options, composition


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
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a run: runs/RECIPE/seed-N; a bundle; hf-hub:OWNER/NAME; an exported file",
    )
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
    """Add how images are loaded, and the device."""
    parser.add_argument(
        "--batch", type=at_least_one, default=16, metavar="N", help="images at once [16]"
    )
    parser.add_argument(
        "--workers", type=processes, default=0, metavar="N", help="loading processes [0]"
    )
    parser.add_argument(
        "--device",
        default="auto",
        help="cpu, cuda …; auto takes a GPU if there is one [auto]",
    )


def at_least_one(text: str) -> int:
    """A whole number of 1 or more."""
    return _whole_number(text, 1, 10**9)


def processes(text: str) -> int:
    """A number of processes or threads, which is 0 or more, and no more than any machine wants."""
    return _whole_number(text, 0, 512)


def port(text: str) -> int:
    """A port; 0 for any that is free."""
    return _whole_number(text, 0, 65535)


def _whole_number(text: str, least: int, most: int) -> int:
    short = text.isascii() and text.isdigit() and len(text) <= 20
    if not (short and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(
            f"expects a whole number from {least} to {most}, not {printable(text)!r}"
        )
    return int(text)
