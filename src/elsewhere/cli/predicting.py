"""The work of `elsewhere predict`."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from elsewhere.cli.serving import (
    Model,
    open_model,
    output,
    progress_bar,
    refuse_picture_name,
    refuse_unread,
    require_classes,
)
from elsewhere.data import InputImage, find_images
from elsewhere.errors import ConfigError
from elsewhere.metrics import combine_views
from elsewhere.reports.files import write_atomically
from elsewhere.reports.predictions import (
    Prediction,
    class_probabilities,
    prediction_csv,
    prediction_json,
    prediction_table,
    rank_classes,
)
from elsewhere.tasks.views import TestViews

SHOWN = 20
"""Rows on the terminal where the rest is in a file."""


def predict_images(options: argparse.Namespace) -> None:
    """Predict what the options name; print a table and write what they ask for.

    Raises:
        DataError: when all is done, if a picture could not be read.
    """
    for name in (options.csv, options.json):
        if name is not None and Path(name).is_dir():
            raise ConfigError(f"{name}: a folder; name a file to write the answers to")
    refuse_picture_name("--csv", options.csv)
    refuse_picture_name("--json", options.json)
    images = find_images(options.images)
    model = open_model(options.model, options.device)
    require_classes(model, "use elsewhere compare MODEL A B, or elsewhere embed")
    predictions = _predict(model, images, options)
    _print(predictions, options.csv or options.json)
    _write(model, predictions, options)
    refuse_unread(predictions)


def _predict(
    model: Model, images: tuple[InputImage, ...], options: argparse.Namespace
) -> list[Prediction]:
    logits_of = _views(model) if options.views == "all" else _raw(model)
    calibration = model.network.calibration
    found: dict[int, Prediction] = {}
    with torch.inference_mode(), progress_bar("predicting", len(images)) as bar:
        for batch in model.load(images, options):
            if batch.rows:
                ranked = rank_classes(
                    [images[row].name for row in batch.rows],
                    class_probabilities(logits_of(batch.images), calibration),
                    model.network.class_names,
                    top=options.top,
                    unsure_below=calibration.unsure_below if calibration else 0.0,
                )
                found.update(zip(batch.rows, ranked, strict=True))
            for row, problem in batch.problems.items():
                found[row] = Prediction(images[row].name, problem=problem)
            bar.update(bar.task_ids[0], completed=len(found))
    return [found[row] for row in range(len(images))]


def _raw(model: Model) -> Callable[[Tensor], Tensor]:
    def logits_of(images: Tensor) -> Tensor:
        logits: Tensor = model.network(images).logits
        return logits

    return logits_of


def _views(model: Model) -> Callable[[Tensor], Tensor]:
    views = TestViews()

    def logits_of(images: Tensor) -> Tensor:
        return combine_views(views(model.network, images)[1].transpose(0, 1))

    return logits_of


def _print(predictions: list[Prediction], file: str | None) -> None:
    console = output()
    shown = predictions[:SHOWN] if file is not None else predictions
    if console.is_terminal:
        shown, folder = _without_folder(shown)
        if folder:
            console.print(f"in {folder}", markup=False, soft_wrap=True)
        console.print(prediction_table(shown, "\n"))
    else:
        console.print(prediction_table(shown))
    if len(shown) < len(predictions):
        console.print(f"… {len(predictions) - len(shown)} more in {file}", markup=False)


def _without_folder(predictions: list[Prediction]) -> tuple[list[Prediction], str]:
    """Take the folder that all pictures share out of their names: rows are narrow there."""
    names = [each.file for each in predictions]
    # names are texts to be shown, so what they share is looked for letter by letter
    folder = os.path.commonprefix(names).rpartition("/")[0]  # noqa: RUF071
    cut = len(folder) + 1 if folder else 0
    return [each._replace(file=each.file[cut:]) for each in predictions], folder


def _write(model: Model, predictions: list[Prediction], options: argparse.Namespace) -> None:
    if options.csv is not None:
        write_atomically(Path(options.csv), prediction_csv(predictions))
    if options.json is not None:
        text = prediction_json(
            predictions,
            model=str(model.folder),
            class_names=model.network.class_names,
            calibration=model.network.calibration,
            views=TestViews().names if options.views == "all" else ("raw",),
        )
        write_atomically(Path(options.json), text)
