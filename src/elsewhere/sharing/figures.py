"""What a run's result says of its model, in the words of a model card."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from elsewhere.reports.classification.report import remarks_on as remarks_on_classes
from elsewhere.reports.documents import figure_at, task_of
from elsewhere.reports.result import RetrievalResult, RunResult
from elsewhere.reports.retrieval.report import known_or_new, protocol_sentence
from elsewhere.reports.retrieval.report import remarks_on as remarks_on_individuals
from elsewhere.reports.retrieval.tables import score_tables
from elsewhere.reports.statistics import share_interval
from elsewhere.reports.tables import Table, markdown_table
from elsewhere.reports.wording import UNKNOWN, percent

_SHOWN = ("raw", "together")


class Figure(NamedTuple):
    """A figure, 0..1, for those who compare models by machine, as measured on a split.

    `metric` is the hub's word for what was measured, `name` ours.
    """

    split: str
    metric: str
    name: str
    value: float


class Measured(NamedTuple):
    """What a card says of a result: figures for machines, tables for people, as Markdown.

    `protocol` is how it was measured, a sentence each; `remarks` are what a careful reader wants to
    know before believing the numbers.
    """

    figures: list[Figure]
    tables: str
    protocol: list[str]
    remarks: list[str]


def measured(result: dict[str, Any]) -> Measured:
    """All that is said of a result of either task."""
    if task_of(result) == "reidentification":
        return _individuals(cast(RetrievalResult, result))
    return _classes(cast(RunResult, result))


def _classes(result: RunResult) -> Measured:
    views = result["protocol"]["views"]
    protocol = ["raw: the picture as it is, resized and cropped in the middle."]
    if len(views) > 1:
        crops = sum(view.startswith("crop") for view in views)
        protocol.append(
            f"together: the mean of the logits of {len(views)} views: the picture, {crops} crops "
            "of what its attention points to, and the mirror images of all."
        )
    figures = [
        Figure(name, "accuracy", f"top-1, {view}", shares["top1"])
        for name, split in result["splits"].items()
        for view, shares in split["accuracy"].items()
        if view in _SHOWN
    ]
    remarks = remarks_on_classes(result)
    return Measured(figures, markdown_table(_accuracy(result)), protocol, remarks)


def _accuracy(result: RunResult) -> Table:
    rows = []
    for name, split in result["splits"].items():
        for view, shares in split["accuracy"].items():
            if view in _SHOWN:
                cells = _top1(shares["top1"], split["images"]), percent(shares["top5"])
                rows.append((name, view, f"{split['images']:,}", *cells))
        for words, key in (("untrained backbone", "untrained"), ("chance", "chance")):
            share = figure_at(split, "against", key)
            if share is not None:
                rows.append((name, words, f"{split['images']:,}", percent(share), UNKNOWN))
    note = (
        "Brackets: 95 % interval (Clopper and Pearson), as if each picture were independent of the "
        "others; where several show one scene it is wider."
    )
    header = ("split", "view", "images", "top-1 %", "top-5 %")
    return Table(header, rows, note=note, words=2)


def _top1(share: float, images: int) -> str:
    low, high = share_interval(round(share * images), images)
    return f"{percent(share)} [{percent(low)}, {percent(high)}]"


def _individuals(result: RetrievalResult) -> Measured:
    sets, own = result["sets"], result["retrieval_vector"]
    judged = [known_or_new(name, each, result) for name, each in sets.items()]
    protocols = dict.fromkeys(each["protocol"] for each in sets.values())
    tables = map(markdown_table, score_tables(result).values())
    return Measured(
        list(_ranking_figures(result)),
        "\n".join([*tables, *(f"- {line}" for line in judged)]) + "\n",
        [f"Compared by {own}, {result['metric']}.", *map(protocol_sentence, protocols)],
        remarks_on_individuals(result),
    )


def _ranking_figures(result: RetrievalResult) -> Iterator[Figure]:
    for name, each in result["sets"].items():
        score = each["vectors"][result["retrieval_vector"]]
        found = {"mAP": score["mAP"], "Rank-1": score["cmc"].get("1")}
        for words, value in found.items():
            if value is not None:
                metric = {"mAP": "mean_average_precision", "Rank-1": "rank_1"}[words]
                yield Figure(name, metric, words, value)
