import io

import pytest
from rich.console import Console

from elsewhere.reports.classification.tables import run_summary


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


@pytest.mark.parametrize("markup", ["[red]", "[/]", "a[0]"])
def test_names_are_not_markup(run, markup):
    result = run(markup)
    result["recipe"] = markup
    result["splits"][markup] = result["splits"].pop("test")
    assert markup in rendered(run_summary(result))
