"""The tables of a re-identification result as plain texts, for terminal, Markdown and page alike.

Figures of different protocols are never in one table.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from elsewhere.reports.result import RunResult
from elsewhere.reports.retrieval.result import (
    RetrievalResult,
    SetResult,
    VectorScore,
    Verification,
)
from elsewhere.reports.retrieval.wording import how, score_text
from elsewhere.reports.statistics import difference_of, spread_of
from elsewhere.reports.wording import (
    UNKNOWN,
    interval_text,
    number,
    percent,
    points,
    spread_text,
)
from elsewhere.structures import RetrievalVector

Ask = Callable[[SetResult, RetrievalVector], float | None]

_MEASURES: dict[str, Ask] = {
    "mAP %": lambda measured, vector: measured["vectors"][vector]["mAP"],
    "mINP %": lambda measured, vector: measured["vectors"][vector]["mINP"],
    "Rank-1 %": lambda measured, vector: measured["vectors"][vector]["cmc"].get("1"),
}


class TextTable(NamedTuple):
    """A table of plain texts.

    Attributes:
        title: what its figures have in common, the protocol above all.
        header: of the columns.
        rows: as many texts each; what stands on a cell's second line is quieter.
        bold: rows that stand out.
        note: below it.
        words: so many of the first columns hold words, all others figures.
    """

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    bold: frozenset[int] = frozenset()
    note: str = ""
    words: int = 1


def score_tables(result: RetrievalResult) -> dict[str, TextTable]:
    """A table for each protocol: every set and vector; the run's own vector stands out."""
    protocols = dict.fromkeys(measured["protocol"] for measured in result["sets"].values())
    return {protocol: _score_table(result, protocol) for protocol in protocols}


def verification_tables(result: RetrievalResult) -> dict[str, TextTable]:
    """Known or new: a table for each protocol, with a column for each set that was judged."""
    judged: dict[str, dict[str, Verification]] = {}
    for name, measured in result["sets"].items():
        if measured["verification"] is not None:
            judged.setdefault(measured["protocol"], {})[name] = measured["verification"]
    return {
        protocol: _verification_table(result, protocol, sets) for protocol, sets in judged.items()
    }


def _verification_table(
    result: RetrievalResult, protocol: str, judged: Mapping[str, Verification]
) -> TextTable:
    columns = [_verification_cells(each) for each in judged.values()]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    note = (
        "Found: pairs of the same individual called the same. False: pairs of different "
        f"individuals called the same. {UNKNOWN} at a rate: too few pairs to measure it. Of "
        "individuals that some query asks for."
    )
    if any(each["calibrated"] for each in judged.values()):
        note += " The own threshold was set on validation individuals."
    compared = f"{result['retrieval_vector']} · {how(result, metric='cosine')}"
    title = f"Known or new? · {protocol} · {compared}"
    return TextTable(title, ("pairs of pictures", *judged), rows, note=note)


def comparison_tables(
    results: Sequence[RetrievalResult], *, baseline: str = "baseline"
) -> list[TextTable]:
    """Methods by measures over seeds: one table for each way of measuring that occurs.

    Runs share a table only where set, its sizes, protocol, vector, metric and mirror agree.

    Args:
        results: any number of runs of any number of methods.
        baseline: the method that the others are compared with, seed by seed.
    """
    groups: dict[str, dict[str, list[RetrievalResult]]] = {}
    names: dict[str, str] = {}
    for result in results:
        for name, measured in result["sets"].items():
            title = _comparison_title(name, measured, result)
            names[title] = name
            groups.setdefault(title, {}).setdefault(result["method"], []).append(result)
    return [
        _comparison_table(title, names[title], methods, baseline)
        for title, methods in groups.items()
    ]


def _score_table(result: RetrievalResult, protocol: str) -> TextTable:
    sets = {n: m for n, m in result["sets"].items() if m["protocol"] == protocol}
    ranks = {rank for m in sets.values() for s in m["vectors"].values() for rank in s["cmc"]}
    further = [rank for rank in sorted(ranks, key=int) if rank != "1"]
    rows: list[tuple[str, ...]] = []
    bold = set()
    for name, measured in sets.items():
        scores: dict[str, VectorScore] = _own_first(measured, result)
        if measured["reranked"] is not None:
            scores["re-ranked"] = measured["reranked"]
        for place, (vector, score) in enumerate(scores.items()):
            if vector == result["retrieval_vector"]:
                bold.add(len(rows))
            figures = (score_text(score, "mAP"), percent(score["mINP"]), score_text(score, "rank1"))
            rest = (percent(score["cmc"].get(rank)) for rank in further)
            rows.append((name if place == 0 else "", vector, *figures, *rest))
    header = ("set", "vector", "mAP", "mINP", "Rank-1", *(f"Rank-{rank}" for rank in further))
    notes = [_counts(name, measured) for name, measured in sets.items()]
    if any(measured["draws"] > 1 for measured in sets.values()):
        notes.append("Mean ± standard deviation over draws.")
    notes.append("All in percent; brackets: 95 % interval, individuals drawn anew.")
    title = f"{protocol} · {how(result)}"
    return TextTable(title, header, rows, frozenset(bold), " ".join(notes), words=2)


def _own_first(measured: SetResult, result: RetrievalResult) -> dict[str, VectorScore]:
    own = result["retrieval_vector"]
    others = {str(v): score for v, score in measured["vectors"].items() if v != own}
    return {own: measured["vectors"][own], **others}


def _counts(name: str, measured: SetResult) -> str:
    text = (
        f"{name}: {measured['queries']:,} queries of {measured['identities']:,} individuals, "
        f"gallery of {measured['gallery']:,}"
    )
    if measured["draws"] > 1:
        text += f", {measured['draws']} draws"
    missing = measured["without_match"]
    return text + (f"; {missing:,} queries have no match and are left out." if missing else ".")


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


def _comparison_title(name: str, measured: SetResult, result: RetrievalResult) -> str:
    return (
        f"{name} · {measured['protocol']} · {result['retrieval_vector']} · {how(result)} · "
        f"{measured['queries']:,} queries in {measured['gallery']:,}"
    )


def _comparison_table(
    title: str, name: str, methods: Mapping[str, Sequence[RetrievalResult]], baseline: str
) -> TextTable:
    compared = baseline in methods and len(methods) > 1
    rows = []
    for method, runs in methods.items():
        row = [method, str(len({run["seed"] for run in runs}))]
        for ask in _MEASURES.values():
            found = (ask(run["sets"][name], run["retrieval_vector"]) for run in runs)
            cell = spread_text(spread_of([value for value in found if value is not None]))
            if compared and method != baseline:
                cell += "\n" + _gap(runs, methods[baseline], name, ask)
            row.append(cell)
        rows.append(tuple(row))
    note = "Mean ± standard deviation over seeds."
    if compared:
        note += (
            f" Below: difference from {baseline}, paired by seed, in percentage points, and its "
            "95 % interval (Student's t)."
        )
    return TextTable(title, ("method", "seeds", *_MEASURES), rows, note=note)


def _gap(
    runs: Sequence[RetrievalResult],
    others: Sequence[RetrievalResult],
    name: str,
    ask: Ask,
) -> str:
    def measure(result: RunResult) -> float | None:
        run = cast(RetrievalResult, result)
        return ask(run["sets"][name], run["retrieval_vector"])

    # all that the difference asks of a run is its seed, which results of both tasks have
    ours, theirs = (cast("Sequence[RunResult]", each) for each in (runs, others))
    gap = difference_of(ours, theirs, measure)
    return f"{points(gap)}\n{interval_text(gap)}"
