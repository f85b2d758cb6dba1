"""Training and testing as Lightning modules that read as the paper's method."""

from elsewhere.tasks.augmentation import CropAndDrop
from elsewhere.tasks.classification import Classification
from elsewhere.tasks.measurement import EffectMeasure
from elsewhere.tasks.reidentification import Reidentification
from elsewhere.tasks.schedule import Constant, Milestones, OneCycle, StepDecay
from elsewhere.tasks.views import TestViews

__all__ = [
    "Classification",
    "Constant",
    "CropAndDrop",
    "EffectMeasure",
    "Milestones",
    "OneCycle",
    "Reidentification",
    "StepDecay",
    "TestViews",
]
