"""`elsewhere fit`: train a recipe, then test what came out."""

from elsewhere.cli.help import help_text
from elsewhere.cli.options import read_words, verb_options
from elsewhere.cli.output import print_written
from elsewhere.errors import plain


def run(argv: list[str]) -> int:
    """Train a model from a recipe."""
    parser = verb_options("fit", "Train a model from a recipe, then test it.")
    options, composition = read_words(argv, parser)
    from elsewhere.runs.building import training_parser
    from elsewhere.runs.fitting import fit_composition

    if options.help:
        print(plain(help_text(parser, training_parser("fit"), composition)))
        return 0
    print_written(fit_composition(composition, options.runs, options.resume))
    return 0
