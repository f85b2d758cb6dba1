"""`elsewhere push`: a bundle onto the Hugging Face Hub, with a model card."""

from elsewhere.cli.options import OptionParser, model_parser


def run(argv: list[str]) -> int:
    """Put a model and its card into a repository of the hub."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.output import print_plain
    from elsewhere.inference import open_model

    model = open_model(options.model, "cpu")
    asked = {"data": options.data, "public": options.public}
    if options.card:
        print_plain(model.model_card(options.repository, options.licence, options.data))
        return 0
    address = model.push_to_hub(options.repository, options.licence, **asked)
    print_plain(f"pushed: {address}\nopen it with hf-hub:{options.repository} as MODEL")
    return 0


def _options() -> OptionParser:
    parser = model_parser(
        "push",
        "Put a model on the Hugging Face Hub: its bundle and a card, README.md, that tells "
        "protocol, data, figures with their intervals, and limits, all from the run's own result. "
        "A new repository is private unless --public is given; an old one stays as it is. Log in "
        "first: hf auth login, or HF_TOKEN.",
    )
    parser.add_argument(
        "repository",
        metavar="OWNER/NAME",
        help="where to; OWNER/NAME@BRANCH writes to a branch",
    )
    parser.add_argument(
        "--licence",
        required=True,
        metavar="WORD",
        help="the hub's word for the licence that you give it: mit, apache-2.0, cc-by-4.0, other …",
    )
    parser.add_argument(
        "--data",
        default="",
        metavar="TEXT",
        help="what the images are and where they come from, for the card",
    )
    parser.add_argument("--public", action="store_true", help="let everybody see a new repository")
    parser.add_argument(
        "--card", action="store_true", help="print the card; nothing is pushed, nor asked"
    )
    return parser
