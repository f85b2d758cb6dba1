import csv
import io
import json
import math

import pytest
import torch
from rich.console import Console

from elsewhere.inference.prediction import class_probabilities, rank_classes
from elsewhere.reports.predictions import (
    prediction_csv,
    prediction_json,
    prediction_table,
    runners_up,
)
from elsewhere.structures import Calibration, Prediction
from elsewhere.structures import ClassProbability as Ranked

NAMES = ("a", "b", "c")


def test_probabilities_are_divided_by_the_temperature():
    logits = torch.tensor([[1.0, 2.0, 4.0]])
    powers = [math.exp(value / 2.5) for value in (1, 2, 4)]
    expected = [power / sum(powers) for power in powers]
    assert class_probabilities(logits, Calibration(2.5, 0))[0].tolist() == pytest.approx(expected)
    assert torch.equal(class_probabilities(logits, None)[0], logits.double().softmax(1)[0])


def test_ranked_and_unsure():
    probabilities = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    first, second = rank_classes(["x", "y"], probabilities, NAMES, top=2, unsure_below=0.6)
    assert [each.name for each in first.ranked] == ["b", "c"]
    assert (first.unsure, second.unsure) == (True, False)
    assert len(rank_classes(["x", "y"], probabilities, NAMES, top=9)[0].ranked) == 3


def test_a_threshold_is_still_sure():
    probabilities = torch.tensor([[0.25, 0.75, 0.0]])
    assert not rank_classes(["x"], probabilities, NAMES, top=1, unsure_below=0.75)[0].unsure


def test_what_is_not_finite_is_unsure_and_blank():
    broken = class_probabilities(torch.tensor([[math.nan, 1.0, 2.0]]), None)
    predictions = rank_classes(["x"], broken, NAMES, top=2)
    assert predictions[0].unsure
    row = next(csv.DictReader(io.StringIO(prediction_csv(predictions))))
    assert (row["probability"], row["unsure"]) == ("", "yes")
    document = json.loads(
        prediction_json(predictions, model="m", class_names=NAMES, calibration=None, views=["raw"])
    )
    assert document["images"][0]["predictions"][0]["probability"] is None
    assert document["calibration"] is None


def test_a_csv_of_broken_images_alone():
    text = prediction_csv([Prediction("x,y.png", problem='cut "short"')])
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "file": "x,y.png",
            "class": "",
            "probability": "",
            "unsure": "",
            "problem": 'cut "short"',
        }
    ]


def test_runners_up():
    prediction = Prediction("x", (Ranked("a", 0.5), Ranked("b", 0.25), Ranked("c", 0.125)))
    assert runners_up(prediction) == "b 25.0 %, c 12.5 %"
    assert runners_up(prediction, 1) == "b 25.0 %"
    assert runners_up(Prediction("x", (Ranked("a", 1.0),))) == ""


@pytest.mark.parametrize("width", [72, 80, 200])
def test_nothing_is_cut_off_a_narrow_table(width):
    name = "a-long-name-of-a-picture-in-a-folder/and-one-below/0001.png"
    prediction = Prediction(name, (Ranked("[red]robin", 0.5), Ranked("wren", 0.25)), True)
    console = Console(width=width, file=io.StringIO())
    console.print(prediction_table([prediction]))
    shown = "".join(console.file.getvalue().split())
    assert "[red]robin" in shown
    assert "25.0%" in shown
    assert "unsure" in shown
