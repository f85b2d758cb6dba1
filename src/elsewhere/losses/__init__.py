"""The terms of the objective (eq. 6)."""

from elsewhere.losses.center import CenterLoss
from elsewhere.losses.objective import ClassificationObjective, TermWeights
from elsewhere.losses.reidentification import (
    BatchHardTriplet,
    ReidentificationObjective,
    ReidentificationWeights,
    smoothed_cross_entropy,
)

__all__ = [
    "BatchHardTriplet",
    "CenterLoss",
    "ClassificationObjective",
    "ReidentificationObjective",
    "ReidentificationWeights",
    "TermWeights",
    "smoothed_cross_entropy",
]
