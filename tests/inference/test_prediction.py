import math

import pytest
import torch

from elsewhere.inference.prediction import class_probabilities
from elsewhere.structures import Calibration


@pytest.mark.parametrize("temperature", [None, 0.3, 1.7])
def test_probabilities_are_calibrated_in_double_precision(temperature):
    """The threshold of "unsure" was found so; in float32 an image could fall on its other side."""
    logits = torch.tensor([[3.1, -0.7, 1.3], [90.0, 89.9, 0.0]])
    calibration = None if temperature is None else Calibration(temperature, 0.5)
    found = class_probabilities(logits, calibration)
    assert found.dtype == torch.float64
    for row, logit in zip(found.tolist(), logits.tolist(), strict=True):
        powers = [math.exp(value / (temperature or 1.0) - max(logit)) for value in logit]
        assert row == pytest.approx([power / math.fsum(powers) for power in powers], rel=1e-12)
