"""`elsewhere explain`: draw where a model looks and what it used."""

from elsewhere.cli.asking import asking_parser
from elsewhere.cli.options import OptionParser


def run(argv: list[str]) -> int:
    """Draw a panel of each picture, and a page of them all."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.explaining import explain_images

    explain_images(options)
    return 0


def _options() -> OptionParser:
    parser = asking_parser(
        "explain",
        "Draw what a model makes of pictures: evidence for its answer, attention, every head. "
        "Status 2 if a picture could not be read; the others are drawn all the same.",
    )
    parser.add_argument("--compare", metavar="MODEL", help="another model to show beside it")
    parser.add_argument(
        "--out",
        default="explain",
        metavar="DIR",
        help="where to write a PNG for each picture and index.html [explain]",
    )
    parser.add_argument(
        "--class",
        dest="target",
        metavar="NAME",
        help="draw the evidence for this class, not for the predicted one",
    )
    return parser
