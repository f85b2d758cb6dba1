"""Ranking a gallery for each query by the field's identity-and-camera rule, exactly."""

from elsewhere.functional.ranking.evaluation import evaluate_distances, evaluate_ranking
from elsewhere.functional.ranking.search import Nearest, nearest

__all__ = ["Nearest", "evaluate_distances", "evaluate_ranking", "nearest"]
