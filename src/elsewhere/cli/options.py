"""A verb's own options: the ones that are no recipe keys."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import Composition, compose

if TYPE_CHECKING:
    from elsewhere.runs.measuring import Written


class OptionParser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, and whose help waits for the recipe."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing usage and leaving.

        Raises:
            ConfigError: always.
        """
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

    Args:
        verb: name of the verb.
        description: what it does, for its help.
        runs: whether it takes `--runs DIR`.
        resume: whether it takes `--resume [last|PATH]`.
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

    Args:
        argv: the words after the verb.
        parser: made by `verb_options`; what it does not know is taken for a recipe key.
        required: refuse a command line without `--config` (unless it asks for help).

    Raises:
        ConfigError: no such recipe, YAML that cannot be read, a word that is no option.
    """
    options, keys = parser.parse_known_args(list(argv))
    if required and not options.config and not options.help:
        raise ConfigError("name a recipe with --config NAME; elsewhere configs lists them")
    return options, compose(options.config, keys, [*vars(options)])


def print_written(written: "Written") -> None:
    """Show what a run measured, and say what was written; the first of several processes does."""
    from rich.console import Console

    from elsewhere.runs.run import Run

    if written.parts:
        console = Console()
        console.print(Run(written.folder))
        console.print(f"{', '.join(written.parts)}: {written.folder}", highlight=False)
