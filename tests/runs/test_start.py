import io
from pathlib import Path

import pytest
from rich.console import Console

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.runs.start import start_table


def table_of(split, counts):
    records = [Record(f"{split}/{n}/{i}", n, split) for n, c in counts.items() for i in range(c)]
    return RecordTable(Path(), tuple(records), class_names_of(records))


def rendered(*given):
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    console.print(start_table(*given))
    return console.file.getvalue()


def test_splits_and_plan_are_told():
    parts = {
        "train": table_of("train", {"wren": 1240, "robin": 750}),
        "val": table_of("val", {"wren": 4, "robin": 4}),
    }
    text = rendered("birds", parts, ("classes", "class"), {"training": "12 epochs, 720 steps"})
    for expected in ("1,990", "750 to 1,240", "per class", "12 epochs, 720 steps"):
        assert expected in text
    (val,) = (line for line in text.splitlines() if "val" in line)
    assert val.split()[-3:] == ["8", "2", "4"]


@pytest.mark.parametrize("markup", ["[red]", "[/]", "a[0]"])
def test_names_are_not_markup(markup):
    parts = {markup: table_of("train", {"wren": 1})}
    assert rendered(markup, parts, ("classes", "class"), {markup: markup}).count(markup) == 4
