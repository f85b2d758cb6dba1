"""The work of `elsewhere embed`."""

import argparse
import os
from pathlib import Path

import torch

from elsewhere.cli.retrieving import wanted_of
from elsewhere.cli.serving import Model, complain_unread, open_model, output, progress_bar
from elsewhere.errors import ConfigError
from elsewhere.retrieval import (
    Embedded,
    Loading,
    Share,
    StoreSettings,
    embed_images,
    list_pictures,
    model_fingerprint,
    refuse_foreign,
    vector_size,
)


def embed(options: argparse.Namespace) -> None:
    """Embed what the options name; say what was done.

    Raises:
        DataError: when all is done, if a picture could not be read.
    """
    share = _share(options)
    out = Path(options.out)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out}: a file; name a folder for the embeddings")
    refuse_foreign(out)
    pictures = list_pictures(options.images, without=out)
    model = open_model(options.model, _device(options.device))
    settings = _settings(model, options)
    with progress_bar("embedding", len(pictures)) as bar:

        def report(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total)

        embedded = embed_images(
            model.network,
            pictures,
            out,
            settings,
            share=share,
            loading=Loading(options.batch, options.workers),
            shard_images=options.shard,
            report=report,
        )
    output().print(_said(embedded, settings, out, share), markup=False, soft_wrap=True)
    if not embedded.waiting:
        # before that, a failing status would make torchrun end the processes still at work
        complain_unread(list(embedded.problems), len(pictures))


def _settings(model: Model, options: argparse.Namespace) -> StoreSettings:
    wanted = wanted_of(model, options.vector, options.mirror)
    return StoreSettings(
        model_fingerprint(model.folder),
        wanted.vector,
        wanted.mirror,
        wanted.preprocessing,
        vector_size(model.network, wanted),
    )


def _share(options: argparse.Namespace) -> Share:
    """The part that `--share` or torchrun gives this process."""
    processes = _number("WORLD_SIZE", 1)
    if processes > 1 and options.share is not None:
        raise ConfigError("--share: torchrun divides the work already; leave it out")
    if processes > 1:
        return Share(_number("RANK", 0) + 1, processes)
    return Share(*(options.share or (1, 1)))


def _device(name: str) -> str:
    """Under torchrun, a GPU for each process of a machine."""
    found = torch.accelerator.current_accelerator(check_available=True)
    if name != "auto" or _number("WORLD_SIZE", 1) == 1 or found is None:
        return name
    return f"{found.type}:{_number('LOCAL_RANK', 0) % torch.accelerator.device_count()}"


def _number(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _said(embedded: Embedded, settings: StoreSettings, out: Path, share: Share) -> str:
    counts = f"{embedded.computed} {'image' if embedded.computed == 1 else 'images'} embedded"
    if embedded.there:
        counts += f", {embedded.there} were there"
    if embedded.changed:
        counts += f", {embedded.changed} done again since their files have changed"
    kind = settings.vector + (" with the mirrored picture" if settings.mirror else "")
    lines = [f"{counts}: {settings.dimension} numbers each ({kind}, length one) in {out}"]
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
