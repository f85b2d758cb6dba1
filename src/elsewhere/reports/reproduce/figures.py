"""Figures 1, 5 and 6 as Markdown and as a page: where a baseline and CAL look."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elsewhere.reports import page
from elsewhere.reports.looks import Looks
from elsewhere.reports.reproduce.sets import TITLES

FIGURE_ROWS: Mapping[str, tuple[int, int]] = {
    "figure1": (3, 2),
    "figure5": (2, 2),
    "figure6": (4, 2),
}
"""Pictures of each set: rows, and groups side by side."""
CAPTIONS: Mapping[str, str] = {
    "figure1": "attention on CUB, without and with CAL",
    "figure5": "attention of baseline and CAL on three sets",
    "figure6": "more of the same",
}
_DRAWN = "Drawn sets, small networks, few epochs: this shows that the figure is made, no more."


class SetLooks(NamedTuple):
    """One set's part of a figure.

    Attributes:
        name: of the set.
        looks: the sheets; None where the networks were not trained.
        reason: why not; empty where they were.
        files: of the sheets' pictures, by way.
    """

    name: str
    looks: Looks | None
    reason: str
    files: Mapping[str, str]


def looks_title(name: str) -> str:
    """Such as "Figure 5: attention of baseline and CAL on three sets"."""
    return f"Figure {name.removeprefix('figure')}: {CAPTIONS[name]}"


def looks_markdown(name: str, found: Sequence[SetLooks], *, drawn: bool) -> str:
    """The figure as Markdown; its pictures lie beside it."""
    parts = [f"# {looks_title(name)}", *([_DRAWN] if drawn else [])]
    for each in found:
        parts.append(f"## {TITLES[each.name]}")
        if each.looks is None:
            parts.append(f"Not run: {each.reason}")
            continue
        parts += [each.looks.summary, each.looks.rule]
        for sheet in each.looks.sheets:
            parts += [f"### {sheet.title}", sheet.sentence]
            if sheet.way in each.files:
                parts.append(f"![{sheet.title}]({each.files[sheet.way]})")
        parts.append(each.looks.caption)
    return "\n\n".join(parts) + "\n"


def looks_document(name: str, found: Sequence[SetLooks], *, drawn: bool) -> str:
    """The figure as JSON: how often the two networks answered in which way, and the pictures."""
    document = {
        "experiment": name,
        "drawn": drawn,
        "sets": {
            each.name: {"missing": each.reason}
            if each.looks is None
            else {
                "missing": None,
                "pictures": each.looks.counts,
                "rule": each.looks.rule,
                "files": dict(each.files),
            }
            for each in found
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def looks_page(name: str, found: Sequence[SetLooks], command: str, *, drawn: bool) -> str:
    """The figure as a self-contained page."""
    title = looks_title(name)
    body = [page.header("elsewhere reproduce", title, _DRAWN if drawn else "")]
    for each in found:
        if each.looks is None:
            inside = [page.paragraph(f"Not run: {each.reason}")]
        else:
            said = [each.looks.summary, each.looks.rule]
            inside = [*map(page.paragraph, said), *map(page.panels, each.looks.rows())]
        body.append(page.section(TITLES[each.name], *inside))
    body.append(page.section("Make it again", page.commands([command])))
    return page.page(f"elsewhere: {title}", "".join(body))
