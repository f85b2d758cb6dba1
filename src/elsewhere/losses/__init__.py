"""The terms of the objective (eq. 6)."""

from elsewhere.losses.center import CenterLoss
from elsewhere.losses.objective import ClassificationObjective, TermWeights

__all__ = ["CenterLoss", "ClassificationObjective", "TermWeights"]
