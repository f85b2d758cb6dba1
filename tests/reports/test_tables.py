"""One table as terminal, Markdown and page show it."""

import io
import re

import pytest
from rich.console import Console
from tests.reports.classification.test_report import Reader

from elsewhere.reports.pages import render
from elsewhere.reports.tables import Table, markdown_table, rich_table

HOSTILE = '<script>alert("x")</script> & [red]a|b'
TABLE = Table(
    ("name", "figure"),
    [(HOSTILE, "1.0\n± 0.1"), ("quoted", "2.0"), ("bold", "3.0")],
    "A title",
    "A note.",
    bold=frozenset({2}),
    quiet=frozenset({1}),
    ends=frozenset({1}),
)


def terminal(**options):
    console = Console(width=80, file=io.StringIO(), **options)
    console.print(rich_table(TABLE))
    return console.file.getvalue()


def page():
    return render(
        "bias_figure",
        verb="reproduce",
        title="t",
        lead="",
        drawn={"svg": "<svg></svg>", "caption": ""},
        shares=TABLE,
        remarks=[HOSTILE],
        command=HOSTILE,
    )


def test_every_form_has_every_word():
    forms = terminal(), markdown_table(TABLE).replace("\\|", "|"), Reader(page()).words
    for form in forms:
        for row in TABLE.rows:
            for cell in row:
                assert all(line in form for line in cell.split("\n"))
        assert "A note." in form
        assert "name" in form


def test_a_page_holds_names_as_text():
    html = page()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3
    assert 'alert("x")' not in html
    assert "<small>± 0.1</small>" in html
    assert html.count("<svg>") == 1


def test_markdown_keeps_its_columns():
    title, _, header, ruler, *rows, _, note = markdown_table(TABLE).splitlines()
    assert (title, note) == ("**A title**", "A note.")
    assert (header, ruler) == ("| name | figure |", "| --- | ---: |")
    assert all(len(re.split(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert rows[0].endswith("| 1.0<br>± 0.1 |")
    assert rows[2] == "| **bold** | **3.0** |"


def test_the_terminal_marks_rows_and_ends_groups():
    lines = terminal(force_terminal=True, color_system="standard").splitlines()
    (quoted,) = (line for line in lines if "quoted" in line)
    (bold,) = (line for line in lines if "bold" in line)
    assert "\x1b[2m" in quoted
    assert "\x1b[1m" in bold
    below = re.sub(r"\x1b\[\d+m", "", lines[lines.index(quoted) + 1])
    assert below.strip() == "", "a group ends with an empty line"


def test_a_template_that_lacks_a_text_is_an_error():
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render("explained_image", name="a")
