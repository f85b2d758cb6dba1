"""`elsewhere predict`: images in, classes out."""

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser, asking_parser, at_least_one

if TYPE_CHECKING:
    from elsewhere.data.naming import InputImage
    from elsewhere.description import Prediction
    from elsewhere.inference import ExportedModel, Model
    from elsewhere.reports.agreement import Agreement


def run(argv: list[str]) -> int:
    """Predict the classes of images with a trained model."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.output import (
        complain_unread,
        print_note,
        print_plain,
        refuse_answer_files,
    )
    from elsewhere.data.naming import find_images
    from elsewhere.inference import open_model
    from elsewhere.inference.labels import known_classes
    from elsewhere.reports.agreement import agreement_of
    from elsewhere.reports.predictions import familiarity_note, promise_note

    tables = {"--csv": options.csv, "--json": options.json}
    refuse_answer_files(tables, [options.model, *options.images])
    images = find_images(options.images)
    model = open_model(options.model, options.device)
    if options.fast:
        print_note(f"fast: {model.speed_up(images)}")
    predictions = _ask(model, images, options)
    labels = known_classes(images, model.class_names)
    answers = zip(labels, predictions, strict=True)
    agreement = agreement_of([(label, a.ranked[0].name) for label, a in answers if a.ranked])
    _print(predictions, options.csv or options.json)
    print_plain(promise_note(model.calibration))
    print_plain(familiarity_note(model.familiarity))
    for line in agreement.lines() if agreement else ():
        print_plain(line)
    _write(predictions, model, agreement, options)
    complain_unread([each.file for each in predictions if each.problem], len(predictions))
    return 0


def _ask(
    model: "Model | ExportedModel", images: "Sequence[InputImage]", options: Namespace
) -> "list[Prediction]":
    from elsewhere.cli.output import progress_bar

    loading = {"batch_size": options.batch, "workers": options.workers}
    predictions = []
    with progress_bar() as bar:
        for prediction in model.iter_predict(images, options.top, options.views, **loading):
            predictions.append(prediction)
            bar("predicting", len(predictions), len(images))
    return predictions


def _write(
    predictions: "Sequence[Prediction]",
    model: "Model | ExportedModel",
    agreement: "Agreement | None",
    options: Namespace,
) -> None:
    from elsewhere.files.writing import write_atomically
    from elsewhere.reports.predictions import prediction_csv, prediction_json

    if options.csv is not None:
        write_atomically(Path(options.csv), prediction_csv(predictions))
    if options.json is not None:
        text = prediction_json(
            predictions,
            model=str(model.folder),
            class_names=model.class_names,
            calibration=model.calibration,
            familiarity=model.familiarity,
            views=_names(options.views),
            agreement=agreement,
        )
        write_atomically(Path(options.json), text)


def _names(views: str) -> tuple[str, ...]:
    if views == "raw":
        return ("raw",)
    from elsewhere.models.views import TestViews

    return TestViews().names


def _options() -> OptionParser:
    parser = asking_parser(
        "predict",
        "Name the likeliest classes of images. Status 2 if an image could not be read; "
        "the others are predicted all the same.",
    )
    parser.add_argument(
        "--top", type=at_least_one, default=5, metavar="K", help="classes to name [5]"
    )
    parser.add_argument(
        "--views",
        choices=["raw", "all"],
        default="raw",
        help="raw: the image as it is; all: its attended crops and their mirrors too, 8 times "
        "the work [raw]",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="try bfloat16 and channels last on the first images, and take what is faster here and "
        "answers the same",
    )
    parser.add_argument("--csv", metavar="FILE", help="write the answers as CSV")
    parser.add_argument("--json", metavar="FILE", help="write the answers as JSON")
    return parser


def _print(predictions: Sequence["Prediction"], file: str | None) -> None:
    from elsewhere.cli.output import SHOWN, output, print_plain
    from elsewhere.reports.predictions import prediction_table

    console = output()
    shown = predictions[:SHOWN] if file is not None else predictions
    if console.is_terminal:
        shown, folder = _without_folder(shown)
        if folder:
            print_plain(f"in {folder}")
        console.print(prediction_table(shown, "\n"))
    else:
        console.print(prediction_table(shown))
    if len(shown) < len(predictions):
        print_plain(f"… {len(predictions) - len(shown)} more in {file}")


def _without_folder(predictions: Sequence["Prediction"]) -> tuple[list["Prediction"], str]:
    """Take the folder that all images share out of their names: rows are narrow there."""
    names = [each.file for each in predictions]
    # names are texts to be shown, so what they share is looked for letter by letter
    folder = os.path.commonprefix(names).rpartition("/")[0]  # noqa: RUF071
    cut = len(folder) + 1 if folder else 0
    return [each._replace(file=each.file[cut:]) for each in predictions], folder
