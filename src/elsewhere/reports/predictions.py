"""What a network answered of images whose class nobody knows: table, CSV and JSON."""

import json
import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from elsewhere.reports.agreement import Agreement
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.reports.wording import percent
from elsewhere.structures import Calibration, ClassProbability, Prediction


def prediction_table(predictions: Sequence[Prediction], between: str = ", ") -> Table:
    """One row an image: its answer, whether it is unsure, and what else it might be.

    Args:
        predictions: the answers.
        between: what stands between the other classes; a line break where rows are narrow.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("image", overflow="fold")
    table.add_column("answer", overflow="fold")
    table.add_column("%", justify="right", no_wrap=True)
    marks = any(prediction.unsure for prediction in predictions)
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

    The columns are file, class, probability, unsure (yes or no), class 2, probability 2 … and
    problem.
    """
    count = max([1, *(len(prediction.ranked) for prediction in predictions)])
    more = [f"{word} {place}" for place in range(2, count + 1) for word in ("class", "probability")]
    rows: list[list[str]] = [["file", "class", "probability", "unsure", *more, "problem"]]
    for prediction in predictions:
        cells = [cell for each in prediction.ranked for cell in (each.name, _digits(each))]
        cells += [""] * (2 * count - len(cells))
        unsure = "" if prediction.problem else "yes" if prediction.unsure else "no"
        rows.append([prediction.file, *cells[:2], unsure, *cells[2:], prediction.problem])
    return csv_text(rows)


def prediction_json(
    predictions: Sequence[Prediction],
    *,
    model: str,
    class_names: Sequence[str],
    calibration: Calibration | None,
    views: Sequence[str],
    agreement: Agreement | None = None,
) -> str:
    """Everything that was answered, and by what.

    Args:
        predictions: the answers.
        model: the folder that it was asked in.
        class_names: every class it knows.
        calibration: its temperature and threshold, where it has them.
        views: names of the views whose logits were averaged.
        agreement: with classes that folders or lists tell.
    """
    document = {
        "model": model,
        "classes": list(class_names),
        "calibration": calibration and calibration._asdict(),
        "views": list(views),
        "agreement": agreement and agreement.as_dict(),
        "images": [prediction.as_dict() for prediction in predictions],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _answer_cells(prediction: Prediction, between: str) -> tuple[Text, ...]:
    first = prediction.ranked[0]
    style = "yellow" if prediction.unsure else "bold"
    return (
        Text(prediction.file),
        Text(first.name, style),
        Text(percent(first.probability)),
        Text("unsure" if prediction.unsure else "", "yellow"),
        Text(runners_up(prediction, between=between)),
    )


def _problem_cells(prediction: Prediction) -> tuple[Text, ...]:
    answer = Text(f"not read: {prediction.problem}", "red")
    return Text(prediction.file), answer, Text(""), Text(""), Text("")


def _digits(ranked: ClassProbability) -> str:
    return f"{ranked.probability:.6f}" if math.isfinite(ranked.probability) else ""
