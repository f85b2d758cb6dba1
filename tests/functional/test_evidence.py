import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import evidence as reference

from elsewhere.functional.attention import join_parts, pool_parts
from elsewhere.functional.evidence import CANCELLATION, logit_evidence


def case(seed: int, *, batch=3, heads=4, channels=6, size=(5, 3), signed=True, scale=1.0):
    source = torch.Generator().manual_seed(seed)
    draw = torch.randn if signed else torch.rand
    features = draw(batch, channels, *size, generator=source, dtype=torch.float64) * scale
    attention = torch.randn(batch, heads, *size, generator=source, dtype=torch.float64).relu()
    weight = torch.randn(batch, heads * channels, generator=source, dtype=torch.float64) * 100
    return features, attention, weight


def logits(features, attention, weight, epsilon=1e-6) -> torch.Tensor:
    rows = zip(features.double(), attention.double(), weight.double(), strict=True)
    return torch.tensor(
        [w.numpy() @ reference.joined(x.numpy(), a.numpy(), epsilon) for x, a, w in rows],
        dtype=torch.float64,
    )


@given(
    seed=st.integers(0, 10_000),
    signed=st.booleans(),
    scale=st.sampled_from([1e3, 1.0, 1e-3, 1e-6, 1e-9, 1e-15]),
    epsilon=st.sampled_from([1e-6, 1e-12, 0.0]),
    heads=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_shares_add_up_to_the_logit(seed, signed, scale, epsilon, heads):
    tensors = case(seed, heads=heads, signed=signed, scale=scale)
    expected = logits(*tensors, epsilon)
    found = logit_evidence(*tensors, epsilon=epsilon).sum((1, 2, 3))
    torch.testing.assert_close(found, expected, atol=1e-9, rtol=0)
    single = [one.float() for one in tensors]
    found = logit_evidence(*single, epsilon=epsilon)
    assert found.dtype == torch.float32
    expected = logits(*single, epsilon)
    tolerance = 1e-4 * expected.abs().max().item()
    torch.testing.assert_close(
        found.double().sum((1, 2, 3)), expected, atol=max(tolerance, 1e-9), rtol=0
    )


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e-9])
def test_shares_are_those_of_the_formula_without_cancellation(scale):
    features, attention, weight = case(0, signed=False, scale=scale)
    found = logit_evidence(features, attention, weight)
    for index in range(len(features)):
        one = [tensor[index].numpy() for tensor in (features, attention, weight)]
        expected = reference.shares(*one, 1e-6)
        np.testing.assert_allclose(found[index].numpy(), expected, atol=1e-9, rtol=1e-9)


def test_shares_are_those_of_the_formula_with_ordinary_signed_features():
    features, attention, weight = case(1)
    for index in range(len(features)):
        tensors = [tensor[index : index + 1] for tensor in (features, attention, weight)]
        one = [tensor[0].numpy() for tensor in tensors]
        parts = reference.pooled(one[0], one[1])
        mass = reference.pooled(np.abs(one[0]), one[1])
        assert (mass < CANCELLATION * np.abs(parts)).all()  # else this test says nothing
        found = logit_evidence(
            *(tensor[index : index + 1] for tensor in (features, attention, weight))
        )
        np.testing.assert_allclose(found[0].numpy(), reference.shares(*one, 1e-6), atol=1e-9)


@pytest.mark.parametrize("remains", [1e-7, 1e-9, 1e-12, -1e-14])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_shares_stay_bounded_where_features_cancel(remains, dtype):
    features = torch.zeros(1, 2, 2, 2, dtype=torch.float64)
    features[0, 0] = torch.tensor([[1.0, -1.0], [0.5, -0.5 + remains]])
    features[0, 1] = 0.3
    attention = torch.ones(1, 1, 2, 2, dtype=torch.float64)
    tensors = [one.to(dtype) for one in (features, attention, torch.tensor([[5.0, 1.0]]))]
    found = logit_evidence(*tensors)
    joined = reference.joined(tensors[0][0].double().numpy(), attention[0].numpy(), 1e-6)
    assert found.double().sum().item() == pytest.approx(5 * joined[0] + joined[1], abs=1e-6)
    bound = (CANCELLATION + 1) * abs(5 * joined[0]) + joined[1]
    assert found.abs().sum().item() <= bound * 1.001


def test_rounding_noise_takes_the_models_sign():
    # float32 leaves noise of either sign where the exact average is zero or as small
    source = torch.Generator().manual_seed(0)
    features = torch.randn(2, 32, 7, 7, generator=source)
    features -= features.mean((2, 3), keepdim=True)
    attention = torch.ones(2, 3, 7, 7) * 0.7
    weight = torch.randn(2, 96, generator=source)
    logit = (weight * join_parts(pool_parts(features, attention))).sum(1)
    found = logit_evidence(features, attention, weight)
    torch.testing.assert_close(found.sum((1, 2, 3)), logit, atol=1e-4, rtol=0)
    assert found.abs().max() < 2 * CANCELLATION


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision_agrees_with_the_models_own_logit(dtype):
    features, attention, weight = (one.to(dtype) for one in case(3, channels=64, heads=8))
    logit = (weight.float() * join_parts(pool_parts(features, attention))).sum(1)
    found = logit_evidence(features, attention, weight)
    assert found.dtype == torch.float32
    torch.testing.assert_close(
        found.sum((1, 2, 3)), logit, atol=1e-4 * logit.abs().max().item(), rtol=0
    )


def test_nothing_to_share():
    features, attention, weight = case(0)
    for empty in (torch.zeros_like(features), features):
        blind = attention if empty is not features else torch.zeros_like(attention)
        assert logit_evidence(empty, blind, weight).eq(0).all()
    attention[:, 1] = 0
    found = logit_evidence(features, attention, weight)
    assert found[:, 1].eq(0).all()
    torch.testing.assert_close(found.sum((1, 2, 3)), logits(features, attention, weight))


def test_heads_vary_slowest_in_the_weight():
    features, attention, weight = case(4)
    only = torch.zeros_like(weight)
    only[:, 2 * features.shape[1] : 3 * features.shape[1]] = 1.0  # head 2, every channel
    found = logit_evidence(features, attention, only)
    assert found[:, 2].abs().sum() > 0
    assert found[:, [0, 1, 3]].eq(0).all()


def test_a_direction_gives_a_cosine():
    features, attention, _ = case(5)
    joined = join_parts(pool_parts(features, attention))
    found = logit_evidence(features, attention, joined.roll(1, 0)).sum((1, 2, 3))
    torch.testing.assert_close(found, (joined * joined.roll(1, 0)).sum(1), atol=1e-9, rtol=0)


def test_evidence_of_an_image_is_independent_of_its_batch_mates():
    features, attention, weight = case(6)
    features[1] = math.nan
    together = logit_evidence(features, attention, weight)
    for index in (0, 2):
        one = slice(index, index + 1)
        alone = logit_evidence(features[one], attention[one], weight[one])
        torch.testing.assert_close(alone, together[one], atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("signed", [False, True])
def test_without_the_root_shares_add_up_to_the_logit_as_well(signed):
    features, attention, weight = case(7)
    features = features if signed else features.abs()
    joined = join_parts(pool_parts(features, attention), normalize="l2")
    found = logit_evidence(features, attention, weight, normalize="l2")
    torch.testing.assert_close(found.sum((1, 2, 3)), (weight * joined).sum(1))


def test_without_the_root_a_share_is_its_product_over_the_length():
    features, attention, weight = (one.abs() for one in case(8))
    found = logit_evidence(features, attention, weight, normalize="l2")
    parts = pool_parts(features, attention)
    length = parts.flatten(1).norm(dim=1)
    rows = weight.reshape(parts.shape)
    positions = attention.shape[2] * attention.shape[3]
    expected = attention * torch.einsum("bmc,bchw->bmhw", rows, features) / positions
    torch.testing.assert_close(found, expected / length.view(-1, 1, 1, 1))
