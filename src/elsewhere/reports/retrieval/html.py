"""One self-contained page of a re-identification run, for readers who do not work in the field."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple, cast

from elsewhere.reports import page, sections
from elsewhere.reports.page import Cell, PictureRow
from elsewhere.reports.result import RunResult
from elsewhere.reports.retrieval.result import RetrievalResult, SetResult
from elsewhere.reports.retrieval.tables import TextTable, score_tables, verification_tables
from elsewhere.reports.retrieval.wording import (
    INTERVAL,
    MEASURES,
    READING_EVIDENCE,
    READING_STRIPS,
    VECTORS,
    finding,
    known_or_new,
    protocol_sentence,
    warnings,
)
from elsewhere.reports.wording import percent
from elsewhere.visualization.charts import line_chart, roc_chart

Curves = Mapping[str, Sequence[tuple[float, float]]]


class SetPictures(NamedTuple):
    """What a page shows of one set.

    Attributes:
        rule: how the queries were chosen, in one or two sentences.
        strips: queries and what was found for them.
        matches: two pictures side by side, with the evidence for the match.
    """

    rule: str
    strips: Sequence[PictureRow]
    matches: Sequence[PictureRow]


def retrieval_report(
    result: RetrievalResult,
    *,
    pictures: Mapping[str, SetPictures] | None = None,
    about: Sequence[str] = (),
    samples: Sequence[PictureRow] = (),
    curves: Curves | None = None,
    notes: Sequence[str] = (),
    commands: Sequence[str] = (),
) -> str:
    """The page of a run.

    Args:
        result: of the run.
        pictures: of each set that is shown.
        about: paragraphs on what was trained on what.
        samples: small pictures of the data.
        curves: a measure against epochs, as fractions, a line a name.
        notes: honest remarks beside those that the page makes itself.
        commands: lines that make these numbers again.

    Returns:
        The whole HTML document.
    """
    title = f"{result['recipe']} · {result['method']} · seed {result['seed']}"
    training = [*map(page.paragraph, about), _training(result), *map(page.thumbnails, samples)]
    if curves:
        training.append(page.chart(line_chart(curves, x_label="epochs", y_label="validation")))
    body = [
        sections.opening(title, _finding(result)),
        page.section("What was trained on what", *training),
        page.section("Does it find the same individual again?", *_finding_again(result)),
        _verification(result),
        *(_pictures(name, shown) for name, shown in (pictures or {}).items()),
        _worst(result),
        page.section("Before you believe it", page.bullets([*warnings(result), *notes])),
        # the versions are all that this part reads, and results of both tasks have them
        sections.again([cast(RunResult, result)], commands),
    ]
    return page.page(f"elsewhere: {title}", "".join(body))


def _finding(result: RetrievalResult) -> str:
    sentences = [finding(name, each, result) for name, each in result["sets"].items()]
    heading = page.paragraph("On the test pictures:", "note")
    return f'<div class="finding">{heading}{page.bullets(sentences)}</div>'


def _training(result: RetrievalResult) -> str:
    training = result["training"]
    header = ("method", "training pictures", "individuals", "epochs", "steps", "time")
    row = (
        result["method"],
        f"{training['images']:,}",
        f"{result['identities']:,}",
        f"{training['epochs']:,}",
        f"{training['steps']:,}",
        f"{training['seconds']:,.0f} s",
    )
    return page.table(header, [row])


def _finding_again(result: RetrievalResult) -> list[str]:
    scored = {vector for measured in result["sets"].values() for vector in measured["vectors"]}
    meanings = "; ".join(f"{v}: {words}" for v, words in VECTORS.items() if v in scored)
    explained = [*MEASURES, INTERVAL, f"Vectors that pictures are compared by. {meanings}."]
    parts = [page.bullets(explained)]
    for protocol, table in score_tables(result).items():
        parts += [_heading(table.title), page.paragraph(protocol_sentence(protocol))]
        parts.append(_table(table))
        parts += [
            _ranks_chart(name, measured)
            for name, measured in result["sets"].items()
            if measured["protocol"] == protocol
        ]
    return parts


def _ranks_chart(name: str, measured: SetResult) -> str:
    scores = {str(vector): score for vector, score in measured["vectors"].items()}
    if measured["reranked"] is not None:
        scores["re-ranked"] = measured["reranked"]
    lines = {
        vector: [(float(k), share) for k, share in enumerate(score["cmc_curve"], start=1)]
        for vector, score in scores.items()
    }
    svg = line_chart(lines, x_label="pictures looked at (k)", y_label=f"{name}: Rank-k")
    return page.chart(svg, "Share of the queries with a right picture among the k nearest.")


def _verification(result: RetrievalResult) -> str:
    tables = verification_tables(result)
    if not tables:
        return ""
    intro = page.paragraph(
        "Two pictures are called the same individual when the cosine similarity of their vectors "
        "reaches a threshold. A picture that is like none in a gallery shows somebody new."
    )
    parts = [intro, page.bullets(known_or_new(result))]
    for protocol, table in tables.items():
        parts += [_heading(table.title), _table(table), _roc(result, protocol)]
    return page.section("Known or new?", *parts)


def _roc(result: RetrievalResult, protocol: str) -> str:
    """The curves of all sets under one protocol."""
    sets = {n: m for n, m in result["sets"].items() if m["protocol"] == protocol}
    judged = {n: m["verification"] for n, m in sets.items() if m["verification"]}
    curves = {n: [(x, y) for x, y in each["curve"]] for n, each in judged.items() if each}
    marked = {
        f"own threshold, {name}": (own["false_positive_rate"], own["true_positive_rate"])
        for name, each in judged.items()
        if each is not None and (own := each["calibrated"]) is not None
    }
    svg = roc_chart(
        curves,
        x_label="different individuals wrongly called the same",
        y_label="same individuals called the same",
        marked=marked,
    )
    words = "One point a threshold; dashed: guessing. The axis below goes by orders of ten."
    return page.chart(svg, words)


def _pictures(name: str, shown: SetPictures) -> str:
    parts = [page.paragraph(shown.rule)]
    if shown.strips:
        parts += [page.paragraph(READING_STRIPS), *map(page.panels, shown.strips)]
    if shown.matches:
        parts += [_heading("Why two pictures match"), page.paragraph(READING_EVIDENCE)]
        parts += map(page.panels, shown.matches)
    return page.section(f"What it finds: {name}", *parts)


def _worst(result: RetrievalResult) -> str:
    parts = []
    for name, measured in result["sets"].items():
        rows = [
            (
                Cell(query["path"], query["identity"]),
                percent(query["average_precision"]),
                f"{query['first_match']:,}",
            )
            for query in measured["worst"]
        ]
        if rows:
            header = ("query", "average precision, %", "rank of the first right picture")
            parts += [_heading(name), page.table(header, rows)]
    return page.section("Hardest queries", *parts) if parts else ""


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def _table(table: TextTable) -> str:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    return page.table(table.header, rows, table.note)


def _cell(text: str) -> str | Cell:
    first, _, below = text.partition("\n")
    return Cell(first.strip(), below.replace("\n", " ")) if below else first.strip()
