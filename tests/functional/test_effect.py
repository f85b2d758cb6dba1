import numpy as np
import torch
from tests.reference import attention as slow

from elsewhere.functional.effect import prediction_effect


def test_the_effect_agrees_with_loops():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, dtype=torch.float64, generator=generator)
    wrong = torch.randn(5, 3, 4, dtype=torch.float64, generator=generator)
    np.testing.assert_allclose(
        prediction_effect(logits, wrong).numpy(), slow.effect(logits.numpy(), wrong.numpy())
    )


def test_gradients_flow_into_both_sides():
    logits = torch.zeros(2, 3, requires_grad=True)
    wrong = torch.zeros(4, 2, 3, requires_grad=True)
    prediction_effect(logits, wrong).sum().backward()
    assert (logits.grad == 1).all()
    assert (wrong.grad == -0.25).all()
