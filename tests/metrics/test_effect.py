import pytest
import torch
from tests.reference.metrics import softmax

from elsewhere.metrics.effect import effect_gain


def test_gain_is_the_mean_over_draws():
    source = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 4, generator=source, dtype=torch.float64)
    imagined = torch.randn(3, 5, 4, generator=source, dtype=torch.float64)
    labels = torch.tensor([0, 3, 1, 1, 2])
    found = effect_gain(logits, imagined, labels)
    for image, label in enumerate(labels.tolist()):
        own, others = logits[image].tolist(), imagined[:, image].tolist()
        logit = sum(own[label] - other[label] for other in others) / 3
        chance = sum(softmax(own)[label] - softmax(other)[label] for other in others) / 3
        assert found.logit[image].item() == pytest.approx(logit, abs=1e-6)
        assert found.probability[image].item() == pytest.approx(chance, abs=1e-6)


def test_same_prediction_gains_nothing():
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    found = effect_gain(logits, logits.expand(2, 5, 4), torch.zeros(5, dtype=torch.int64))
    assert found.logit.eq(0).all()
    assert found.probability.abs().max() < 1e-6


def test_probability_gain_lies_within_one():
    logits, imagined = torch.tensor([[100.0, 0.0]]), torch.tensor([[[0.0, 100.0]]])
    assert effect_gain(logits, imagined, torch.tensor([0])).probability.item() == 1
    assert effect_gain(logits, imagined, torch.tensor([1])).probability.item() == -1
