"""`elsewhere embed`: images in, vectors to find individuals by out."""

import argparse
import re

from elsewhere.cli.asking import asking_parser, at_least_one
from elsewhere.cli.options import OptionParser

VECTORS = ("pooled", "embedding", "neck", "logits")


def run(argv: list[str]) -> int:
    """Write the vectors of pictures to a folder."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.embedding import embed

    embed(options)
    return 0


def _options() -> OptionParser:
    parser = asking_parser(
        "embed",
        "Write vectors of pictures, of length one, with paths and labels: embeddings-*.safetensors "
        "and images.parquet. Started again, it computes only what is missing, new or changed. "
        "Labels come from a list's column identity, label, individual or class, cameras from its "
        "column camera; without a list, from the folder of each individual. Several processes "
        "share the work: start it with torchrun, or by hand with --share; who is last finishes "
        "the folder. Status 2 if a picture could not be read; the others are embedded all the "
        "same.",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where to write; or where to go on"
    )
    add_vector_options(parser)
    parser.add_argument(
        "--share",
        type=_share,
        metavar="I/N",
        help="do the I-th of N parts of the work; start all N, on any machines that see DIR",
    )
    parser.add_argument(
        "--shard",
        type=at_least_one,
        default=1024,
        metavar="N",
        help="pictures to a file; what an interruption costs at most [1024]",
    )
    return parser


def add_vector_options(parser: OptionParser) -> None:
    """Add the options that say which of a network's vectors is compared."""
    parser.add_argument(
        "--vector",
        choices=VECTORS,
        help="what pictures are compared by [as the model says; pooled where it says nothing]",
    )
    parser.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="add the mirrored picture's vector, twice the work [as the model says]",
    )


def _share(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text, re.ASCII)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"expects a part such as 2/4, not {text!r}")
    return int(match[1]), int(match[2])
