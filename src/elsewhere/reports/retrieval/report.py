"""One self-contained page of a re-identification run, for readers who do not work in the field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from elsewhere.reports.grounds import OwnThreshold, selection_remark, untrained_remark
from elsewhere.reports.pages import Chart, PictureRow, render_run
from elsewhere.reports.result import RetrievalResult, SetResult
from elsewhere.reports.retrieval.tables import (
    interval,
    score_tables,
    scores_of,
    verification_tables,
)
from elsewhere.reports.tables import Table
from elsewhere.reports.wording import UNKNOWN, percent
from elsewhere.visualization.charts import line_chart, roc_chart

_VECTORS = {
    "pooled": "the attended features, joined",
    "embedding": "the embedding before the neck",
    "neck": "the embedding behind the neck",
    "logits": "the classifier's logits",
}
_FEW = 50
"""A test of fewer individuals is called small."""


class SetPictures(NamedTuple):
    """What a page shows of one set.

    Attributes:
        rule: how the queries were chosen, in one or two sentences.
        strips: queries and what was found for them.
        matches: two images side by side, with the evidence for the match.
    """

    rule: str
    strips: Sequence[PictureRow]
    matches: Sequence[PictureRow]


def retrieval_report(
    result: RetrievalResult, *, pictures: Mapping[str, SetPictures] | None = None
) -> str:
    """The page of a run, as a whole HTML document, with pictures of each set that is shown."""
    sets = result["sets"]
    protocols = {
        protocol: {name: each for name, each in sets.items() if each["protocol"] == protocol}
        for protocol in score_tables(result)
    }
    return render_run(
        "retrieval",
        result,
        finding=_findings(result),
        vectors=_meanings(sets.values()),
        scores=[
            {
                "table": table,
                "protocol": protocol_sentence(protocol),
                "charts": [_ranks(name, m, result) for name, m in protocols[protocol].items()],
            }
            for protocol, table in score_tables(result).items()
        ],
        known_or_new=[known_or_new(name, each, result) for name, each in sets.items()],
        judged=[
            {"table": table, "chart": _roc(protocols[protocol])}
            for protocol, table in verification_tables(result).items()
        ],
        pictures=pictures or {},
        hardest={name: _worst_table(each) for name, each in sets.items() if each["worst"]},
        remarks=remarks_on(result),
    )


def _meanings(sets: Iterable[SetResult]) -> str:
    """What the vectors that were scored are."""
    scored = {str(vector) for measured in sets for vector in measured["vectors"]}
    meanings = "; ".join(f"{v}: {words}" for v, words in _VECTORS.items() if v in scored)
    return f"Vectors that pictures are compared by. {meanings}."


def _worst_table(measured: SetResult) -> Table:
    rows = [
        (
            f"{query['path']}\n{query['identity']}",
            percent(query["average_precision"]),
            f"{query['first_match']:,}",
        )
        for query in measured["worst"]
    ]
    return Table(("query", "average precision, %", "rank of the first right picture"), rows)


def _findings(result: RetrievalResult) -> dict[str, object]:
    """What the figures say, in one sentence a set."""
    sentences = [_finding(name, each, result) for name, each in result["sets"].items()]
    return {"heading": "On the test pictures:", "sentences": sentences}


def _finding(name: str, measured: SetResult, result: RetrievalResult) -> str:
    score = measured["vectors"][result["retrieval_vector"]]
    first, mean = score["cmc"].get("1"), score["mAP"]
    if first is None or mean is None:
        return f"{name}: no query has a match in the gallery, so nothing was measured."
    around = interval(score["rank1_interval"])
    reach = "" if around == UNKNOWN else f" (95 % interval {around})"
    return (
        f"{name}: the nearest picture shows the right individual for {percent(first)} % of the "
        f"queries{reach}; mAP {percent(mean)} %."
    )


def _ranks(name: str, measured: SetResult, result: RetrievalResult) -> Chart:
    lines = {
        vector: [(float(k), share) for k, share in enumerate(score["cmc_curve"], start=1)]
        for vector, score in scores_of(measured, result).items()
    }
    svg = line_chart(lines, x_label="pictures looked at (k)", y_label=f"{name}: Rank-k")
    return Chart(svg, "Share of the queries with a right picture among the k nearest.")


def _roc(sets: Mapping[str, SetResult]) -> Chart:
    """The curves of all sets under one protocol."""
    judged = {name: each["verification"] for name, each in sets.items() if each["verification"]}
    svg = roc_chart(
        {name: [(x, y) for x, y in each["curve"]] for name, each in judged.items() if each},
        x_label="different individuals wrongly called the same",
        y_label="same individuals called the same",
        marked={
            f"own threshold, {name}": (own["false_positive_rate"], own["true_positive_rate"])
            for name, each in judged.items()
            if each is not None and (own := each["calibrated"]) is not None
        },
    )
    words = "One point a threshold; dashed: guessing. The axis below goes by orders of ten."
    return Chart(svg, words)


def protocol_sentence(protocol: str) -> str:
    """A protocol's name and what it does, in one or two sentences."""
    if protocol.startswith("query-gallery"):
        words = "The data set's queries each look for their individual among its gallery."
    elif protocol.startswith("each-against-rest"):
        words = "Every test picture looks for its individual among all others."
    elif "as query" in protocol:
        words = (
            "A few pictures of each individual, drawn at random, look for it among the rest: much "
            "easier than the usual way round, and not comparable with it."
        )
    elif "in the gallery" in protocol:
        words = (
            "A few pictures of each individual, drawn at random, make the gallery; the others look "
            "for theirs in it. Figures are means over the draws."
        )
    else:
        words = ""
    reasons = {
        "other cameras": "pictures of the same individual by the query's own camera",
        "as junk": "pictures that share the named attribute",
        "without": "pictures taken near the query's",
    }
    left_out = "; ".join(words for name, words in reasons.items() if name in protocol)
    if left_out:
        words += f" Not counted, neither as right nor as wrong: {left_out}."
    return f"Protocol: {protocol}. {words}".strip()


def known_or_new(name: str, measured: SetResult, result: RetrievalResult) -> str:
    """What the network's own threshold does on a set, in a sentence."""
    judged = measured["verification"]
    if judged is None:
        return f"{name}: pairs of one kind only, so nothing to judge by."
    own = judged["calibrated"]
    if own is None:
        return f"{name}: {_unjudged(name, result.get('own_threshold'))}"
    return (
        f"{name}: from a similarity of {own['threshold']:.3f} on, it calls "
        f"{percent(own['true_positive_rate'])} % of the pairs of one individual the same, "
        f"and {percent(own['false_positive_rate'], 2)} % of the pairs of two."
    )


def _unjudged(name: str, by: OwnThreshold | None) -> str:
    """Why a set does not say what the network's own threshold does there."""
    if by is None:
        return "no threshold, for no validation individuals were held out of training."
    whom = f"{by['different']:,} pairs of {by['individuals']:,} individuals held out of training"
    if by["threshold"] is None or by["false_positive_rate"] is None:
        return f"no threshold, for {whom} are too few to set one by."
    around = interval([*by["interval"]]) if by["interval"] else UNKNOWN
    return (
        f"the threshold of {by['threshold']:.3f} was set by {whom}, with those of {name} among "
        f"them: {percent(by['false_positive_rate'])} % false alarms, 95 % interval {around}."
    )


def remarks_on(result: RetrievalResult) -> list[str]:
    """What a careful reader wants to know before believing the numbers."""
    lines = [
        "One seed shows no spread over trainings: the intervals are of the test alone.",
        selection_remark(result["selected_on"], "validation individuals, none of them tested"),
    ]
    protocols = {each["protocol"] for each in result["sets"].values()}
    if any("other cameras" not in protocol for protocol in protocols):
        lines.append(
            "Backgrounds may be shared between pictures of one sighting: where no camera or time "
            "keeps them apart, a match may rest on the place instead of the individual."
        )
    lines += [
        f"{name} has {each['identities']} individuals only; others may be easier or harder."
        for name, each in result["sets"].items()
        if each["identities"] < _FEW
    ]
    lines.append(
        "Pairs of pictures are not independent: an individual is in many of them, so the rates of "
        "known or new vary more than their number suggests."
    )
    lines += untrained_remark(result.get("untrained"))
    if len(protocols) > 1:
        lines.append("Figures of different protocols answer different questions: do not compare.")
    return lines
