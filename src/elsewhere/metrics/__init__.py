"""What is reported: accuracy, calibration, effect and localization, every image counted once."""

from elsewhere.metrics.calibration import (
    KeepThreshold,
    calibration_error,
    fit_temperature,
    keep_threshold,
)
from elsewhere.metrics.classification import (
    TOGETHER,
    Accuracy,
    ClassAccuracy,
    Confusion,
    accuracy,
    balanced_accuracy,
    class_accuracy,
    combine_views,
    confusions,
    correct_within,
    predicted_classes,
    view_accuracies,
)
from elsewhere.metrics.effect import EffectGain, effect_gain
from elsewhere.metrics.gather import PredictionRows, first_of_each, gather_by_index
from elsewhere.metrics.localization import (
    THRESHOLDS,
    AttentionLocalization,
    Localization,
    LocalizationRows,
    localize,
)

__all__ = [
    "THRESHOLDS",
    "TOGETHER",
    "Accuracy",
    "AttentionLocalization",
    "ClassAccuracy",
    "Confusion",
    "EffectGain",
    "KeepThreshold",
    "Localization",
    "LocalizationRows",
    "PredictionRows",
    "accuracy",
    "balanced_accuracy",
    "calibration_error",
    "class_accuracy",
    "combine_views",
    "confusions",
    "correct_within",
    "effect_gain",
    "first_of_each",
    "fit_temperature",
    "gather_by_index",
    "keep_threshold",
    "localize",
    "predicted_classes",
    "view_accuracies",
]
