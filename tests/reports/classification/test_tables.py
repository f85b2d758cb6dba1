import io

import pytest
from rich.console import Console

from elsewhere.reports.classification.tables import run_summary
from elsewhere.reports.start import SplitCount, start_table


def rendered(table, width=80):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(table)
    return console.file.getvalue()


def test_run_summary_holds_every_view_and_measure(run):
    text = rendered(run_summary(run(biased=0.912, unbiased=0.634)))
    for expected in (
        "91.2",
        "90.2",
        "93.2",
        "63.4",
        "97.0",
        "3.21",
        "45.6",
        "33.1",
        "73.4",
        "25.1",
    ):
        assert expected in text


def test_run_summary_without_effect_boxes_and_calibration(run):
    result = run()
    for split in result["splits"].values():
        split |= {"effect": None, "localization": None, "calibration": None}
    text = rendered(run_summary(result))
    assert "90.0" in text
    assert "box" not in text


def test_start_table():
    text = rendered(
        start_table(
            "birds",
            [SplitCount("train", 1960, 8, 240, 250), SplitCount("val", 80, 8, 10, 10)],
            parameters=1_234_567,
            trainable=1_000_000,
            epochs=12,
            steps=720,
            switches={"CAL": "random, weight 1", "precision": "bf16"},
        )
    )
    for expected in ("1,960", "240 to 250", "1,234,567", "234,567 held fixed", "720", "bf16"):
        assert expected in text


@pytest.mark.parametrize("markup", ["[red]", "[/]", "a[0]"])
def test_names_are_not_markup(run, markup):
    result = run(markup)
    result["recipe"] = markup
    result["splits"][markup] = result["splits"].pop("test")
    assert markup in rendered(run_summary(result))
    table = start_table(
        markup,
        [SplitCount(markup, 1, 1, 1, 1)],
        parameters=1,
        trainable=1,
        epochs=1,
        steps=1,
        switches={markup: markup},
    )
    assert rendered(table).count(markup) == 4
