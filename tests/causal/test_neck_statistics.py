"""Batch norm behind the embedding: touched once a step, by factual features only."""

import copy

import pytest
import torch

from elsewhere.causal import CounterfactualBranch, RandomAttention
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet


def make() -> AttentionNetwork:
    torch.manual_seed(0)
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, 4, head=EmbeddingHead(5))
    torch.nn.init.normal_(network.head.projection.weight)
    torch.nn.init.normal_(network.head.classifier.weight)
    return network.train()


def images(seed=1):
    return torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def buffers(network):
    return {name: value.clone() for name, value in network.named_buffers()}


@pytest.mark.parametrize("draws", [1, 3])
def test_with_and_without_the_branch_the_statistics_are_the_same(draws):
    plain, caused = make(), make()
    branch = CounterfactualBranch(RandomAttention())
    for step in range(3):
        plain(images(step))
        output = caused(images(step))
        effect = branch(caused, output, torch.Generator().manual_seed(step), draws=draws)
        assert effect.abs().min() > 0
        (effect.square().sum() + output.logits.square().sum()).backward()
    assert caused.head.norm.num_batches_tracked.item() == 3
    for name, value in buffers(caused).items():
        assert torch.equal(value, buffers(plain)[name]), name


def test_the_statistics_are_those_of_the_factual_embedding():
    network = make()
    output = network(images())
    CounterfactualBranch(RandomAttention())(network, output)
    norm, seen = network.head.norm, output.embedding.detach()
    torch.testing.assert_close(norm.running_mean, 0.1 * seen.mean(0))
    torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * seen.var(0))


def test_as_published_counterfactual_and_factual_both_count():
    """The public code's order and weights: the counterfactual first, so 0.09 of it and 0.1."""
    network = make()
    features, attention = network.look(images())
    branch = CounterfactualBranch(RandomAttention(), update_statistics=True)
    generator = torch.Generator().manual_seed(3)
    wrong = branch.intervention(attention, copy.deepcopy(generator).manual_seed(3))
    branch.counterfactual(network, features, attention, generator.manual_seed(3))
    output = network.answer(features, attention)
    norm = network.head.norm
    assert norm.num_batches_tracked.item() == 2
    false = network.head.projection(network.pool(features, wrong)).detach()
    expected = 0.09 * false.mean(0) + 0.1 * output.embedding.detach().mean(0)
    torch.testing.assert_close(norm.running_mean, expected)


def test_gradients_pass_the_neck_to_features_and_both_layers():
    network = make()
    output = network(images())
    effect = CounterfactualBranch(RandomAttention())(network, output)
    effect.square().sum().backward()
    for layer in (network.head.projection, network.head.classifier, network.attention.conv):
        assert layer.weight.grad.abs().sum() > 0
