"""The tables of re-identification, and how they show in the terminal and as Markdown.

Figures of different protocols are never in one table.
"""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from elsewhere.reports.documents import figure_at
from elsewhere.reports.result import (
    RetrievalResult,
    SetResult,
    VectorScore,
    Verification,
    run_title,
)
from elsewhere.reports.tables import Table, rich_table
from elsewhere.reports.wording import UNKNOWN, number, percent


def retrieval_summary(result: RetrievalResult) -> RenderableType:
    """One run: a table a protocol, with every vector that was scored; then known or new."""
    tables = [*score_tables(result).values(), *verification_tables(result).values()]
    return Group(Text(run_title(result), style="bold"), *map(rich_table, tables))


def score_tables(result: RetrievalResult) -> dict[str, Table]:
    """A table for each protocol: every set and vector; the run's own vector stands out."""
    protocols = dict.fromkeys(measured["protocol"] for measured in result["sets"].values())
    return {protocol: _score_table(result, protocol) for protocol in protocols}


def verification_tables(result: RetrievalResult) -> dict[str, Table]:
    """Known or new: a table for each protocol, with a column for each set that was judged."""
    judged: dict[str, dict[str, Verification]] = {}
    for name, measured in result["sets"].items():
        if measured["verification"] is not None:
            judged.setdefault(measured["protocol"], {})[name] = measured["verification"]
    return {
        protocol: _verification_table(result, protocol, sets) for protocol, sets in judged.items()
    }


def interval(ends: list[float | None]) -> str:
    """Both ends in percent: "[61.2, 68.0]", "–" where there is no interval."""
    return UNKNOWN if None in ends else f"[{', '.join(percent(end) for end in ends)}]"


def _how(result: RetrievalResult, metric: str | None = None) -> str:
    """Metric and mirror: "cosine · with mirror"; the run's own metric unless another is named."""
    return f"{metric or result['metric']} · {'with' if result['mirror'] else 'without'} mirror"


def _score_table(result: RetrievalResult, protocol: str) -> Table:
    sets = {n: m for n, m in result["sets"].items() if m["protocol"] == protocol}
    ranks = {rank for m in sets.values() for s in m["vectors"].values() for rank in s["cmc"]}
    further = [rank for rank in sorted(ranks, key=int) if rank != "1"]
    rows: list[tuple[str, ...]] = []
    bold = set()
    for name, measured in sets.items():
        bold.add(len(rows))
        first = name
        for vector, score in scores_of(measured, result).items():
            figures = (_score(score, "mAP"), percent(score["mINP"]), _score(score, "rank1"))
            rest = (percent(score["cmc"].get(rank)) for rank in further)
            rows.append((first, vector, *figures, *rest))
            first = ""
        rows += _against_rows(measured, len(further))
    header = ("set", "vector", "mAP", "mINP", "Rank-1", *(f"Rank-{rank}" for rank in further))
    notes = [_counts(name, measured) for name, measured in sets.items()]
    if any(measured["draws"] > 1 for measured in sets.values()):
        notes.append("Mean ± standard deviation over draws.")
    notes.append("All in percent; brackets: 95 % interval, individuals drawn anew.")
    title = f"{protocol} · {_how(result)}"
    return Table(header, rows, title, " ".join(notes), words=2, bold=frozenset(bold))


def _against_rows(measured: SetResult, further: int) -> list[tuple[str, ...]]:
    """The untrained backbone and chance, where they were measured."""
    against = measured.get("against")
    names = {"untrained backbone": "untrained", "chance": "chance"}
    unknown = (UNKNOWN,) * further
    return [
        ("", words, percent(found["mAP"]), UNKNOWN, percent(found["rank1"]), *unknown)
        for words, key in names.items()
        if (found := figure_at(against, key)) is not None
    ]


def scores_of(measured: SetResult, result: RetrievalResult) -> dict[str, VectorScore]:
    """Scores of a set by vector, the run's own first, the re-ranked ones last."""
    own = result["retrieval_vector"]
    scores: dict[str, VectorScore] = {own: measured["vectors"][own]}
    scores |= {str(vector): score for vector, score in measured["vectors"].items()}
    return scores | ({"re-ranked": measured["reranked"]} if measured["reranked"] else {})


def _score(score: VectorScore, what: str) -> str:
    """The figure "mAP" or "rank1" in percent with its interval: "64.9", below it "[61.2, 68.0]"."""
    value = score["mAP"] if what == "mAP" else score["cmc"].get("1")
    ends = score["mAP_interval"] if what == "mAP" else score["rank1_interval"]
    spread = score["spread"]
    text = percent(value)
    if spread is not None:
        text += f" ± {percent(spread['mAP'] if what == 'mAP' else spread['rank1'])}"
    return text if interval(ends) == UNKNOWN else f"{text}\n{interval(ends)}"


def _counts(name: str, measured: SetResult) -> str:
    text = (
        f"{name}: {measured['queries']:,} queries of {measured['identities']:,} individuals, "
        f"gallery of {measured['gallery']:,}"
    )
    if measured["draws"] > 1:
        text += f", {measured['draws']} draws"
    missing = measured["without_match"]
    text += f"; {missing:,} queries have no match and are left out." if missing else "."
    copies = measured.get("copies")
    if not copies or not copies["pairs"]:
        return text
    same = " = ".join(copies["first"][0])
    return f"{text} Left out: {copies['pairs']:,} gallery images that copy the query, as {same}."


def _verification_table(
    result: RetrievalResult, protocol: str, judged: Mapping[str, Verification]
) -> Table:
    columns = [_verification_cells(each) for each in judged.values()]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    note = (
        "Found: pairs of the same individual called the same. False: pairs of different "
        f"individuals called the same. {UNKNOWN} at a rate: too few pairs to measure it. Of "
        "individuals that some query asks for."
    )
    if any(each["calibrated"] for each in judged.values()):
        note += " The own threshold was set on validation individuals."
    compared = f"{result['retrieval_vector']} · {_how(result, metric='cosine')}"
    title = f"Known or new? · {protocol} · {compared}"
    return Table(("pairs of pictures", *judged), rows, title, note)


def _verification_cells(judged: Verification) -> dict[str, str]:
    cells = {
        "of the same individual": f"{judged['same']:,}",
        "of different individuals": f"{judged['different']:,}",
        "area under the ROC": number(judged["area"]),
        "equal error rate, %": percent(judged["equal_error_rate"]),
    }
    for rate, point in judged["rates"].items():
        found = UNKNOWN if point is None else percent(point["true_positive_rate"])
        cells[f"found at {100 * float(rate):g} % false, %"] = found
    own = judged["calibrated"]
    cells["own threshold"] = number(own and own["threshold"], 4)
    cells["found at it, %"] = percent(own and own["true_positive_rate"])
    cells["false at it, %"] = percent(own and own["false_positive_rate"], 2)
    return cells
