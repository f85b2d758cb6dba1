"""`elsewhere predict`: images in, classes out."""

from elsewhere.cli.asking import asking_parser, at_least_one
from elsewhere.cli.options import OptionParser


def run(argv: list[str]) -> int:
    """Predict the classes of pictures with a trained model."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.predicting import predict_images

    predict_images(options)
    return 0


def _options() -> OptionParser:
    parser = asking_parser(
        "predict",
        "Name the likeliest classes of pictures. Status 2 if a picture could not be read; "
        "the others are predicted all the same.",
    )
    parser.add_argument(
        "--top", type=at_least_one, default=5, metavar="K", help="classes to name [5]"
    )
    parser.add_argument(
        "--views",
        choices=["raw", "all"],
        default="raw",
        help="raw: the picture as it is; all: its attended crops and their mirrors too, 8 times "
        "the work [raw]",
    )
    parser.add_argument("--csv", metavar="FILE", help="write the answers as CSV")
    parser.add_argument("--json", metavar="FILE", help="write the answers as JSON")
    return parser
