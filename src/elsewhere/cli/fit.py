"""`elsewhere fit`: train a recipe, then test what came out."""

from elsewhere.cli.options import read_recipe, verb_options
from elsewhere.cli.output import print_written


def run(argv: list[str]) -> int:
    """Train a model from a recipe."""
    parser = verb_options("fit", "Train a model from a recipe, then test it.")
    options, composition = read_recipe(argv, parser)
    from elsewhere.runs.fitting import fit_composition

    print_written(fit_composition(composition, options.runs, options.resume))
    return 0
