"""Ranking a gallery for each query: distances, scores, re-ranking, the nearest; exact throughout.

Read upwards: `features` are placed in a `space`, where `distances` are measured as precisely as it
takes; a `comparison` goes through the gallery with them. On these stand `evaluation` (by
`match_ranks`), `nearest`, and `reranking` (by `neighbours`, `reciprocal` and `sparse`).
"""

from elsewhere.ranking.evaluation import evaluate_distances, evaluate_ranking
from elsewhere.ranking.nearest import Nearest, nearest
from elsewhere.ranking.reranking import rerank

__all__ = ["Nearest", "evaluate_distances", "evaluate_ranking", "nearest", "rerank"]
