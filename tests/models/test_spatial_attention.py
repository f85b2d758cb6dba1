import pytest
import torch
import torch.nn.functional as F

from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, SmallResNet, SpatialAttention


def connected(channels, heads, **settings):
    module = SpatialAttention(**settings)
    module.connect(channels, heads)
    return module


def test_it_is_convolution_batch_norm_and_relu():
    module = connected(6, 4)
    torch.nn.init.normal_(module.bn.weight)
    torch.nn.init.normal_(module.bn.bias)
    features = torch.randn(3, 6, 5, 7)
    maps = torch.einsum("bchw,mc->bmhw", features, module.conv.weight[:, :, 0, 0])
    mean, variance = maps.mean((0, 2, 3)), maps.var((0, 2, 3), unbiased=False)
    normal = (maps - mean.view(-1, 1, 1)) / (variance + 1e-3).sqrt().view(-1, 1, 1)
    expected = F.relu(normal * module.bn.weight.view(-1, 1, 1) + module.bn.bias.view(-1, 1, 1))
    torch.testing.assert_close(module(features), expected, rtol=1e-5, atol=1e-5)


def test_its_layers_are_the_published_ones():
    module = connected(2048, 32)
    assert module.conv.weight.shape == (32, 2048, 1, 1)
    assert module.conv.bias is None
    assert module.bn.eps == 1e-3
    assert set(module.state_dict()) == {
        "conv.weight",
        *(f"bn.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
        "bn.num_batches_tracked",
    }


def test_one_head_of_any_size_is_not_negative():
    attention = connected(3, 1)(torch.randn(2, 3, 1, 9))
    assert attention.shape == (2, 1, 1, 9)
    assert attention.min() >= 0


def test_without_batch_norm_it_is_the_papers_words():
    """Section 3.1: "a 2D convolutional layer followed by ReLU activation"."""
    module = connected(6, 4, batch_norm=False)
    features = torch.randn(3, 6, 5, 7)
    maps = torch.einsum("bchw,mc->bmhw", features, module.conv.weight[:, :, 0, 0])
    expected = F.relu(maps + module.conv.bias.view(-1, 1, 1))
    torch.testing.assert_close(module(features), expected, rtol=1e-5, atol=1e-5)
    assert set(module.state_dict()) == {"conv.weight", "conv.bias"}


def test_normalized_maps_have_length_one_in_training_and_at_test():
    module = connected(6, 4, normalization="l2")
    features = torch.randn(3, 6, 5, 7)
    for training in (True, False):
        maps = module.train(training)(features)
        lengths = maps.flatten(2).norm(dim=2)
        torch.testing.assert_close(lengths, torch.ones(3, 4))


def test_dropout_is_for_training_alone_and_by_the_global_generator():
    module = connected(6, 4, dropout=0.5)
    features = torch.randn(3, 6, 15, 17)
    whole = module.eval()(features)
    module.train()
    module.bn.eval()
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(module(features))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    kept = drawn[0] != 0
    torch.testing.assert_close(drawn[0][kept], 2 * whole[kept])
    assert 0.4 < kept.sum() / (whole != 0).sum() < 0.6


@pytest.mark.parametrize("settings", [{"dropout": 1.0}, {"dropout": -0.1}])
def test_a_rate_out_of_range_is_refused(settings):
    with pytest.raises(ModelError, match="dropout must be 0 or more and below 1"):
        SpatialAttention(**settings)


def test_a_network_takes_the_module_it_is_given():
    module = SpatialAttention(normalization="l2")
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 3, 2, attention=module)
    assert network.attention is module
    attention = network(torch.randn(2, 3, 32, 32)).attention
    torch.testing.assert_close(attention.flatten(2).norm(dim=2), torch.ones(2, 3))


def test_drawn_first_weights_are_what_they_were_before_there_were_options():
    torch.manual_seed(0)
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 3, 2)
    torch.manual_seed(0)
    SmallResNet((4, 6, 8))
    first = torch.nn.Conv2d(8, 3, 1, bias=False)
    assert torch.equal(network.attention.conv.weight, first.weight)
