"""The tuples that travel between layers."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class Batch(NamedTuple):
    """What a data loader yields.

    Attributes:
        images: normalised pictures.
        labels: class indices.
        boxes: object boxes, xyxy in pixels of `images`, right and bottom exclusive; NaN where no
            box is known.
        indices: each picture's row in its table of records.
    """

    images: Float[Tensor, "batch 3 height width"]
    labels: Int[Tensor, " batch"]
    boxes: Float[Tensor, "batch 4"]
    indices: Int[Tensor, " batch"]


class AttentionOutput(NamedTuple):
    """What an attention network says of a batch.

    Attributes:
        logits: prediction Y, always float32.
        embedding: representation h of eq. 3 (or the head's embedding), float32.
        attention: maps A of eq. 1, not negative.
        features: feature maps X.
    """

    logits: Float[Tensor, "batch classes"]
    embedding: Float[Tensor, "batch size"]
    attention: Float[Tensor, "batch heads height width"]
    features: Float[Tensor, "batch channels height width"]


class Preprocessing(NamedTuple):
    """How a picture becomes a network's input, at test time.

    Attributes:
        resize: height and width that every picture is resized to, its aspect ignored.
        crop: height and width of the centre crop taken then; equal to `resize` for none.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.
    """

    resize: tuple[int, int]
    crop: tuple[int, int]
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


class Calibration(NamedTuple):
    """How far the network's confidence can be trusted, measured on the validation split.

    Attributes:
        temperature: divides the logits before the softmax.
        unsure_below: confidence under which a prediction is called unsure; 0 where none is.
    """

    temperature: float = 1.0
    unsure_below: float = 0.0
