import io
import re

import pytest
from rich.console import Console

from elsewhere.reports.classification.tables import (
    comparison_table,
    run_summary,
)
from elsewhere.reports.tables import markdown_table


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


def test_comparison_holds_means_differences_and_intervals(runs):
    text = markdown_table(comparison_table(runs))
    assert "62.0 ± 2.0" in text
    assert "66.0 ± 3.0" in text
    assert "+4.0 ± 1.0 [+1.5, +6.5]" in text


def test_comparison_without_its_baseline_has_no_differences(runs):
    text = markdown_table(comparison_table(runs, baseline="other"))
    assert "66.0 ± 3.0" in text
    assert "+4.0" not in text


@pytest.mark.parametrize("markup", ["[red]", "[/]", "a[0]"])
def test_names_are_not_markup(run, markup):
    result = run(markup)
    result["recipe"] = markup
    result["splits"][markup] = result["splits"].pop("test")
    assert markup in rendered(run_summary(result))


def parsed(text):
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return rows[0], rows[1], rows[2:]


def test_it_parses_back_to_the_numbers(runs):
    header, ruler, rows = parsed(markdown_table(comparison_table(runs)))
    assert {len(row) for row in [ruler, *rows]} == {len(header)}
    assert set(ruler) == {"---", "---:"}
    table = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    mean, gap = table["cal"]["test-unbiased"].split("<br>")
    assert list(map(float, mean.split(" ± "))) == pytest.approx((66.0, 3.0), abs=0.05)
    assert list(map(float, re.findall(r"[-+]?\d+\.\d", gap))) == [4.0, 1.0, 1.5, 6.5]
    assert table["baseline"]["seeds"] == "3"


def test_without_the_baseline_there_is_no_difference(runs):
    header, _, rows = parsed(markdown_table(comparison_table(runs[3:])))
    assert header == ["method", "seeds", "test", "test-unbiased"]
    assert len(rows) == 1


def test_names_cannot_break_the_table(run):
    header, _, rows = parsed(markdown_table(comparison_table([run("a|b")])))
    assert len(rows[0]) == len(header)
