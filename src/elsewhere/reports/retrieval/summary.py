"""From rankings and similarities to the figures of `result.json`, and a table of every query."""

import math
from collections.abc import Mapping, Sequence
from typing import cast

import torch
from jaxtyping import Int
from torch import Tensor

from elsewhere.data.protocols import Sides
from elsewhere.data.records import Record
from elsewhere.metrics.intervals import bootstrap_interval
from elsewhere.metrics.pairs import PairSimilarities
from elsewhere.metrics.verification import (
    OperatingPoint,
    Roc,
    area_under,
    at_threshold,
    equal_error_rate,
    rate_at,
    roc,
)
from elsewhere.reports.result import (
    DrawSpread,
    Rates,
    SetResult,
    VectorScore,
    Verification,
    WorstQuery,
)
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.reports.statistics import spread_of
from elsewhere.structures import Ranking, RetrievalVector

NAMED_RANKS = (1, 5, 10, 20)
FALSE_POSITIVE_RATES = (0.1, 0.01, 0.001)
_COPIES_NAMED = 20
_CURVE_RANKS = 50
_CURVE_POINTS = 200
_RESAMPLES = 1000
"""Of the individuals, for every interval."""


def score_of(
    rankings: Sequence[Ranking], identities: Sequence[Sequence[str]] | None = None
) -> VectorScore:
    """The figures of one vector: of one ranking, or the means of several draws.

    Args:
        rankings: one a draw.
        identities: of the queries of each draw; intervals then resample whole identities, over
            all draws together, since queries of one individual succeed or fail together. None
            where each query stands for itself.
    """
    ranks = min(len(ranking.cmc) for ranking in rankings)
    curve = torch.stack([ranking.cmc[:ranks] for ranking in rankings]).double().mean(dim=0)
    precision = torch.cat([ranking.average_precision for ranking in rankings])
    first = torch.cat([ranking.first_match for ranking in rankings])
    hits = (first == 1).double().masked_fill(first < 1, math.nan)
    groups = None if identities is None else [who for draw in identities for who in draw]
    around_mean, around_rank1 = (
        bootstrap_interval(values, groups=groups, draws=_RESAMPLES, seed=0)
        for values in (precision, hits)
    )
    return {
        "mAP": spread_of([ranking.mAP for ranking in rankings]).mean,
        "mAP_interval": [*around_mean],
        "mINP": spread_of([ranking.mINP for ranking in rankings]).mean,
        "cmc": {str(k): float(curve[k - 1]) for k in NAMED_RANKS if k <= ranks},
        "cmc_curve": curve[:_CURVE_RANKS].tolist(),
        "rank1_interval": [*around_rank1],
        "spread": _spread(rankings),
    }


def summarize_set(
    protocol: str,
    draws: Sequence[Sides],
    rankings: Mapping[RetrievalVector, Sequence[Ranking]],
    own: RetrievalVector,
    *,
    reranked: Sequence[Ranking] | None = None,
    pairs: PairSimilarities | None = None,
    threshold: float | None = None,
    copies: Sequence[list[str]] = (),
    worst: int = 10,
) -> SetResult:
    """Every figure of one test set.

    Args:
        protocol: its name.
        draws: who was looked for among whom; one, or several seeded draws.
        rankings: one a draw, for every vector that was scored.
        own: the vector that the run compares by; the worst queries are its.
        reranked: the same vector's after re-ranking, one a draw.
        pairs: cosine similarities for "known or new"; None leaves that out, as does a set with
            pairs of one kind only.
        threshold: the network's own, calibrated on validation identities.
        copies: paths of queries and of their copies in the gallery, which were left out.
        worst: how many of the worst queries of the first draw are named.
    """
    who = [[record.label for record in sides.query] for sides in draws]
    first, best = draws[0], rankings[own][0]
    return {
        "protocol": protocol,
        "queries": len(first.query),
        "gallery": len(first.gallery),
        "identities": len(set(who[0])),
        "without_match": int((best.matches == 0).sum()),
        "draws": len(draws),
        "vectors": {vector: score_of(each, who) for vector, each in rankings.items()},
        "reranked": score_of(reranked, who) if reranked else None,
        "verification": summarize_pairs(pairs, threshold) if pairs is not None else None,
        "copies": {"pairs": len(copies), "first": [*copies[:_COPIES_NAMED]]},
        "worst": [_worst_query(first.query[row], best, row) for row in worst_queries(best, worst)],
    }


def worst_queries(ranking: Ranking, most: int) -> list[int]:
    """Rows of the queries with the lowest average precision, the lowest first.

    Equals stand in the order of the queries; a query without a match is not among them.
    """
    precision = ranking.average_precision.nan_to_num(nan=math.inf)
    rows: list[int] = precision.argsort(stable=True)[:most].tolist()
    return [row for row in rows if math.isfinite(float(precision[row]))]


def summarize_pairs(pairs: PairSimilarities, threshold: float | None = None) -> Verification | None:
    """Both kinds of error of "known or new"; None where there are pairs of one kind only."""
    if not (len(pairs.same) and len(pairs.different)):
        return None
    both = pairs.same, pairs.different
    points = roc(*both)
    return {
        "same": len(pairs.same),
        "different": len(pairs.different),
        "area": area_under(points),
        "equal_error_rate": equal_error_rate(points),
        "rates": {f"{rate:g}": _rates(rate_at(*both, rate)) for rate in FALSE_POSITIVE_RATES},
        "calibrated": None if threshold is None else _rates(at_threshold(*both, threshold)),
        "curve": thin_curve(points),
    }


def thin_curve(points: Roc) -> list[list[float]]:
    """Few of a curve's points, evenly spread along it and over the orders of small rates."""
    false, true = points.false_positive_rate, points.true_positive_rate
    smallest = false[false > 0].min()
    orders = false.clamp(min=float(smallest)).log()
    reach = float(orders[-1] - orders[0])
    way = true + (orders - orders[0]) / reach if reach > 0 else true
    wanted = torch.linspace(float(way[0]), float(way[-1]), _CURVE_POINTS, dtype=way.dtype)
    rows = torch.searchsorted(way.contiguous(), wanted).clamp(max=len(way) - 1)
    kept = sorted({0, len(way) - 1, *rows.tolist()})
    return [[float(false[row]), float(true[row])] for row in kept]


def queries_table(
    draws: Sequence[Sides],
    rankings: Sequence[Ranking],
    nearest: Sequence[Int[Tensor, "_ _"]],
) -> str:
    """Return one CSV line a query: how it was answered, and what came nearest.

    Args:
        draws: who was looked for among whom.
        rankings: one a draw.
        nearest: rows of the gallery, nearest first, one row a query, of each draw; -1 where there
            is none.
    """
    shown = max((places.shape[1] for places in nearest), default=0)
    ends = [f"{what} {k}" for k in range(1, shown + 1) for what in ("nearest", "identity")]
    figures = ("matches", "first match", "average precision", "inverse penalty")
    lines: list[list[object]] = [["draw", "path", "identity", "camera", *figures, *ends]]
    for number, (sides, ranking, places) in enumerate(
        zip(draws, rankings, nearest, strict=True), start=1
    ):
        answers = _answers(ranking)
        for record, answer, rows in zip(sides.query, answers, places.tolist(), strict=True):
            found = [sides.gallery[row] if row >= 0 else None for row in rows]
            named = [(each.path, each.label) if each else ("", "") for each in found]
            line = [number, record.path, record.label, record.camera or "", *answer]
            lines.append([*line, *(cell for pair in named for cell in pair)])
    return csv_text(lines)


def _answers(ranking: Ranking) -> list[tuple[str, ...]]:
    """Figures of each query as texts, empty where it has no match."""
    columns = (
        ranking.matches.tolist(),
        ranking.first_match.tolist(),
        ranking.average_precision.tolist(),
        ranking.inverse_penalty.tolist(),
    )
    return [
        (str(matches), str(first), f"{precision:.6f}", f"{penalty:.6f}")
        if matches
        else ("0", "", "", "")
        for matches, first, precision, penalty in zip(*columns, strict=True)
    ]


def _spread(rankings: Sequence[Ranking]) -> DrawSpread | None:
    if len(rankings) < 2:
        return None
    return {
        "mAP": spread_of([ranking.mAP for ranking in rankings]).deviation,
        "rank1": spread_of([float(ranking.cmc[0]) for ranking in rankings]).deviation,
    }


def _rates(point: OperatingPoint | None) -> Rates | None:
    return None if point is None else cast(Rates, point._asdict())


def _worst_query(record: Record, ranking: Ranking, row: int) -> WorstQuery:
    return {
        "path": record.path,
        "identity": record.label,
        "average_precision": float(ranking.average_precision[row]),
        "first_match": int(ranking.first_match[row]),
    }
