"""Figure 2 in every form: how training and test differ in what a class looks like."""

import json
from typing import Any

from rich.table import Table
from rich.text import Text

from elsewhere.reports import page
from elsewhere.reports.bias import ClassBias, EnvironmentDistance, Share
from elsewhere.reports.bias_report import bias_chart, bias_notes, bias_rows, distance_text
from elsewhere.reports.documents import finite
from elsewhere.reports.looks import readable_name
from elsewhere.reports.markdown import markdown_table
from elsewhere.reports.terminal import plain_table

PAPER_CLASS = "Ringed Kingfisher"
HEADER = ["share of the images, %", "training", "test", "difference"]


def bias_title(bias: ClassBias | None) -> str:
    """Such as "Figure 2: training and test of Ringed Kingfisher"."""
    of = "" if bias is None else f" of {readable_name(bias.class_name)}"
    return f"Figure 2: training and test{of}"


def bias_table(bias: ClassBias) -> Table:
    """The shares for the terminal."""
    table = plain_table(bias_title(bias), *HEADER)
    for row in bias_rows(bias):
        table.add_row(*map(Text, row))
    return table


def bias_markdown(
    bias: ClassBias | None, distance: EnvironmentDistance | None, reason: str = ""
) -> str:
    """Chart, table and what must be said beside them; the reason where nothing was counted."""
    parts = [f"# {bias_title(bias)}"]
    if bias is None:
        parts.append(f"Not run: {reason}")
    else:
        parts += ["![Shares of training and test images](figure2.svg)",
                  markdown_table(HEADER, bias_rows(bias)).rstrip("\n"),
                  "\n".join(f"- {line}" for line in _notes(bias, distance))]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def bias_page(bias: ClassBias, distance: EnvironmentDistance | None, command: str) -> str:
    """The same as a self-contained page."""
    title = bias_title(bias)
    body = [
        page.header("elsewhere reproduce", title),
        page.chart(bias_chart(bias)),
        page.section("In numbers", page.table(HEADER, bias_rows(bias))),
        page.section("Remarks", page.bullets(_notes(bias, distance))),
        page.section("Make it again", page.commands([command])),
    ]
    return page.page(f"elsewhere: {title}", "".join(body))


def bias_document(bias: ClassBias, distance: EnvironmentDistance | None) -> str:
    """The same as JSON: counts of images, shares follow from them."""
    document: dict[str, Any] = {
        "experiment": "figure2",
        "class": bias.class_name,
        "images": {"train": bias.images[0], "test": bias.images[1]},
        "certainty": bias.certainty,
        "frequent": [_share(share) for share in bias.frequent],
        "different": [_share(share) for share in bias.different],
        "environments": [_share(share) for share in bias.environments],
        "largest_difference": bias.largest,
        "largest_difference_by_chance": bias.largest_by_chance,
        "environment_distance": None if distance is None else distance._asdict(),
        "remarks": _notes(bias, distance),
    }
    return json.dumps(finite(document), indent=2, ensure_ascii=False) + "\n"


def _notes(bias: ClassBias, distance: EnvironmentDistance | None) -> list[str]:
    return bias_notes(bias) + ([] if distance is None else [distance_text(distance)])


def _share(share: Share) -> dict[str, Any]:
    return {"name": share.name, "train": list(share.train), "test": list(share.test)}
