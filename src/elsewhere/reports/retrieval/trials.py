"""What the trials of a test set hand on: sides, pairs, and the queries that are shown."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.data.protocols import TestSet, Trial, copies_in
from elsewhere.data.records import Record, RecordTable
from elsewhere.metrics.pairs import PairSimilarities, pair_similarities
from elsewhere.reports.retrieval.summary import worst_queries
from elsewhere.structures import Ranking

_PAIRS = 200_000
"""So many pairs of a kind are drawn where there are more."""


class Searched(NamedTuple):
    """One trial of a test set, and how its queries were answered.

    Attributes:
        table: the set's images.
        trial: rows that asked, rows that were searched.
        ranking: how well each query was answered.
        nearest: places in the trial's gallery, nearest first, a row a query; -1 where there is
            none left.
        vectors: of every row of the table, not normalised.
    """

    table: RecordTable
    trial: Trial
    ranking: Ranking
    nearest: Int[Tensor, "queries places"]
    vectors: Float[Tensor, "images size"]

    def asked(self, query: int) -> Record:
        """The image that a place in the trial's queries stands for."""
        return self.table.records[int(self.trial.query[query])]


class Found(NamedTuple):
    """An image that came up for a query: its row in the table, and how like the query it is."""

    row: int
    similarity: float


def choose_queries(
    ranking: Ranking, *, worst: int = 3, drawn: int = 3, seed: int = 0
) -> tuple[dict[str, list[int]], str]:
    """Choose by a stated rule, never by hand.

    Args:
        ranking: how well each query was answered.
        worst: how many with the lowest average precision, the lowest first.
        drawn: how many of the others with a match, drawn at random, in their order.
        seed: of the draw.

    Returns:
        Places in the trial's queries under a heading each, and the rule in words.
    """
    last = worst_queries(ranking, worst)
    matched = torch.nonzero(ranking.matches > 0)[:, 0].tolist()
    others = sorted(set(matched) - set(last))
    some = sorted(random.Random(seed).sample(others, min(drawn, len(others))))
    rule = (
        f"Of {len(matched):,} queries with a match, the {len(last)} with the lowest average "
        f"precision are shown, and {len(some)} of the others, drawn at random (seed {seed}). None "
        "was picked by hand."
    )
    return {"The worst by average precision": last, "Drawn at random": some}, rule


def found_for(searched: Searched, query: int) -> list[Found]:
    """What came up for a query, the nearest first; similarities are cosines."""
    places = searched.nearest[query]
    rows = searched.trial.gallery[places[places >= 0].cpu()]
    asked = searched.vectors[searched.trial.query[query]].float()
    likeness = torch.cosine_similarity(asked[None], searched.vectors[rows].float())
    return [Found(*each) for each in zip(rows.tolist(), likeness.tolist(), strict=True)]


def copies_left_out(tested: TestSet, trial: Trial) -> list[list[str]]:
    """Queries and their copies in the gallery, which the cameras do not keep apart already."""
    query, gallery = trial.sides(tested.table)
    pairs = ((query[a], gallery[b]) for a, b in copies_in(trial, tested.table).tolist())
    return [
        [a.path, b.path]
        for a, b in pairs
        if not (tested.cameras and a.label == b.label and a.camera == b.camera)
    ]


def trial_pairs(
    tested: TestSet,
    trials: Sequence[Trial],
    vectors: Float[Tensor, "images size"],
) -> PairSimilarities:
    """Similarities for "known or new", of the individuals that some query asks for.

    Others, such as distractors, may share a label without being one individual.

    Args:
        tested: the set; where its protocol minds cameras, images of one individual by one camera
            are left out.
        trials: of the set; what one leaves out is left out here.
        vectors: of every row of the table, not normalised.

    Raises:
        DataError: a vector is not finite.
    """
    table = tested.table
    used = {row for trial in trials for side in trial[:2] for row in side.tolist()}
    asked = {table.records[row].label for trial in trials for row in trial.query.tolist()}
    kept = [row for row in sorted(used) if table.records[row].label in asked]
    place = torch.full((len(table),), -1)
    place[kept] = torch.arange(len(kept))
    junk = torch.cat(
        [
            torch.stack([place[t.query[t.junk[:, 0]]], place[t.gallery[t.junk[:, 1]]]], dim=1)
            for t in trials
        ]
    )
    records = [table.records[row] for row in kept]
    return pair_similarities(
        vectors[kept],
        [record.label for record in records],
        [record.camera for record in records] if tested.cameras else None,
        junk=junk[(junk >= 0).all(dim=1)],
        most=_PAIRS,
        seed=0,
    )
