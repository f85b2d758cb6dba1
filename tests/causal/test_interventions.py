import warnings

import numpy as np
import pytest
import torch
from tests.reference import attention as slow

from elsewhere.causal import (
    AnnealedAttention,
    CounterfactualBranch,
    HardestAttention,
    Intervention,
    RandomAttention,
    ReversedAttention,
    ShuffledAttention,
    UniformAttention,
)
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.tasks import EffectMeasure


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def attention():
    return torch.rand(4, 3, 5, 6, generator=seeded(1))


def test_each_is_its_function(attention):
    numbers = attention.double().numpy()
    for average in ("map", "sample"):
        np.testing.assert_allclose(
            UniformAttention(average)(attention).numpy(), slow.uniform(numbers, average), rtol=1e-6
        )
    np.testing.assert_allclose(
        ReversedAttention()(attention).numpy(), slow.reversal(numbers), rtol=1e-6
    )
    drawn = RandomAttention(-0.5, 1.5)(attention, seeded())
    assert -0.5 <= drawn.min() < -0.45
    assert 1.45 < drawn.max() <= 1.5


@pytest.mark.parametrize("make", [RandomAttention, ShuffledAttention])
def test_randomness_comes_from_the_generator(make, attention):
    before = torch.random.get_rng_state()
    one, again = (make()(attention, seeded(5)) for _ in range(2))
    assert torch.equal(one, again)
    assert torch.equal(before, torch.random.get_rng_state())
    others = [make()(attention, seeded(seed)) for seed in range(6, 12)]
    assert not all(torch.equal(one, other) for other in others)


def test_shuffling_gives_nobody_their_own_map(attention):
    for seed in range(50):
        shuffled = ShuffledAttention()(attention, seeded(seed))
        for image in range(4):
            assert not torch.equal(shuffled[image], attention[image])
            assert any(torch.equal(shuffled[image], other) for other in attention)


def test_one_image_cannot_be_shuffled_unless_any_permutation_will_do(attention):
    with pytest.raises(ModelError, match="at least two images"):
        ShuffledAttention()(attention[:1])
    alone = ShuffledAttention("permutation")(attention[:1])
    assert torch.equal(alone, attention[:1])


def watch(intervention, attention, times=1):
    for _ in range(times):
        intervention.watch(attention)


@pytest.mark.parametrize("kind", [RandomAttention, AnnealedAttention, HardestAttention])
def test_attention_beyond_the_range_warns_once(attention, kind):
    with pytest.warns(UserWarning, match="100% of the learned attention lies outside 0…2") as seen:
        watch(kind(), attention + 3, 301)
    assert len(seen) == 1


def test_attention_that_grows_beyond_the_range_warns_later(attention):
    intervention = RandomAttention(0.0, 2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch(intervention, attention, 150)
    with pytest.warns(UserWarning, match="set low and high of RandomAttention"):
        watch(intervention, attention + 3, 100)


def test_attention_within_the_range_is_no_cause_for_a_warning(attention):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch(RandomAttention(0.0, 2.0), attention * 2)
        few = attention.clone()
        few[0, 0, 0, :3] = 9.0  # under 5 %
        watch(RandomAttention(0.0, 2.0), few)


def test_only_what_is_trained_against_random_attention_is_warned_of_its_range():
    network, images = AttentionNetwork(SmallResNet(), heads=2, classes=2), torch.rand(4, 3, 32, 32)
    look = network.attention.forward
    network.attention.forward = lambda features: look(features) + 3
    said = network.eval()(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CounterfactualBranch(ShuffledAttention())(network, said)
        EffectMeasure()(network, said, range(4), 4, torch.empty)  # a test's, whatever was trained
    for ask in (
        lambda branch: branch(network, said),
        lambda branch: branch.counterfactual(network, said.features, said.attention),
    ):
        with pytest.warns(UserWarning, match="range that random attention is drawn from"):
            ask(CounterfactualBranch(RandomAttention()))


def test_ones_own_intervention_needs_one_method(attention):
    class Mirrored(Intervention):
        def __call__(self, attention, generator=None):
            return attention.flip(-1)

    assert torch.equal(Mirrored()(attention)[..., 0], attention[..., -1])
    with pytest.raises(TypeError):
        Intervention()
