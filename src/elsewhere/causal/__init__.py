"""What runs only in training and measurement: interventions and the counterfactual branch."""

from elsewhere.causal.branch import CounterfactualBranch
from elsewhere.causal.interventions import (
    Intervention,
    RandomAttention,
    ReversedAttention,
    ShuffledAttention,
    UniformAttention,
)
from elsewhere.causal.protocol import AttentionModel, Observation

__all__ = [
    "AttentionModel",
    "CounterfactualBranch",
    "Intervention",
    "Observation",
    "RandomAttention",
    "ReversedAttention",
    "ShuffledAttention",
    "UniformAttention",
]
