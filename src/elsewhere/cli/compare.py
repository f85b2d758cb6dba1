"""`elsewhere compare`: two pictures in, same or different individual out."""

from elsewhere.cli.asking import add_loading, model_parser
from elsewhere.cli.options import OptionParser


def run(argv: list[str]) -> int:
    """Say whether two pictures show the same individual, and how sure that is."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.comparing import compare

    compare(options)
    return 0


def _options() -> OptionParser:
    parser = model_parser(
        "compare",
        "Say whether A and B show the same individual, by the threshold that the model's "
        "validation identities set, and how sure that is. A folder stands for the pictures of one "
        "individual in it and below; the mean similarity of all pairs then decides. Status 2 if a "
        "picture could not be read; the others are compared all the same.",
    )
    parser.add_argument("a", metavar="A", help="a picture, or a folder of one individual's")
    parser.add_argument("b", metavar="B", help="another one")
    parser.add_argument(
        "--out",
        metavar="FILE.png",
        help="draw both pictures (of folders the most similar pair): where the model looked, and "
        "what in each made them alike",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the answer as JSON instead of the sentence"
    )
    add_loading(parser)
    return parser
