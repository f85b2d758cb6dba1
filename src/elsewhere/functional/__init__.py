"""Pure tensor functions, one per equation; randomness only through a `generator`."""

from elsewhere.functional.attention import Normalize, Pooling, join_parts, pool_parts
from elsewhere.functional.effect import prediction_effect
from elsewhere.functional.evidence import logit_evidence
from elsewhere.functional.intervention import (
    derangement,
    permutation,
    random_attention,
    reversed_attention,
    shuffled_attention,
    uniform_attention,
)
from elsewhere.functional.region import (
    attention_mask,
    attention_to_box,
    box_iou,
    crop_region,
    drop_region,
    mass_inside,
    mean_attention,
    sample_uniform,
    select_attention,
)
from elsewhere.functional.regularization import (
    attention_dropout,
    attention_entropy,
    normalize_attention,
)

__all__ = [
    "Normalize",
    "Pooling",
    "attention_dropout",
    "attention_entropy",
    "attention_mask",
    "attention_to_box",
    "box_iou",
    "crop_region",
    "derangement",
    "drop_region",
    "join_parts",
    "logit_evidence",
    "mass_inside",
    "mean_attention",
    "normalize_attention",
    "permutation",
    "pool_parts",
    "prediction_effect",
    "random_attention",
    "reversed_attention",
    "sample_uniform",
    "select_attention",
    "shuffled_attention",
    "uniform_attention",
]
