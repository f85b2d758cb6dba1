"""`elsewhere test`: measure a trained run again."""

from pathlib import Path

from elsewhere.cli.options import read_recipe, verb_options
from elsewhere.cli.output import print_written


def run(argv: list[str]) -> int:
    """Test the best checkpoint of a run, or another one."""
    description = "Measure a trained model: views, effect, where it looks."
    parser = verb_options("test", description, resume=False)
    parser.add_argument(
        "--checkpoint",
        default="best",
        metavar="best|last|PATH",
        help="what to test, which may be the folder of a bundle [best]",
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="where everything is written [the run's own folder]"
    )
    parser.add_argument("--bundle", action="store_true", help="write the network there too")
    options, composition = read_recipe(argv, parser)
    from elsewhere.runs.testing import measure_composition

    out = None if options.out is None else Path(options.out)
    place = (options.runs, options.checkpoint, out)
    print_written(measure_composition(composition, *place, bundle=options.bundle))
    return 0
