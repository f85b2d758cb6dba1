import pytest
import torch

from elsewhere.causal import (
    HardestAttention,
    RandomAttention,
    ReversedAttention,
    ShuffledAttention,
    SimilarAttention,
    UniformAttention,
)
from elsewhere.errors import ConfigError
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.tasks import EffectMeasure

TOTAL = 7
IMAGES = torch.randn(TOTAL, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return AttentionNetwork(SmallResNet((4, 6, 8)), heads=3, classes=5).eval()


@torch.no_grad()
def measured(network, intervention, size: int, draws=3, seed=0) -> torch.Tensor:
    """Counterfactual logits of the whole set, looked at in batches of a size."""
    measure = EffectMeasure(intervention, draws=draws, seed=seed)
    parts = []
    for first in range(0, TOTAL, size):
        rows = list(range(first, min(first + size, TOTAL)))
        output = network(IMAGES[rows])
        parts.append(measure(network, output, rows, TOTAL, lambda others: IMAGES[list(others)]))
    return torch.cat(parts, dim=1)


@pytest.mark.parametrize(
    "intervention",
    [RandomAttention(), ShuffledAttention(), ShuffledAttention("permutation"),
     ReversedAttention(), UniformAttention()],
    ids=["random", "derangement", "permutation", "reversed", "uniform"],
)  # fmt: skip
def test_the_figure_does_not_depend_on_the_batch_size(network, intervention):
    whole = measured(network, intervention, TOTAL)
    assert whole.shape == (3, TOTAL, 5)
    for size in (1, 2, 5):
        torch.testing.assert_close(
            measured(network, intervention, size), whole, rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("intervention", [RandomAttention(), ShuffledAttention()])
def test_it_is_random_by_its_seed(network, intervention):
    one = measured(network, intervention, 4)
    assert torch.equal(one, measured(network, intervention, 4))
    assert not torch.allclose(one, measured(network, intervention, 4, seed=1))
    assert not torch.allclose(one[0], one[1])  # every draw is one of its own


@torch.no_grad()
def test_every_image_has_random_numbers_of_its_own(network):
    """Whatever the picture: the same one in two rows meets two counterfactuals."""
    output = network(IMAGES[[3, 3]])
    logits = EffectMeasure(RandomAttention(), draws=1)(network, output, [3, 4], TOTAL, list)
    assert not torch.allclose(logits[0, 0], logits[0, 1])


@torch.no_grad()
def test_shuffled_partners_come_from_the_whole_set(network):
    """Nobody meets their own attention, whichever batch they are in."""
    output = network(IMAGES)
    partners = {}
    for draw in range(12):
        logits = measured(network, ShuffledAttention(), 1, draws=draw + 1)[draw]
        for image in range(TOTAL):
            swapped = network.predict(
                output.features[image].expand(TOTAL, -1, -1, -1), output.attention
            )
            partner = (swapped - logits[image]).abs().sum(1).argmin().item()
            partners.setdefault(image, set()).add(partner)
    assert all(image not in met for image, met in partners.items())
    assert all(len(met) > 2 for met in partners.values())


@torch.no_grad()
def test_no_statistics_change(network):
    before = {key: value.clone() for key, value in network.state_dict().items()}
    measured(network, RandomAttention(), 3)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_no_draw_is_no_measure():
    with pytest.raises(ConfigError, match="at least one draw, got 0"):
        EffectMeasure(draws=0)


def test_the_hardest_of_other_images_cannot_be_measured_one_by_one():
    for of in (ShuffledAttention(), HardestAttention(SimilarAttention())):
        with pytest.raises(ConfigError, match="every image is measured by itself"):
            EffectMeasure(HardestAttention(of))
    EffectMeasure(HardestAttention(HardestAttention()))
