"""What runs only in training and measurement: interventions and the counterfactual branch."""

from elsewhere.causal.branch import CounterfactualBranch
from elsewhere.causal.interventions import (
    AnnealedAttention,
    HardestAttention,
    Intervention,
    RandomAttention,
    ReversedAttention,
    ShuffledAttention,
    SimilarAttention,
    UniformAttention,
)
from elsewhere.causal.protocol import AttentionModel, Moment, Observation

__all__ = [
    "AnnealedAttention",
    "AttentionModel",
    "CounterfactualBranch",
    "HardestAttention",
    "Intervention",
    "Moment",
    "Observation",
    "RandomAttention",
    "ReversedAttention",
    "ShuffledAttention",
    "SimilarAttention",
    "UniformAttention",
]
