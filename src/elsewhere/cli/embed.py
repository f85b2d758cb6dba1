"""`elsewhere embed`: images in, vectors to find individuals by out."""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser, asking_parser, at_least_one
from elsewhere.errors import ConfigError

if TYPE_CHECKING:
    from elsewhere.retrieval import Embedded, Share, StoreSettings

VECTORS = ("pooled", "embedding", "neck", "logits")


def run(argv: list[str]) -> int:
    """Write the vectors of images to a folder, and say what was done."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.output import complain_unread, print_plain, progress_bar
    from elsewhere.inference import open_model
    from elsewhere.retrieval import list_images, refuse_foreign

    share, out = _part(options.share), Path(options.out)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: a file; name a folder for the embeddings")
    refuse_foreign(out)
    images = list_images(options.images, without=out)
    model = open_model(options.model, _device(options))
    settings = model.store_settings(options.vector, options.mirror)
    with progress_bar() as bar:
        embedded = model.embed_into(
            out,
            images,
            settings,
            share=share,
            batch_size=options.batch,
            workers=options.workers,
            shard=options.shard,
            report=lambda done, total: bar("embedding", done, total),
        )
    print_plain(_said(embedded, settings, out, share))
    if not embedded.waiting:
        # before that, a failing status would make torchrun end the processes still at work
        complain_unread(list(embedded.problems), len(images))
    return 0


def _options() -> OptionParser:
    parser = asking_parser(
        "embed",
        "Write vectors of images, of length one, with paths and labels: embeddings-*.safetensors "
        "and images.parquet. Started again, it computes only what is missing, new or changed. "
        "Labels come from a list's column identity, individual, label …, cameras from its "
        "column camera; without a list, from the folder of each individual. Several processes "
        "share the work: start it with torchrun, or by hand with --share; who is last finishes "
        "the folder. Status 2 if an image could not be read; the others are embedded all the "
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
        help="images to a file; what an interruption costs at most [1024]",
    )
    return parser


def add_vector_options(parser: OptionParser) -> None:
    """Add the options that say which of a network's vectors is compared."""
    parser.add_argument(
        "--vector",
        choices=VECTORS,
        help="what images are compared by [as the model says; pooled where it says nothing]",
    )
    parser.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="add the mirrored image's vector, twice the work [as the model says]",
    )


def _share(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text, re.ASCII)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"expects a part such as 2/4, not {text!r}")
    return int(match[1]), int(match[2])


def _part(asked: tuple[int, int] | None) -> "Share":
    """The part that `--share` or torchrun gives this process."""
    from elsewhere.retrieval import Share

    processes = _number("WORLD_SIZE", 1)
    if processes > 1 and asked is not None:
        raise ConfigError("--share: torchrun divides the work already; leave it out")
    if processes > 1:
        return Share(_number("RANK", 0) + 1, processes)
    return Share(*(asked or (1, 1)))


def _device(options: argparse.Namespace) -> str:
    """Under torchrun, a GPU for each process of a machine."""
    from elsewhere.export.sessions import is_exported

    name: str = options.device
    if name != "auto" or _number("WORLD_SIZE", 1) == 1 or is_exported(options.model):
        return name
    import torch

    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return name
    return f"{found.type}:{_number('LOCAL_RANK', 0) % torch.accelerator.device_count()}"


def _number(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _said(embedded: "Embedded", settings: "StoreSettings", out: Path, share: "Share") -> str:
    counts = f"{embedded.computed} {'image' if embedded.computed == 1 else 'images'} embedded"
    if embedded.there:
        counts += f", {embedded.there} were there"
    if embedded.changed:
        counts += f", {embedded.changed} done again since their files have changed"
    lines = [
        f"{counts}: {settings.dimension} numbers each ({settings.wanted.kind}, length one) in {out}"
    ]
    if embedded.waiting:
        part = f"share {share.number}/{share.of} is done; " if share.of > 1 else ""
        lines.append(
            f"{part}{embedded.waiting} images are still with other shares; who is last finishes "
            "the folder, or start once more without --share"
        )
    elif embedded.left_out:
        lines.append(
            f"images.parquet leaves out {embedded.left_out} of the vectors there, of images that "
            "are gone, have changed or are not named now"
        )
    return "\n".join(lines)
