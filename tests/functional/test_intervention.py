import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import attention as slow

from elsewhere.errors import ModelError
from elsewhere.functional.attention import join_parts, pool_parts
from elsewhere.functional.intervention import (
    derangement,
    painted_attention,
    permutation,
    random_attention,
    reversed_attention,
    shuffled_attention,
    uniform_attention,
)


def maps(*shape, seed=0, dtype=torch.float64):
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_random_attention_fills_its_range():
    drawn = random_attention(torch.zeros(8, 16, 14, 14), 0.5, 3.0, seeded(1))
    assert 0.5 <= drawn.min() < 0.51
    assert 2.99 < drawn.max() <= 3.0
    counts = torch.histc(drawn, bins=10, min=0.5, max=3.0) / drawn.numel()
    torch.testing.assert_close(counts, torch.full((10,), 0.1), rtol=0, atol=0.01)


def test_the_default_range_is_the_papers():
    drawn = random_attention(torch.zeros(4, 8, 14, 14), generator=seeded(1))
    assert drawn.max() > 1.99
    assert drawn.mean().item() == pytest.approx(1.0, abs=0.03)


def test_random_attention_comes_from_its_generator_alone():
    attention = torch.zeros(2, 3, 4, 5)
    before = torch.random.get_rng_state()
    one, again = (random_attention(attention, generator=seeded(7)) for _ in range(2))
    other = random_attention(attention, generator=seeded(8))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_intervention_keeps_shape_and_type(dtype):
    attention = maps(3, 2, 4, 5, dtype=torch.float64).to(dtype)
    for changed in (
        random_attention(attention, generator=seeded(0)),
        uniform_attention(attention, "map"),
        uniform_attention(attention, "sample"),
        reversed_attention(attention),
        shuffled_attention(attention, derangement(3, seeded(0))),
    ):
        assert changed.shape == attention.shape
        assert changed.dtype == dtype


@pytest.mark.parametrize("average", ["map", "sample"])
def test_uniform_agrees_with_loops(average):
    attention = maps(3, 4, 3, 5)
    np.testing.assert_allclose(
        uniform_attention(attention, average).numpy(), slow.uniform(attention.numpy(), average)
    )


def test_uniform_over_the_sample_predicts_as_an_all_ones_map():
    features, attention = torch.randn(3, 6, 4, 4, generator=seeded(2)).double(), maps(3, 4, 4, 4)
    ones = join_parts(pool_parts(features, torch.ones_like(attention)), 1e-12)
    sample = join_parts(pool_parts(features, uniform_attention(attention, "sample")), 1e-12)
    by_map = join_parts(pool_parts(features, uniform_attention(attention, "map")), 1e-12)
    torch.testing.assert_close(sample, ones, rtol=0, atol=1e-9)
    assert (by_map - ones).abs().max() > 1e-3  # the two readings differ


def test_reversed_agrees_with_loops():
    attention = maps(4, 2, 3, 3)
    reversal = reversed_attention(attention)
    np.testing.assert_allclose(reversal.numpy(), slow.reversal(attention.numpy()))
    assert (reversal.amin(dim=(1, 2, 3)) == 0).all()


def test_shuffled_gives_the_partners_maps():
    attention = maps(4, 2, 3, 3)
    shuffled = shuffled_attention(attention, torch.tensor([2, 0, 3, 1]))
    for image, partner in enumerate([2, 0, 3, 1]):
        assert torch.equal(shuffled[image], attention[partner])


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 40), st.integers(0, 2**62))
def test_a_derangement_is_a_permutation_without_a_fixed_point(size, seed):
    partners = derangement(size, seeded(seed)).tolist()
    assert sorted(partners) == list(range(size))
    assert all(image != partner for image, partner in enumerate(partners))
    assert partners == derangement(size, seeded(seed)).tolist()


def test_every_partner_is_equally_likely():
    counts = torch.zeros(4, 4)
    generator = seeded(0)
    for _ in range(3000):
        counts[torch.arange(4), derangement(4, generator)] += 1
    torch.testing.assert_close(counts / 3000, (1 - torch.eye(4)) / 3, rtol=0, atol=0.04)


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_to_swap_with(size):
    with pytest.raises(ModelError, match=f"at least two images, got {size}"):
        derangement(size)


def test_a_permutation_may_keep_an_image_in_place():
    drawn = [permutation(3, seeded(seed)).tolist() for seed in range(60)]
    assert len({tuple(one) for one in drawn}) == 6
    assert [0, 1, 2] in drawn
    assert permutation(1).tolist() == [0]


def test_painted_attention_keeps_each_average_and_lies_where_it_was_painted():
    learned, painted = maps(2, 3, 2, 4), torch.zeros(4, 8, dtype=torch.float64)
    painted[:2, 2:4] = 3.0  # what pools to the second cell of the first row
    painted[2, 0] = 1.0  # a quarter of the first cell of the second
    changed = painted_attention(learned, painted)
    for image in range(2):
        for head in range(3):
            total = learned[image, head].sum().item()
            wanted = [[0.0, total * 12 / 13, 0.0, 0.0], [total / 13, 0.0, 0.0, 0.0]]
            assert changed[image, head].numpy() == pytest.approx(np.array(wanted))


def test_painting_everything_is_uniform_attention():
    learned = maps(2, 3, 5, 4)
    torch.testing.assert_close(
        painted_attention(learned, torch.full((7, 9), 0.2)), uniform_attention(learned)
    )


@pytest.mark.parametrize("painted", [torch.zeros(3, 3), -torch.ones(3, 3),
                                     torch.full((3, 3), torch.nan)])  # fmt: skip
def test_nothing_painted_is_refused(painted):
    with pytest.raises(ModelError, match="nothing is painted"):
        painted_attention(maps(1, 1, 3, 3), painted)
