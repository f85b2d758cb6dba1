"""What is reported: accuracy, calibration, effect and localization, every image counted once."""

from elsewhere.metrics.calibration import (
    Promise,
    calibration_error,
    fit_temperature,
    promise,
)
from elsewhere.metrics.classification import (
    TOGETHER,
    Accuracy,
    ClassAccuracy,
    Confusion,
    accuracy,
    balanced_accuracy,
    class_accuracy,
    confusions,
    correct_within,
    predicted_classes,
    view_accuracies,
)
from elsewhere.metrics.effect import EffectGain, effect_gain
from elsewhere.metrics.gather import PredictionRows, first_of_each, gather_by_index
from elsewhere.metrics.intervals import bootstrap_interval
from elsewhere.metrics.localization import (
    THRESHOLDS,
    AttentionLocalization,
    Localization,
    LocalizationRows,
    localize,
)
from elsewhere.metrics.pairs import PairSimilarities, pair_similarities
from elsewhere.metrics.verification import (
    OperatingPoint,
    Roc,
    SameIndividual,
    area_under,
    at_threshold,
    calibrate,
    equal_error_rate,
    rate_at,
    roc,
)

__all__ = [
    "THRESHOLDS",
    "TOGETHER",
    "Accuracy",
    "AttentionLocalization",
    "ClassAccuracy",
    "Confusion",
    "EffectGain",
    "Localization",
    "LocalizationRows",
    "OperatingPoint",
    "PairSimilarities",
    "PredictionRows",
    "Promise",
    "Roc",
    "SameIndividual",
    "accuracy",
    "area_under",
    "at_threshold",
    "balanced_accuracy",
    "bootstrap_interval",
    "calibrate",
    "calibration_error",
    "class_accuracy",
    "confusions",
    "correct_within",
    "effect_gain",
    "equal_error_rate",
    "first_of_each",
    "fit_temperature",
    "gather_by_index",
    "localize",
    "pair_similarities",
    "predicted_classes",
    "promise",
    "rate_at",
    "roc",
    "view_accuracies",
]
