import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.reference import regularization as slow

from elsewhere.functional import attention_dropout, attention_entropy, normalize_attention

MAPS = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=4, max_dims=4, max_side=4),
    elements=st.one_of(st.just(0.0), st.floats(1e-6, 1e6)),
)


def maps(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(MAPS)
@settings(deadline=None, max_examples=60)
def test_entropy_and_normalization_agree_with_loops(attention):
    given = torch.from_numpy(attention)
    np.testing.assert_allclose(attention_entropy(given).numpy(), slow.entropy(attention), atol=1e-9)
    np.testing.assert_allclose(
        normalize_attention(given).numpy(), slow.normalized(attention), rtol=1e-9
    )


def test_an_even_map_has_the_largest_entropy_and_one_position_none():
    even, single = torch.full((1, 1, 3, 5), 0.2), torch.zeros(1, 1, 3, 5)
    single[0, 0, 1, 2] = 7.0
    assert attention_entropy(even).item() == pytest.approx(1.0)
    assert attention_entropy(single).item() == 0.0


def test_entropy_does_not_depend_on_the_scale():
    attention = maps(2, 3, 4, 5)
    torch.testing.assert_close(attention_entropy(attention), attention_entropy(50 * attention))


@pytest.mark.parametrize("work", [normalize_attention, attention_entropy])
def test_gradients_are_right_and_finite_at_zero(work):
    attention = (maps(2, 2, 2, 3) + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(work, attention)
    nothing = torch.zeros(1, 2, 2, 2, requires_grad=True)
    work(nothing).sum().backward()
    assert nothing.grad.isfinite().all()
    some = maps(1, 1, 2, 2)
    some[0, 0, 0, 0] = 0.0
    some.requires_grad_()
    work(some).sum().backward()
    assert some.grad.isfinite().all()


@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=4, max_dims=4, max_side=4),
        elements=st.sampled_from([0.0, 1e-45, 1e-38, 1e-12, 1e-6, 0.3, 1.0, 1e9, 1e30]),
    )
)
@settings(deadline=None, max_examples=60)
def test_whatever_the_scale_results_are_in_range_and_gradients_finite(attention):
    for work in (normalize_attention, attention_entropy):
        given = torch.from_numpy(attention.copy()).requires_grad_()
        result = work(given)
        result.sum().backward()
        assert result.min() >= 0
        assert result.max() <= 1 + 1e-6 * (work is normalize_attention)
        assert given.grad.isfinite().all()


def test_a_map_that_is_all_but_empty_counts_as_even():
    attention = torch.tensor([[[[1e-13, 0.0], [0.0, 0.0]]]], requires_grad=True)
    entropy = attention_entropy(attention)
    entropy.backward()
    assert entropy.item() == 1.0
    assert attention.grad.eq(0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    attention = (300 * maps(2, 3, 14, 14)).to(dtype)  # whose squares overflow float16
    for work in (normalize_attention, attention_entropy):
        result = work(attention)
        assert result.dtype == torch.float32
        torch.testing.assert_close(result, work(attention.float()))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_drops_single_values(rate):
    attention = maps(4, 8, 20, 20) + 0.5
    dropped = attention_dropout(attention, rate, torch.Generator().manual_seed(1))
    gone = dropped == 0
    count = gone.numel()
    assert abs(gone.double().mean() - rate) < 4 * (rate * (1 - rate) / count) ** 0.5
    torch.testing.assert_close(dropped[~gone], attention[~gone] / (1 - rate))
    shares = gone.double().mean((2, 3))
    assert shares.min() > 0  # no map is spared or dropped as a whole
    assert shares.max() < 1


def test_dropout_is_seeded_by_its_generator_alone():
    attention = maps(2, 3, 4, 5)
    draws = [
        attention_dropout(attention, 0.5, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert torch.equal(attention_dropout(attention, 0.0), attention)
