"""Figures 1, 5 and 6: where a baseline and CAL look, as pictures, Markdown, page and JSON."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elsewhere.bundle import load_bundle
from elsewhere.data.image_data import ImageData
from elsewhere.files.writing import write_atomically
from elsewhere.recipes.composition import compose
from elsewhere.reports.answers import recorded_answers
from elsewhere.reports.attention import Looks, attention_sheets
from elsewhere.reports.documents import as_json
from elsewhere.reports.pages import encode_png, render
from elsewhere.reproduce.collected import NOT_RUN
from elsewhere.reproduce.planning import Asked, Plan
from elsewhere.reproduce.running import Failures
from elsewhere.reproduce.sets import TITLES
from elsewhere.runs.building import build_data

_METHODS = {"baseline": "Baseline", "CAL": "Baseline + CAL"}
_ROWS: Mapping[str, tuple[int, int]] = {"figure1": (3, 2), "figure5": (2, 2), "figure6": (4, 2)}
"""Images of each set: rows, and groups side by side."""
_CAPTIONS: Mapping[str, str] = {
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

    @property
    def title(self) -> str:
        """The set as the paper calls it."""
        return TITLES[self.name]


def write_attention(
    name: str, plan: Plan, failures: Failures, asked: Asked, command: str
) -> list[str]:
    """Draw where the networks of Table 1 look; write pictures, Markdown, page and JSON.

    Returns:
        What there is to say, a line each.
    """
    found = []
    for tested in plan.experiment.sets:
        reason = _reason(plan, failures, tested)
        looks = None if reason else _look(name, plan, tested)
        sheets = {} if looks is None else {s.way: s.picture for s in looks.sheets}
        files: dict[str, str] = {}
        for way, picture in sheets.items():
            if picture is not None:
                files[way] = f"{name}-{tested}-{way}.png"
                write_atomically(asked.out / files[way], encode_png(picture))
        found.append(SetLooks(tested, looks, reason, files))
    stem = asked.out / name
    write_atomically(stem.with_suffix(".md"), looks_markdown(name, found, drawn=asked.drawn))
    write_atomically(stem.with_suffix(".json"), looks_document(name, found, drawn=asked.drawn))
    page = looks_page(name, found, command, drawn=asked.drawn)
    write_atomically(stem.with_suffix(".html"), page)
    said = [f"{name}, {s.title}: {s.reason or (s.looks.summary if s.looks else '')}" for s in found]
    return [*said, f"{name}.md, .html, .json and pictures: {asked.out}"]


def looks_markdown(name: str, found: Sequence[SetLooks], *, drawn: bool) -> str:
    """The figure as Markdown; its pictures lie beside it."""
    parts = [f"# {_title(name)}", *([_DRAWN] if drawn else [])]
    for each in found:
        parts.append(f"## {each.title}")
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
    sets = {
        each.name: {"missing": each.reason}
        if each.looks is None
        else {
            "missing": None,
            "pictures": each.looks.counts,
            "rule": each.looks.rule,
            "files": each.files,
        }
        for each in found
    }
    return as_json({"experiment": name, "drawn": drawn, "sets": sets})


def looks_page(name: str, found: Sequence[SetLooks], command: str, *, drawn: bool) -> str:
    """The figure as a self-contained page."""
    return render(
        "attention_figure",
        verb="reproduce",
        title=_title(name),
        lead=_DRAWN if drawn else "",
        sets=found,
        command=command,
    )


def _title(name: str) -> str:
    """Such as "Figure 5: attention of baseline and CAL on three sets"."""
    return f"Figure {name.removeprefix('figure')}: {_CAPTIONS[name]}"


def _reason(plan: Plan, failures: Failures, tested: str) -> str:
    """Why there is nothing to show; empty where there is."""
    places = [(method, tested) for method in _METHODS.values()]
    for place in places:
        if place in plan.reasons:
            return plan.reasons[place]
    for run in (plan.runs[place][0] for place in places):
        if run.result is None:
            return f"failed: {failures[run.key]}" if run.key in failures else NOT_RUN
    return ""


def _look(name: str, plan: Plan, tested: str) -> Looks:
    runs = {short: plan.runs[method, tested][0] for short, method in _METHODS.items()}
    results = {short: run.result for short, run in runs.items()}
    folders = {short: result.parent for short, result in results.items() if result is not None}
    data = build_data(compose(runs["baseline"].names, runs["baseline"].keys))
    assert isinstance(data, ImageData)
    rows, columns = _ROWS[name]
    tables = {short: folder / "images-test.csv" for short, folder in folders.items()}
    return attention_sheets(
        {short: load_bundle(folder / "bundle") for short, folder in folders.items()},
        data,
        "test",
        answers=recorded_answers(tables, data, "test"),
        rows=rows,
        columns=columns,
        heading=TITLES[tested],
    )
