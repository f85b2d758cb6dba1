"""`elsewhere search`: who is this, among the individuals whose pictures were embedded."""

from elsewhere.cli.asking import add_images, add_loading, at_least_one, model_parser
from elsewhere.cli.options import OptionParser


def run(argv: list[str]) -> int:
    """Find the nearest pictures and individuals of a store."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.searching import search_images

    search_images(options)
    return 0


def _options() -> OptionParser:
    parser = model_parser(
        "search",
        "Find the nearest pictures in STORE, and where it has labels the nearest individuals, and "
        "say by the model's threshold who it is or whether it may be a new individual. Every "
        "picture of STORE is compared, a block at a time, so STORE may be larger than memory. A "
        "picture that is in STORE itself is not compared with itself. Status 2 if a picture could "
        "not be read; the others are searched for all the same.",
    )
    parser.add_argument(
        "store", metavar="STORE", help="a folder that elsewhere embed has written with MODEL"
    )
    add_images(parser)
    parser.add_argument(
        "--top",
        type=at_least_one,
        default=10,
        metavar="K",
        help="pictures and individuals to name [10]",
    )
    parser.add_argument("--csv", metavar="FILE", help="write what was found as CSV")
    parser.add_argument(
        "--json", action="store_true", help="print what was found as JSON instead of words"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="draw each picture and the ten nearest, and write results.csv",
    )
    add_loading(parser)
    return parser
