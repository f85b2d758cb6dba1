"""Training and testing as Lightning modules that read as the paper's method."""

from elsewhere.models.views import TestViews
from elsewhere.tasks.augmentation import CropAndDrop
from elsewhere.tasks.classification import Classification
from elsewhere.tasks.measurement import EffectMeasure
from elsewhere.tasks.reidentification import Reidentification
from elsewhere.tasks.schedule import Constant, Milestones, OneCycle, StepDecay

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
