"""A reproduced table as one self-contained page."""

from collections.abc import Sequence
from html import escape

from elsewhere.reports import page
from elsewhere.reports.reproduce import wording
from elsewhere.reports.reproduce.charts import charts
from elsewhere.reports.reproduce.collected import Collected


def reproduced_page(collected: Collected, command: str) -> str:
    """Table, charts, gains and remarks.

    Args:
        collected: the experiment as far as it has been run.
        command: the line that makes it again.
    """
    title = wording.heading(collected)
    tables = [
        (f"<h3>{escape(panel.title)}</h3>" if panel.title else "")
        + page.table(_narrow(panel.header), [*panel.quoted, *panel.measured])
        for panel in wording.panels(collected)
    ]
    gains, (header, rows) = wording.gain_rows(collected.gains), wording.sweep_rows(collected)
    body = [
        page.header("elsewhere reproduce", title, _lead(collected)),
        page.section("Paper and measurement, %", *tables),
        *(page.chart(svg, words) for words, svg in charts(collected)),
    ]
    if gains:
        body.append(page.section("Gains, in points", page.table(wording.GAIN_HEADER, gains)))
    if rows:
        body.append(page.section("Where attention lies", page.table(header, rows)))
    body.append(page.section("Remarks", page.bullets(wording.remarks(collected))))
    body.append(page.section("Make it again", page.commands([command])))
    return page.page(f"elsewhere: {title}", "".join(body))


def _narrow(header: Sequence[str]) -> list[str]:
    """Ten columns fit on a page where their heads are short."""
    return [name.replace("difference", "diff.") for name in header]


def _lead(collected: Collected) -> str:
    where = "drawn sets at toy size" if collected.drawn else "the paper's sets"
    return f"Measured on {where}, {wording.seeds_of(collected)}."
