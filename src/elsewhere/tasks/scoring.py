"""From vectors and a protocol to rankings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.data.protocols import TestSet, Trial
from elsewhere.data.records import RecordTable
from elsewhere.errors import ModelError
from elsewhere.metrics.chance import chance_of_ranking
from elsewhere.ranking import evaluate_distances, evaluate_ranking, nearest, rerank
from elsewhere.structures import Ranking

PROTOCOL_SEED = 0
"""Seed of a protocol's draws: the same for every run, so that all of them answer the same."""


class Scored(NamedTuple):
    """One trial of a protocol and how its queries found their own."""

    trial: Trial
    ranking: Ranking


def score(
    vectors: Float[Tensor, "images size"], tested: TestSet, *, reranked: bool = False
) -> list[Scored]:
    """Rank by the Euclidean distance of normalised vectors, every trial of the protocol.

    Vectors are of the set's images, in their order, and need not be normalised; `reranked` re-ranks
    by k-reciprocal neighbours first.
    """
    _refuse_unusable(vectors, tested.table)
    rank = _rank_again if reranked else _rank
    return [
        Scored(trial, rank(vectors, trial, _rules(tested, trial)))
        for trial in tested.trials(PROTOCOL_SEED)
    ]


def candidates(tested: TestSet, trial: Trial) -> Int[Tensor, " queries"]:
    """How many gallery images each query is scored by, junk left out."""
    numbers: dict[object, int] = {}
    query, gallery = (
        torch.tensor([numbers.setdefault((r.label, r.camera), len(numbers)) for r in records])
        for records in trial.sides(tested.table)
    )
    junk = torch.unique(trial.junk, dim=0)
    left = torch.full((len(query),), len(gallery))
    if tested.cameras:
        left -= torch.bincount(gallery, minlength=len(numbers))[query]
        junk = junk[query[junk[:, 0]] != gallery[junk[:, 1]]]
    return left - torch.bincount(junk[:, 0], minlength=len(query))


def mean_score(scored: Sequence[Scored]) -> tuple[float, float]:
    """Means of mAP and Rank-1 over the trials."""
    rankings = [each.ranking for each in scored]
    return (
        sum(ranking.mAP for ranking in rankings) / len(rankings),
        sum(float(ranking.cmc[0]) for ranking in rankings) / len(rankings),
    )


def score_by_chance(scored: Sequence[Scored], tested: TestSet) -> tuple[float, float]:
    """MAP and Rank-1 that random orders of the same trials' galleries have on the average."""
    return chance_of_ranking(
        torch.cat([each.ranking.matches for each in scored]).cpu(),
        torch.cat([candidates(tested, each.trial) for each in scored]),
    )


def nearest_in(
    vectors: Float[Tensor, "images size"], tested: TestSet, trial: Trial, count: int
) -> Int[Tensor, "queries count"]:
    """Places in the trial's gallery of what comes nearest to each query; -1 where nothing is left.

    Vectors are as in `score`; there are `count` a query, or as many as the gallery has.
    """
    count = min(count, len(trial.gallery))
    rules = _rules(tested, trial)
    query, gallery = _chosen(vectors, trial.query), _chosen(vectors, trial.gallery)
    return nearest(query, gallery, count, **rules, normalize=True)[1]


def _refuse_unusable(vectors: Tensor, table: RecordTable) -> None:
    lengths = torch.linalg.vector_norm(vectors, dim=1)  # not finite where a number is not
    strange = torch.nonzero(~(lengths.isfinite() & (lengths > 0)))[:, 0].tolist()
    if strange:
        first = table.root / table.records[strange[0]].path
        raise ModelError(
            f"the vectors of {len(strange)} of {len(table)} images are zero or not finite, first "
            f"{first}: look at the image; if it is sound, train with a lower learning rate"
        )


def _rank(vectors: Tensor, trial: Trial, rules: dict[str, Any]) -> Ranking:
    query, gallery = _chosen(vectors, trial.query), _chosen(vectors, trial.gallery)
    return evaluate_ranking(query, gallery, **rules, normalize=True)


def _rank_again(vectors: Tensor, trial: Trial, rules: dict[str, Any]) -> Ranking:
    # where all images query each other, each is to be a neighbour once
    among = torch.equal(trial.query, trial.gallery)
    gallery = None if among else _chosen(vectors, trial.gallery)
    distances = rerank(_chosen(vectors, trial.query), gallery, normalize=True)
    return evaluate_distances(distances, **rules)


def _chosen(vectors: Tensor, rows: Tensor) -> Tensor:
    """Some rows; those that follow each other, as a set's gallery does, are not copied."""
    if bool((rows.diff() == 1).all()):
        return vectors[int(rows[0]) : int(rows[-1]) + 1]
    return vectors[rows]


def _rules(tested: TestSet, trial: Trial) -> dict[str, Any]:
    """What the scoring functions need to know beside the vectors."""
    query, gallery = trial.sides(tested.table)
    rules: dict[str, Any] = {
        "query_ids": [record.label for record in query],
        "gallery_ids": [record.label for record in gallery],
        "junk": trial.junk,
    }
    if tested.cameras:
        rules["query_cameras"] = [record.camera or "" for record in query]
        rules["gallery_cameras"] = [record.camera or "" for record in gallery]
    return rules
