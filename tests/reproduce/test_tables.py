"""A reproduced table for the terminal, as Markdown, as a page and as JSON."""

import json
import re

import pytest
from rich.console import Console
from tests.reproduce.conftest import classified, retrieved

from elsewhere.reproduce.collected import collect
from elsewhere.reproduce.experiments import EXPERIMENTS
from elsewhere.reproduce.paper import printed_table
from elsewhere.reproduce.tables import (
    charts,
    panels,
    reproduced_document,
    reproduced_markdown,
    reproduced_page,
    reproduced_table,
)


def terminal(collected, width=100):
    console = Console(width=width, record=True, file=None, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(reproduced_table(collected, width))
    return captured.get()


def row(text, name):
    """The cells of a Markdown table's row."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_paper_measured_and_difference_stand_side_by_side(table5):
    text = reproduced_markdown(table5)
    assert row(text, "Baseline") == [
        "89.3", "85.0 ± 7.1 (2)", "-4.3", "54.2", "55.0 ± 7.1 (2)", "+0.8"
    ]  # fmt: skip
    assert row(text, "+ Attention Dropout")[:3] == ["88.9", "85.0 (1)", "-3.9"]
    assert row(text, "+ Entropy Regularization")[:3] == ["88.7", "not run", "–"]
    assert "- Failed: no space left (cub: + Entropy Regularization)." in text


def test_the_whole_image_is_scored_beside_every_row(table5):
    text = reproduced_markdown(table5)
    sweep = text.partition("| mIoU by threshold, %")[2]
    assert sweep.splitlines()[0].endswith("| whole image |")
    assert row(sweep, "+ CAL")[-1] == "30.0"
    assert "whole image" in charts(table5)[0].svg


def test_the_papers_gain_stands_beside_ours_on_its_own_sets_alone(table5, table1):
    assert "| gain over its baseline |  | paper | measured |" in reproduced_markdown(table5)
    again = table1._replace(gains=table5.gains)
    assert "| gain over its baseline |  | measured |" in reproduced_markdown(again)


def test_on_drawn_sets_there_is_no_difference(table1):
    text = reproduced_markdown(table1)
    assert row(text, "Baseline")[:3] == ["89.3", "50.0 (1)", "–"]
    assert row(text, "RA-CNN [12]") == ["85.3", "", "", "92.5", "", "", "–", "", ""]
    assert "Drawn sets, small networks" in text
    assert "One seed: no spread is known" in text
    assert "Cars is not there (cars: Baseline, cars: Baseline + CAL)." in text


def test_a_wide_table_is_one_and_a_narrow_terminal_gets_one_column_at_a_time(table1):
    assert [panel.title for panel in panels(table1)] == [""]
    narrow = panels(table1, 1)
    assert [panel.title for panel in narrow] == [
        "CUB-200-2011", "Stanford Cars", "FGVC-Aircraft"
    ]  # fmt: skip
    assert narrow[0].header == ("method", "top-1: paper", "measured", "difference")
    # nobody is quoted where nothing was printed
    assert "RA-CNN [12]" not in [cells[0] for cells in narrow[2].rows]


@pytest.mark.parametrize("width", [80, 110, 160])
def test_the_terminal_cuts_no_number_short(table1, table5, width):
    for collected in (table1, table5):
        text = terminal(collected, width)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width
        assert re.search(r"Baseline +89\.3 +\d\d\.\d", text)


def test_the_terminal_and_markdown_say_the_same(table5):
    text = terminal(table5, 160)
    for cell in row(reproduced_markdown(table5), "Baseline"):
        assert cell in text


def test_the_page_holds_table_gains_sweep_and_command(table5):
    html = reproduced_page(table5, "elsewhere reproduce table5 --data.root SETS")
    for text in ("85.0 ± 7.1 (2)", "Gains, in points", "mIoU by threshold", "<svg",
                 "elsewhere reproduce table5 --data.root SETS", "Table 5"):  # fmt: skip
        assert text in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_json_has_every_number_unrounded(table5):
    document = json.loads(reproduced_document(table5, {"Baseline": ["runs/a"]}))
    cell = document["rows"]["Baseline"]["cub/top1"]
    assert cell["printed"] == 89.3
    assert cell["by_seed"] == pytest.approx({"0": 80.0, "1": 90.0})
    assert cell["mean"] == pytest.approx(85.0)
    assert cell["difference"] == pytest.approx(-4.3)
    assert document["rows"]["+ Attention Normalization"]["cub/top1"]["mean"] is None
    assert document["rows"]["+ Attention Normalization"]["cub/top1"]["missing"] == "not run"
    gain = next(each for each in document["gains"] if each["method"] == "+ CAL")
    assert gain["mean"] == pytest.approx(5.0)
    assert document["runs"] == {"Baseline": ["runs/a"]}
    assert document["miou_threshold"] == 0.3


def test_json_quotes_other_methods(table1):
    document = json.loads(reproduced_document(table1, {}))
    assert document["quoted"]["RA-CNN [12]"]["aircraft/top1"] is None
    assert document["drawn"] is True
    assert document["rows"]["Baseline"]["cub/top1"]["difference"] is None


def figure4(found):
    results = {}
    for heads, (without, cal) in found.items():
        for name, value in (("Baseline", without), ("Baseline + CAL", cal)):
            key = f"M = {heads}: {name}"
            results[key, "cub"] = {0: classified(value)}
            results[key, "market"] = {0: retrieved(value, value)}
    return collect(
        EXPERIMENTS["figure4"], results, {}, printed=printed_table("figure4"), drawn=False
    )


def test_figure_4_has_a_chart_for_each_column_that_was_measured():
    collected = figure4({1: (0.7, 0.72), 4: (0.75, 0.8), 64: (0.7, 0.74)})
    drawn = {each.caption: each.svg for each in charts(collected)}
    assert [name.partition(" against")[0] for name in drawn] == [
        "CUB-200-2011 top-1", "Market-1501 Rank-1", "Market-1501 mAP"
    ]  # fmt: skip
    svg = next(iter(drawn.values()))
    places = [[float(pair.split(",")[0]) for pair in line.split()]
              for line in re.findall(r'polyline points="([^"]+)"', svg)]  # fmt: skip
    assert len(places) == 2
    for line in places:  # 1, 4 and 64 lie a third and two thirds of the way apart
        assert (line[1] - line[0]) / (line[2] - line[0]) == pytest.approx(1 / 3, abs=0.01)
    labels = re.findall(r'y="290">(\d+)<', svg)
    assert labels == ["1", "2", "4", "8", "16", "32", "64"]


def test_figure_4_says_that_nothing_is_printed():
    text = reproduced_markdown(figure4({1: (0.7, 0.72)}))
    assert row(text, "M = 1: Baseline")[:3] == ["not printed", "70.0 (1)", "–"]
    assert "are ours" in text


def test_pictures_stand_in_the_markdown(table5):
    assert "![words](file.svg)" in reproduced_markdown(table5, [("words", "file.svg")])
