import math

import numpy as np
import pytest
import torch
from tests.cli.trained import draw_pictures, write_bundle

import elsewhere
from elsewhere.inference.naming import name_classes_of
from elsewhere.inference.prediction import class_probabilities
from elsewhere.metrics.classification import predicted_classes
from elsewhere.structures import Calibration


@pytest.mark.parametrize("temperature", [None, 0.3, 1.7])
def test_probabilities_are_calibrated_in_double_precision(temperature):
    """The threshold of "unsure" was found so; in float32 an image could fall on its other side."""
    logits = torch.tensor([[3.1, -0.7, 1.3], [90.0, 89.9, 0.0]])
    calibration = None if temperature is None else Calibration(temperature, 0.5)
    found = class_probabilities(logits, calibration)
    assert found.dtype == np.float64
    for row, logit in zip(found.tolist(), logits.tolist(), strict=True):
        powers = [math.exp(value / (temperature or 1.0) - max(logit)) for value in logit]
        assert row == pytest.approx([power / math.fsum(powers) for power in powers], rel=1e-12)


@pytest.mark.parametrize("views", ["raw", "all"])
def test_of_equal_logits_the_lower_index_is_named_first(tmp_path, views):
    """As what is measured counts them, and as a file says it."""
    names = tuple(f"{number:02}" for number in range(40))
    model = elsewhere.open_model(write_bundle(tmp_path / "bundle", classes=names), "cpu")
    torch.nn.init.zeros_(model.network.head.classifier.weight)
    (said,) = model.predict(draw_pictures(tmp_path / "pictures", 1), 5, views)
    assert [each.name for each in said.ranked] == list(names[:5])
    assert predicted_classes(torch.zeros(1, 40)).tolist() == [0]


def test_classes_rank_by_their_logits_where_probabilities_are_too_small_to_tell():
    said = name_classes_of("x", np.float32([0, 5000, 1, 2]), "abcd", 3, None)
    assert [(each.name, each.probability) for each in said.ranked] == [
        ("b", 1.0), ("d", 0.0), ("c", 0.0),
    ]  # fmt: skip
