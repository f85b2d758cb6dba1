"""Asking a trained model: where it is found, and what it says of images."""

from elsewhere.inference.comparison import Match
from elsewhere.inference.explanation import Explanation
from elsewhere.inference.model import Model
from elsewhere.inference.opening import open_model
from elsewhere.inference.vectors import Vectors
from elsewhere.structures import ClassProbability, Prediction

__all__ = [
    "ClassProbability",
    "Explanation",
    "Match",
    "Model",
    "Prediction",
    "Vectors",
    "open_model",
]
