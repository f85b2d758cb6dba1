import re

import pytest

from elsewhere.reports import comparison_markdown


def parsed(text):
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines()
    ]
    return rows[0], rows[1], rows[2:]


def test_it_parses_back_to_the_numbers(runs):
    header, ruler, rows = parsed(comparison_markdown(runs))
    assert {len(row) for row in [ruler, *rows]} == {len(header)}
    assert set(ruler) == {"---", "---:"}
    table = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    mean, spread = map(float, table["cal"]["test-unbiased"].split(" ± "))
    assert (mean, spread) == pytest.approx((66.0, 3.0), abs=0.05)
    gap = table["cal"]["test-unbiased: difference [95 % interval]"]
    assert list(map(float, re.findall(r"[-+]?\d+\.\d", gap))) == [4.0, 1.0, 1.5, 6.5]
    assert table["baseline"]["seeds"] == "3"


def test_without_the_baseline_there_is_no_difference(runs):
    header, _, rows = parsed(comparison_markdown(runs[3:]))
    assert header == ["method", "seeds", "test", "test-unbiased"]
    assert len(rows) == 1


def test_names_cannot_break_the_table(run):
    header, _, rows = parsed(comparison_markdown([run("a|b")]))
    assert len(rows[0]) == len(header)
