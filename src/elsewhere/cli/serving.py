"""What the verbs that ask a model share: a trained model, pictures, progress, what was not read."""

import argparse
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from elsewhere.bundle import load_bundle
from elsewhere.data import InputImage, stream_images
from elsewhere.data.folders import is_image
from elsewhere.data.inputs import InputBatch
from elsewhere.data.records import enumerate_names
from elsewhere.errors import CheckpointError, ConfigError, DataError, ModelError
from elsewhere.models import AttentionNetwork
from elsewhere.reports.predictions import Prediction
from elsewhere.structures import Preprocessing

_PIPE_WIDTH = 4000  # wide enough that a row stays one line for whatever reads the pipe


class Model(NamedTuple):
    """A trained network and how it is asked.

    Attributes:
        folder: its bundle.
        network: in evaluation mode, on its device.
        preprocessing: how a picture becomes its input.
        device: where it computes.
    """

    folder: Path
    network: AttentionNetwork
    preprocessing: Preprocessing
    device: torch.device

    def load(
        self, images: Sequence[InputImage], options: argparse.Namespace
    ) -> Iterator[InputBatch]:
        """Load pictures as this network sees them, batch by batch, onto its device."""
        for batch in stream_images(images, self.preprocessing, options.batch, options.workers):
            yield batch._replace(images=batch.images.to(self.device))

    def find_class(self, name: str) -> int:
        """Index of a class, however its capitals and accents are typed.

        Raises:
            ConfigError: it knows no such class; the message names a near one.
        """
        names = self.network.class_names
        if name in names:
            return names.index(name)
        plain = [_plain(each) for each in names]
        if plain.count(_plain(name)) == 1:
            return plain.index(_plain(name))
        near = get_close_matches(_plain(name), plain, n=1, cutoff=0.5)
        hint = f"did you mean {names[plain.index(near[0])]!r}?" if near else enumerate_names(names)
        raise ConfigError(f"{self.folder} knows no class {name!r}; {hint}")


def open_model(place: str, device: str = "auto") -> Model:
    """Load the bundle in a folder, or that of the run in a folder.

    Args:
        place: the folder.
        device: torch's name of a device; `auto` takes a GPU where there is one.

    Raises:
        CheckpointError: there is no bundle, or it cannot be used.
        ConfigError: there is no such device.
    """
    folder = bundle_folder(Path(place))
    network = load_bundle(folder)
    if network.preprocessing is None:
        raise CheckpointError(
            f"{folder}: does not say how pictures become inputs; set the network's preprocessing "
            "and save the bundle again"
        )
    where = _device(device)
    try:
        network.to(where)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"--device {device}: cannot be used: {error}") from error
    return Model(folder, network, network.preprocessing, where)


def bundle_folder(place: Path) -> Path:
    """The bundle that a bundle folder, a run folder or a file in a bundle stands for.

    Raises:
        CheckpointError: there is none; the message says what is there.
    """
    if place.is_file():
        if (place.parent / "bundle.json").is_file():
            return place.parent
        raise CheckpointError(f"{place}: a file, not a model; {_EXPECTED}")
    for folder in (place, place / "bundle"):
        if (folder / "bundle.json").is_file():
            return folder
    if not place.exists():
        siblings = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        near = get_close_matches(place.name, siblings, n=1)
        hint = f"did you mean {place.with_name(near[0])}?" if near else _EXPECTED
        raise CheckpointError(f"{place}: no such folder; {hint}")
    runs = sorted(folder.parent.name for folder in place.glob("*/bundle") if folder.is_dir())
    if runs:
        raise CheckpointError(f"{place}: holds runs, not a model; name one: {', '.join(runs[:8])}")
    if (place / "checkpoints").is_dir():
        raise CheckpointError(
            f"{place}: a run without a bundle; let elsewhere fit come to its end (--resume), or "
            "run elsewhere test"
        )
    raise CheckpointError(f"{place}: no bundle here (bundle.json is missing); {_EXPECTED}")


_EXPECTED = "expected is a bundle, or a run such as runs/RECIPE/seed-0"


@contextmanager
def progress_bar(name: str, total: int) -> Iterator[Progress]:
    """A bar on the terminal; nothing where standard error is none."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # what is piped away must not end up on the terminal
        # of several processes on a terminal, the first shows its own
        disable=not sys.stderr.isatty() or os.environ.get("LOCAL_RANK", "0") != "0",
    )
    with bar:
        bar.add_task(name, total=total)
        yield bar


def output() -> Console:
    """Standard output; a table's row is one line there when it is no terminal."""
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def refuse_overwriting(files: Iterable[Path], pictures: Iterable[Path]) -> None:
    """Keep what is going to be written from replacing a picture that is read.

    Raises:
        ConfigError: a file is one of the pictures.
    """
    places = {file.resolve(): file for file in files}
    for picture in pictures:
        if picture.resolve() in places:
            raise ConfigError(
                f"{places[picture.resolve()]}: would replace a picture that is looked at; name "
                "another place to write to"
            )


def refuse_picture_name(option: str, name: str | None) -> None:
    """Keep a table of answers from being written over a picture.

    Raises:
        ConfigError: the file that an option names is called like a picture.
    """
    if name is not None and is_image(Path(name)):
        raise ConfigError(f"{option} {name}: a picture's name; name a file for the answers")


def refuse_unread(predictions: Sequence[Prediction]) -> None:
    """Say which pictures could not be read, once everything else is done.

    Raises:
        DataError: there are some.
    """
    unread = [prediction.file for prediction in predictions if prediction.problem]
    complain_unread(unread, len(predictions))


def complain_unread(unread: Sequence[str], total: int) -> None:
    """Name the pictures that could not be read.

    Args:
        unread: their names.
        total: how many pictures there are in all.

    Raises:
        DataError: there are some.
    """
    if unread:
        raise DataError(
            f"{len(unread)} of {total} images could not be read: {enumerate_names(unread)}"
        )


def require_classes(model: Model, instead: str) -> None:
    """Refuse a model whose classes are the individuals that it was trained with.

    Args:
        model: the model.
        instead: what to do with it.

    Raises:
        ModelError: it was trained to find individuals again.
    """
    if model.network.retrieval is not None:
        raise ModelError(
            f"{model.folder}: trained to find individuals again; its "
            f"{len(model.network.class_names)} classes are those it was trained with, and it "
            f"would call any other by one of their names; {instead}"
        )


def _device(name: str) -> torch.device:
    try:
        if name == "auto":
            found = torch.accelerator.current_accelerator(check_available=True)
            return found or torch.device("cpu")
        return torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"--device {name}: auto, cpu, cuda or cuda:0, please") from error


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
