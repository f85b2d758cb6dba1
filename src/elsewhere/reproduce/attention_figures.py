"""Figures 1, 5 and 6: where a baseline and CAL look, as pictures, Markdown, page and JSON.

Their images are chosen by a stated rule, never by hand.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from elsewhere.bundle import load_bundle
from elsewhere.data.image_data import ImageData
from elsewhere.data.images.dataset import Sample
from elsewhere.data.images.transforms import denormalise
from elsewhere.data.records import RecordTable
from elsewhere.errors import DataError, plain
from elsewhere.files.writing import write_atomically
from elsewhere.models import AttentionNetwork
from elsewhere.recipes.composition import compose
from elsewhere.reports.documents import as_json
from elsewhere.reports.pages import encode_png, render
from elsewhere.reports.spreadsheet import said_in
from elsewhere.reproduce.collected import NOT_RUN
from elsewhere.reproduce.planning import Asked, Plan
from elsewhere.reproduce.running import Failures
from elsewhere.reproduce.sets import TITLES, readable_names
from elsewhere.runs.building import build_data
from elsewhere.visualization.comparison import Look, comparison_panel
from elsewhere.visualization.sheet import grid, titled
from elsewhere.visualization.tiles import Sheet

Networks = Mapping[str, AttentionNetwork]
"""Two by name, the baseline first; in eval mode."""
Way = Literal["gained", "lost", "neither", "both"]
"""How two networks can answer one image: only the second is right, only the first, none, both."""

_METHODS = {"baseline": "Baseline", "CAL": "Baseline + CAL"}
_WAYS: Mapping[tuple[bool, bool], Way] = {
    (False, True): "gained",
    (True, False): "lost",
    (False, False): "neither",
    (True, True): "both",
}
"""By whether the baseline is right, and whether CAL is."""
_SHOWN: Mapping[Way, str] = {
    "gained": "CAL right, baseline wrong",
    "lost": "Baseline right, CAL wrong",
}
_LAYOUTS: Mapping[str, tuple[int, int]] = {"figure1": (3, 2), "figure5": (2, 2), "figure6": (4, 2)}
"""Images of each sheet: rows, and groups side by side."""
_TITLES: Mapping[str, str] = {
    "figure1": "Figure 1: attention on CUB, without and with CAL",
    "figure5": "Figure 5: attention of baseline and CAL on three sets",
    "figure6": "Figure 6: more of the same",
}
_CAPTION = (
    "From left to right: the picture and its true class; where baseline and where CAL looked, "
    "and what each answered to the whole picture, without crops. Attention is averaged over heads; "
    "each map is scaled by itself, so colours compare places within one map, not two maps."
)
_DRAWN = "Drawn sets, small networks, few epochs: this shows that the figure is made, no more."


class Answers(NamedTuple):
    """What networks answered to the images of a split, as class indices in its table's order.

    Attributes:
        labels: the right answers.
        by_network: each network's.
    """

    labels: Sequence[int]
    by_network: Mapping[str, Sequence[int]]


class WaySheet(NamedTuple):
    """Images drawn from one of the ways in which two networks can answer.

    Attributes:
        way: which.
        title: the same in words.
        sentence: how many are shown of how many.
        picture: where the networks look on them; None where there are none.
    """

    way: Way
    title: str
    sentence: str
    picture: Sheet | None


class SetLooks(NamedTuple):
    """One set's part of a figure.

    Attributes:
        name: of the set.
        reason: why there is nothing to show; empty where there is, and all else is there.
        counts: images of the test by way, all four.
        summary: the counts in words.
        rule: how the images were chosen.
        sheets: one of what CAL gained, one of what it lost.
    """

    name: str
    reason: str = ""
    counts: Mapping[Way, int] = {}
    summary: str = ""
    rule: str = ""
    sheets: Sequence[WaySheet] = ()

    @property
    def title(self) -> str:
        """The set as the paper calls it."""
        return TITLES[self.name]

    def files(self, figure: str) -> dict[Way, str]:
        """Where the pictures of a figure's sheets lie."""
        shown = (sheet.way for sheet in self.sheets if sheet.picture is not None)
        return {way: f"{figure}-{self.name}-{way}.png" for way in shown}


def write_attention(
    name: str, plan: Plan, failures: Failures, asked: Asked, command: str
) -> list[str]:
    """Draw where the networks of Table 1 look; write pictures, Markdown, page and JSON.

    Returns:
        What there is to say, a line each.

    Raises:
        DataError: what the networks answered cannot be read, or is of other images.
    """
    found = []
    for tested in plan.experiment.sets:
        reason = _reason(plan, failures, tested)
        looks = SetLooks(tested, reason) if reason else _look(name, plan, tested)
        files = looks.files(name)
        for sheet in looks.sheets:
            if sheet.picture is not None:
                write_atomically(asked.out / files[sheet.way], encode_png(sheet.picture))
        found.append(looks)
    stem, title, lead = asked.out / name, _TITLES[name], _DRAWN if asked.drawn else ""
    document = {"experiment": name, "drawn": asked.drawn, "sets": _document(name, found)}
    page = render(
        "attention_figure",
        verb="reproduce",
        title=title,
        lead=lead,
        sets=found,
        caption=_CAPTION,
        command=command,
    )
    write_atomically(stem.with_suffix(".md"), _markdown(name, found, lead))
    write_atomically(stem.with_suffix(".json"), as_json(document))
    write_atomically(stem.with_suffix(".html"), page)
    said = [f"{name}, {each.title}: {each.reason or each.summary}" for each in found]
    return [*said, f"{name}.md, .html, .json and pictures: {asked.out}"]


def recorded_answers(files: Mapping[str, Path], table: RecordTable) -> Answers:
    """Read what networks answered to the whole images when they were tested.

    A test has asked about every image already, and on a large set that takes long.

    Args:
        files: the per-image table of each network's test, `images-SPLIT.csv`.
        table: the images of that split, in the same order.

    Raises:
        DataError: a file cannot be read, or is of other images or classes.
    """
    wanted = [plain(record.path) for record in table.records]
    place = {plain(name): index for index, name in enumerate(table.class_names)}
    by_network = {}
    for name, file in files.items():
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                rows = [
                    (said_in(row["path"]), place[said_in(row["predicted (raw)"])])
                    for row in csv.DictReader(opened, restval="")
                ]
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise DataError(f"{file}: cannot be read ({error}); test the run again") from error
        if [path for path, _ in rows] != wanted:
            raise DataError(f"{file}: is of other pictures than {table.root}; test the run again")
        by_network[name] = [answer for _, answer in rows]
    return Answers(table.labels, by_network)


def draw_looks(
    figure: str, name: str, networks: Networks, data: ImageData, answers: Answers
) -> SetLooks:
    """Draw where a baseline and CAL look on images of a set's test, chosen by a stated rule.

    The paper shows images on which the baseline is wrong and CAL right, and does not say how they
    were chosen. Here they are drawn at random from all of that way, and a sheet of the opposite
    way, drawn likewise, stands beside it.

    Args:
        figure: which; it decides how many images there are to a sheet.
        name: of the set.
        networks: both, in eval mode.
        data: the images, as the networks were tested on them.
        answers: what they answered then.
    """
    (rows, columns), draw = _LAYOUTS[figure], random.Random(0)
    samples, names = data.dataset("test"), readable_names(data.class_names)
    ways = _ways(answers)
    sheets = []
    for way, title in _SHOWN.items():
        found = [row for row, each in enumerate(ways) if each == way]
        sentence = _sentence(len(found), rows * columns)
        panels = []
        for row in sorted(draw.sample(found, min(rows * columns, len(found)))):
            given = {network: each[row] for network, each in answers.by_network.items()}
            panels.append(_panel(networks, samples[row], given, names, data))
        drawn = None
        if panels:
            drawn = titled(grid(panels, columns), f"{TITLES[name]} · {title}", sentence)
        sheets.append(WaySheet(way, title, sentence, drawn))
    counts = {way: ways.count(way) for way in _WAYS.values()}
    rule = (
        f"Of {len(ways):,} pictures, up to {rows * columns} were drawn at random (seed 0) from "
        f"each of these ways in which the two models can answer: {'; '.join(_SHOWN.values())}. "
        "None was picked by hand."
    )
    return SetLooks(name, "", counts, _summary(counts), rule, sheets)


def _markdown(name: str, found: Sequence[SetLooks], lead: str) -> str:
    """The figure as Markdown; its pictures lie beside it."""
    parts = [f"# {_TITLES[name]}", *([lead] if lead else [])]
    for each in found:
        parts.append(f"## {each.title}")
        if each.reason:
            parts.append(f"Not run: {each.reason}")
            continue
        parts += [each.summary, each.rule]
        files = each.files(name)
        for sheet in each.sheets:
            parts += [f"### {sheet.title}", sheet.sentence]
            if sheet.way in files:
                parts.append(f"![{sheet.title}]({files[sheet.way]})")
        parts.append(_CAPTION)
    return "\n\n".join(parts) + "\n"


def _document(name: str, found: Sequence[SetLooks]) -> dict[str, object]:
    """How often the two networks answered in which way, and the pictures, by set."""
    return {
        each.name: {"missing": each.reason}
        if each.reason
        else {
            "missing": None,
            "pictures": each.counts,
            "rule": each.rule,
            "files": each.files(name),
        }
        for each in found
    }


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


def _look(figure: str, plan: Plan, tested: str) -> SetLooks:
    runs = {short: plan.runs[method, tested][0] for short, method in _METHODS.items()}
    results = {short: run.result for short, run in runs.items()}
    folders = {short: result.parent for short, result in results.items() if result is not None}
    data = build_data(compose(runs["baseline"].names, runs["baseline"].keys))
    assert isinstance(data, ImageData)
    networks = {short: load_bundle(folder / "bundle") for short, folder in folders.items()}
    files = {short: folder / "images-test.csv" for short, folder in folders.items()}
    answers = recorded_answers(files, data.table.split("test"))
    return draw_looks(figure, tested, networks, data, answers)


def _ways(answers: Answers) -> list[Way]:
    """In which way each image was answered."""
    first, second = answers.by_network.values()
    each = zip(answers.labels, first, second, strict=True)
    return [_WAYS[one == label, other == label] for label, one, other in each]


@torch.no_grad()
def _panel(
    networks: Networks,
    sample: Sample,
    answers: Mapping[str, int],
    names: Sequence[str],
    data: ImageData,
) -> Sheet:
    """Look again at one image, whose answers are known already."""
    looks = []
    for name, network in networks.items():
        output, answer = network(sample.image[None]), answers[name]
        looks.append(
            Look(
                name,
                output.attention[0].float().numpy(),
                evidence=None,
                predicted=names[answer],
                confidence=float(output.logits.softmax(1)[0, answer]),
                correct=answer == sample.label,
            )
        )
    picture = denormalise(sample.image, data.preprocessing).numpy()
    return comparison_panel(picture, looks, true_class=names[sample.label], tile=138)


def _sentence(total: int, wanted: int) -> str:
    if not total:
        return "No picture of split test is of this way, so there is nothing to show."
    if total > wanted:
        return f"{wanted} of {total:,} such pictures, drawn at random (seed 0)."
    if total == wanted:
        return f"All {total} such pictures of split test."
    there = f"there are only {total}" if total > 1 else "there is only one"
    return f"All such pictures of split test: {there}, fewer than the {wanted} asked for."


def _summary(counts: Mapping[Way, int]) -> str:
    """How many images there are of each way, in words."""
    return (
        f"Of the {sum(counts.values()):,} pictures of split test, CAL alone is right on "
        f"{counts['gained']:,}, baseline alone on {counts['lost']:,}; both are right on "
        f"{counts['both']:,} and both wrong on {counts['neither']:,}."
    )
