import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import attention as slow
from torch import nn

from elsewhere.functional.attention import join_parts, pool_parts


def example(batch=2, channels=5, heads=3, height=4, width=7, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(batch, channels, height, width, dtype=dtype, generator=generator)
    attention = torch.rand(batch, heads, height, width, dtype=dtype, generator=generator)
    return features, attention


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from(["average", "max"]),
    st.sampled_from([1e-6, 1e-12]),
    st.integers(0, 10**6),
)
def test_pooling_and_joining_agree_with_loops(
    batch, channels, heads, height, width, pooling, epsilon, seed
):
    features, attention = example(batch, channels, heads, height, width, seed=seed)
    parts = pool_parts(features, attention, pooling)
    vector = join_parts(parts, epsilon)
    for b in range(batch):
        reference = slow.pooled(features[b].numpy(), attention[b].numpy(), pooling)
        np.testing.assert_allclose(parts[b].numpy(), reference, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            vector[b].numpy(), slow.joined(reference, epsilon), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_half_precision_is_pooled_in_float32(dtype, pooling):
    features, attention = example(height=3, width=3, dtype=torch.float64)
    features, attention = features.to(dtype), attention.to(dtype)
    parts = pool_parts(features, attention, pooling)
    vector = join_parts(parts)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    assert parts.dtype == wide
    assert vector.dtype == wide
    # the inputs are rounded, what is made of them is not
    reference = slow.pooled(features[0].double().numpy(), attention[0].double().numpy(), pooling)
    np.testing.assert_allclose(parts[0].numpy(), reference, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_does_not_reach_the_pooling(dtype):
    features, attention = example(channels=8, height=28, width=28, dtype=torch.float32)
    exact = join_parts(pool_parts(features, attention))
    with torch.autocast("cpu", dtype=dtype):
        parts = pool_parts(features, attention)
        vector = join_parts(parts)
    assert (parts.dtype, vector.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(vector, exact, rtol=0, atol=1e-7)


def test_sums_beyond_float16_stay_finite():
    features = torch.full((1, 4, 28, 28), 3e4, dtype=torch.float16)
    attention = torch.full((1, 2, 28, 28), 100.0, dtype=torch.float16)
    assert torch.isinf(features * attention[:, :1]).all()  # what the test is about
    for pooling in ("average", "max"):
        parts = pool_parts(features, attention, pooling)
        torch.testing.assert_close(parts, torch.full_like(parts, 3e4 * 100), rtol=1e-3, atol=0)
        assert join_parts(parts).norm().item() == pytest.approx(1, abs=1e-6)


def test_maximum_pooling_is_the_published_module():
    features, attention = example(height=5, width=3)
    pool = nn.AdaptiveMaxPool2d(1)
    heads = [pool(features * attention[:, m : m + 1]).flatten(1) for m in range(3)]
    torch.testing.assert_close(pool_parts(features, attention, "max"), torch.stack(heads, 1))


def test_heads_vary_slowest_in_the_joined_vector():
    parts = torch.tensor([[[1.0, 4.0], [9.0, 16.0]]])
    vector = join_parts(parts, epsilon=0.0)[0]
    torch.testing.assert_close(vector / vector[0], torch.tensor([1.0, 2.0, 3.0, 4.0]))


def test_a_zero_vector_stays_zero_and_has_a_finite_gradient():
    parts = torch.zeros(2, 3, 4, requires_grad=True)
    vector = join_parts(parts)
    assert (vector == 0).all()
    vector.sum().backward()
    assert parts.grad.isfinite().all()


@pytest.mark.parametrize("epsilon", [1e-6, 1e-12])
def test_a_single_zero_is_no_small_number(epsilon):
    vector = join_parts(torch.tensor([[[0.0, 1.0, -1.0]]]), epsilon)[0]
    torch.testing.assert_close(vector, torch.tensor([0.0, 0.5**0.5, -(0.5**0.5)]))


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_gradients(pooling):
    features, attention = example(batch=2, channels=2, heads=2, height=2, width=3)
    features.requires_grad_()
    attention.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, a: join_parts(pool_parts(x, a, pooling)), (features, attention)
    )


def test_one_image_does_not_depend_on_its_batch():
    features, attention = example(batch=5, dtype=torch.float32)
    whole = join_parts(pool_parts(features, attention))
    alone = join_parts(pool_parts(features[3:4], attention[3:4]))
    torch.testing.assert_close(whole[3:4], alone, rtol=1e-6, atol=1e-7)


def test_channels_last_is_the_same():
    features, attention = example(dtype=torch.float32)
    last = torch.channels_last
    torch.testing.assert_close(
        pool_parts(
            features.contiguous(memory_format=last), attention.contiguous(memory_format=last)
        ),
        pool_parts(features, attention),
    )


def test_normalize_may_be_l2_alone():
    parts = torch.tensor([[[3.0, 0.0], [0.0, -4.0]]])
    torch.testing.assert_close(
        join_parts(parts, normalize="l2"), torch.tensor([[0.6, 0.0, 0.0, -0.8]])
    )
    assert join_parts(torch.zeros(1, 2, 2), normalize="l2").eq(0).all()
