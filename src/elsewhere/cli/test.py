"""`elsewhere test`: measure a trained run again."""

from pathlib import Path

from elsewhere.cli.help import help_text
from elsewhere.cli.options import read_words, verb_options
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
    options, composition = read_words(argv, parser)
    from elsewhere.runs.building import training_parser
    from elsewhere.runs.testing import measure_composition

    if options.help:
        print(help_text(parser, training_parser("test"), composition))
        return 0
    out = None if options.out is None else Path(options.out)
    print_written(
        measure_composition(
            composition, options.runs, options.checkpoint, out, bundle=options.bundle
        )
    )
    return 0
