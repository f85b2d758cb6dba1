"""Ranking a gallery for each query: distances, scores, re-ranking, the nearest; exact throughout.

In reading order: `features` are placed in a `space`; `distances` between them are measured as
precisely as it takes, if need be in `whole_numbers`; a `comparison` takes a gallery block by block.
With `labels`, which say what counts, `match_ranks` (by `counting`) make an `evaluation`, and a
`shortlist` says who is `nearest`. `reranking` stands on `neighbours`, `reciprocal` and `sparse`.
"""

from elsewhere.ranking.evaluation import evaluate_distances, evaluate_ranking
from elsewhere.ranking.nearest import Nearest, nearest
from elsewhere.ranking.reranking import rerank

__all__ = ["Nearest", "evaluate_distances", "evaluate_ranking", "nearest", "rerank"]
