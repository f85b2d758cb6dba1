import csv
import io
import json
import math

import numpy as np
import pytest
import torch
from rich.console import Console

from elsewhere.description import Calibration, Familiar, Prediction
from elsewhere.description import ClassProbability as Ranked
from elsewhere.inference.naming import name_classes_of
from elsewhere.inference.prediction import class_probabilities
from elsewhere.reports.predictions import (
    familiarity_note,
    prediction_csv,
    prediction_json,
    prediction_table,
    promise_note,
    runners_up,
)

NAMES = ("a", "b", "c")


def test_probabilities_are_divided_by_the_temperature():
    logits = torch.tensor([[1.0, 2.0, 4.0]])
    powers = [math.exp(value / 2.5) for value in (1, 2, 4)]
    expected = [power / sum(powers) for power in powers]
    assert class_probabilities(logits, Calibration(2.5, 0))[0].tolist() == pytest.approx(expected)
    plain = [math.exp(value) for value in (1, 2, 4)]
    expected = [power / sum(plain) for power in plain]
    assert class_probabilities(logits, None)[0].tolist() == pytest.approx(expected)


def named(*probabilities, top=1, below: float | None = 0.0, **familiarity):
    """What is said of an image whose softmax comes to these."""
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities)
    return name_classes_of("x", logits, NAMES, top, Calibration(1.0, below), **familiarity)


def test_ranked_and_unsure():
    first = named(0.2, 0.5, 0.3, top=2, below=0.6)
    assert [each.name for each in first.ranked] == ["b", "c"]
    assert (first.unsure, named(0.1, 0.2, 0.7, below=0.6).unsure) == (True, False)
    assert len(named(0.2, 0.5, 0.3, top=9).ranked) == 3


def test_a_threshold_is_still_sure():
    assert not named(0.5, 0.5, 0.0, below=0.5).unsure


def test_without_a_promise_or_familiarity_all_is_unsure():
    open_ = named(0.98, 0.01, 0.01, below=None)
    assert (open_.unsure, open_.unfamiliar, open_.mark) == (True, None, "unsure")
    like, strange = (
        named(0.98, 0.01, 0.01, below=0.5, like=like, familiar=Familiar(0.4, 72, 3))
        for like in (0.8, 0.3)
    )
    assert (like.unsure, like.unfamiliar, like.mark) == (False, False, "")
    assert (strange.unsure, strange.unfamiliar, strange.mark) == (True, True, "unfamiliar")
    assert strange.as_dict()["familiarity"] == 0.3
    assert "(unfamiliar)" in strange._repr_html_()
    (row,) = csv.DictReader(io.StringIO(prediction_csv([strange])))
    assert (row["unsure"], row["unfamiliar"], row["familiarity"]) == ("yes", "yes", "0.300000")


def test_notes_say_what_a_promise_rests_on():
    kept = promise_note(Calibration(1.0, 0.93, 296, 118, 117))
    assert "at least 95 % of such answers are right" in kept
    assert "118 of 296 images held out reach a probability of 93.0 %, 117 of them are right" in kept
    assert "24 images held out of training are too few" in promise_note(Calibration(1.0, None, 24))
    assert "no images were held out" in promise_note(None)
    assert "is not known" in promise_note(Calibration(1.0, 0.4)), "of an older bundle"
    assert "does not know" in familiarity_note(None)
    assert "3 of 72 images" in familiarity_note(Familiar(0.4, 72, 3))


def test_what_is_not_finite_is_unsure_and_blank():
    predictions = [name_classes_of("x", np.array([math.nan, 1.0, 2.0]), NAMES, 2, None)]
    assert predictions[0].unsure
    row = next(csv.DictReader(io.StringIO(prediction_csv(predictions))))
    assert (row["probability"], row["unsure"]) == ("", "yes")
    document = json.loads(
        prediction_json(
            predictions,
            model="m",
            class_names=NAMES,
            calibration=None,
            familiarity=None,
            views=["raw"],
        )
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
            "unfamiliar": "",
            "familiarity": "",
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
