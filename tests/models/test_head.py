import numpy as np
import pytest
import torch

from elsewhere.models import ClassifierHead


def connected(size=6, classes=4, scale=100.0):
    head = ClassifierHead(scale)
    head.connect(size, classes)
    return head


def test_logits_are_a_linear_layer_without_bias_on_the_scaled_vector():
    head = connected()
    assert head.classifier.bias is None
    pooled = torch.nn.functional.normalize(torch.randn(3, 6), dim=1)
    logits, embedding = head(pooled)
    expected = 100 * pooled.double().numpy() @ head.classifier.weight.detach().double().numpy().T
    np.testing.assert_allclose(logits.detach().numpy(), expected, rtol=1e-5, atol=1e-5)
    assert embedding is pooled


def test_the_class_weight_is_the_row_that_makes_the_logit():
    head = connected(scale=30.0)
    pooled, labels = torch.randn(5, 6), torch.tensor([0, 3, 1, 1, 2])
    logits, _ = head(pooled)
    made = (head.class_weight(labels) * pooled).sum(1)
    torch.testing.assert_close(made, logits.gather(1, labels[:, None])[:, 0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_logits_stay_float32_under_autocast(dtype):
    head, pooled = connected(512), torch.nn.functional.normalize(torch.randn(3, 512), dim=1)
    exact, _ = head(pooled)
    with torch.autocast("cpu", dtype=dtype):
        logits, _ = head(pooled)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, exact, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_logits_of_a_network_in_half_precision_are_float32(dtype):
    head = connected().to(dtype)
    logits, _ = head(torch.randn(2, 6))
    assert logits.dtype == torch.float32
