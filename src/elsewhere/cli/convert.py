"""`elsewhere convert`: a published file in, a bundle out."""

from elsewhere.cli.options import OptionParser


def run(argv: list[str]) -> int:
    """Turn a published file of weights into a bundle."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.converting import convert

    convert(options)
    return 0


def _options() -> OptionParser:
    parser = OptionParser(
        prog="elsewhere convert",
        description="Turn a file of the published code into a bundle: a classifier's dictionary "
        "of tensors, or a whole pickled re-identification network. Plain weights of a ResNet, "
        "torchvision's, timm's or a strong baseline's, become backbone.safetensors, for the key "
        "network.backbone.weights of a recipe. Nothing in the file is executed. Every tensor is "
        "used, or left out for a reason that is said; else nothing is written.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="what the published code, or torch, has saved")
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="the bundle; an older one is replaced"
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="names of the classes in their order, one a line [class 0, class 1 …]",
    )
    parser.add_argument(
        "--name", help="timm's name of the backbone [told from the shapes of the tensors]"
    )
    return parser
