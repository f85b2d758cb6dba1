"""What a network answered of images whose class nobody knows: table, CSV and JSON."""

import json
import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from elsewhere.description import (
    PROMISE_CONFIDENCE,
    PROMISED_ACCURACY,
    Calibration,
    ClassProbability,
    Familiar,
    Prediction,
)
from elsewhere.reports.agreement import Agreement
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.reports.wording import percent


def prediction_table(predictions: Sequence[Prediction], between: str = ", ") -> Table:
    """One row an image: its answer, whether it is unsure or unfamiliar, what else it might be."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("image", overflow="fold")
    table.add_column("answer", overflow="fold")
    table.add_column("%", justify="right", no_wrap=True)
    marks = any(prediction.mark for prediction in predictions)
    if marks:
        table.add_column("", no_wrap=True)
    others = any(len(prediction.ranked) > 1 for prediction in predictions)
    if others:
        table.add_column("then", overflow="fold", style="dim")
    for prediction in predictions:
        cells = (
            _problem_cells(prediction) if prediction.problem else _answer_cells(prediction, between)
        )
        shown = [True, True, True, marks, others]
        table.add_row(*(cell for cell, keep in zip(cells, shown, strict=True) if keep))
    return table


def runners_up(prediction: Prediction, most: int | None = None, between: str = ", ") -> str:
    """Name the classes after the first: "violet robin 4.0 %, blue robin 0.3 %"."""
    rest = prediction.ranked[1 : None if most is None else most + 1]
    return between.join(f"{name} {percent(value)} %" for name, value in rest)


def prediction_csv(predictions: Sequence[Prediction]) -> str:
    """One line an image; an image that was not read has a problem and no class.

    The columns are file, class, probability, unsure (yes or no), class 2, probability 2 …,
    unfamiliar (yes, no, or empty where the model cannot say), familiarity and problem.
    """
    count = max([1, *(len(prediction.ranked) for prediction in predictions)])
    more = [f"{word} {place}" for place in range(2, count + 1) for word in ("class", "probability")]
    ends = ("unfamiliar", "familiarity", "problem")
    rows: list[list[str]] = [["file", "class", "probability", "unsure", *more, *ends]]
    for prediction in predictions:
        cells = [cell for each in prediction.ranked for cell in (each.name, _digits(each))]
        cells += [""] * (2 * count - len(cells))
        unsure = "" if prediction.problem else "yes" if prediction.unsure else "no"
        strange = {None: "", True: "yes", False: "no"}[prediction.unfamiliar]
        like = "" if prediction.familiarity is None else f"{prediction.familiarity:.6f}"
        further = (*cells[2:], strange, like, prediction.problem)
        rows.append([prediction.file, *cells[:2], unsure, *further])
    return csv_text(rows)


def prediction_json(
    predictions: Sequence[Prediction],
    *,
    model: str,
    class_names: Sequence[str],
    calibration: Calibration | None,
    familiarity: Familiar | None,
    views: Sequence[str],
    agreement: Agreement | None = None,
) -> str:
    """Everything that was answered, and by what."""
    document = {
        "model": model,
        "classes": list(class_names),
        "calibration": calibration and calibration._asdict(),
        "familiarity": familiarity and familiarity._asdict(),
        "views": list(views),
        "agreement": agreement and agreement.as_dict(),
        "images": [prediction.as_dict() for prediction in predictions],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def promise_note(calibration: Calibration | None) -> str:
    """What an answer that is not marked promises, and on how many images that rests."""
    if calibration is None or (calibration.unsure_below is None and not calibration.images):
        return (
            "No promise can be made of an answer: no images were held out of training to make one "
            "by."
        )
    if calibration.unsure_below is None:
        return (
            f"No promise can be made of an answer: {calibration.images:,} images held out of "
            f"training are too few, or too often answered wrong, to prove any part of the answers "
            f"{percent(PROMISED_ACCURACY, 0)} % right."
        )
    limit = f"a probability of {percent(calibration.unsure_below)} %"
    if calibration.images is None:
        return f"On how many images the threshold rests, {limit}, is not known."
    sure = f"with {percent(PROMISE_CONFIDENCE, 0)} % confidence"
    return (
        f"Not marked: at least {percent(PROMISED_ACCURACY, 0)} % of such answers are right "
        f"({sure}: {calibration.sure:,} of {calibration.images:,} images held out reach {limit}, "
        f"{calibration.right:,} of them are right)."
    )


def familiarity_note(familiarity: Familiar | None) -> str:
    """What "unfamiliar" means, and how often it is said of images like those trained on."""
    if familiarity is None:
        return "This model does not know what is unlike anything it was trained on."
    return (
        f"unfamiliar: unlike anything trained on; {familiarity.flagged:,} of "
        f"{familiarity.images:,} images held out are called so."
    )


def _answer_cells(prediction: Prediction, between: str) -> tuple[Text, ...]:
    first = prediction.ranked[0]
    style = "yellow" if prediction.mark else "bold"
    return (
        Text(prediction.file),
        Text(first.name, style),
        Text(percent(first.probability)),
        Text(prediction.mark, "yellow"),
        Text(runners_up(prediction, between=between)),
    )


def _problem_cells(prediction: Prediction) -> tuple[Text, ...]:
    answer = Text(f"not read: {prediction.problem}", "red")
    return Text(prediction.file), answer, Text(""), Text(""), Text("")


def _digits(ranked: ClassProbability) -> str:
    return f"{ranked.probability:.6f}" if math.isfinite(ranked.probability) else ""
