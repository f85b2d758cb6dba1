import copy
import inspect

import numpy as np
import pytest
import torch
from tests.plugged_in import ForeignModel
from tests.reference import attention as slow
from torch import nn

from elsewhere.causal import (
    AttentionModel,
    CounterfactualBranch,
    Intervention,
    Observation,
    RandomAttention,
    ReversedAttention,
    ShuffledAttention,
    UniformAttention,
)
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, SmallResNet

INTERVENTIONS = [RandomAttention(), UniformAttention(), ReversedAttention(), ShuffledAttention()]


class NormalizedHead(nn.Module):
    """A head with a batch norm before its classifier, as embeddings have."""

    scale = 1.0

    def connect(self, size: int, classes: int) -> None:
        self.norm, self.classifier = nn.BatchNorm1d(size), nn.Linear(size, classes)

    def forward(self, pooled):
        return self.classifier(self.norm(pooled)), pooled


def make(kind: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "foreign":
        return ForeignModel()
    network = AttentionNetwork(SmallResNet((4, 6, 8)), heads=2, classes=4)
    if kind == "normalized head":
        network.head = NormalizedHead()
        network.head.connect(network.embedding_size, 4)
    return network


def images(count=6, seed=1):
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def buffers(model):
    return {name: value.clone() for name, value in model.named_buffers()}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


KINDS = ["network", "normalized head", "foreign"]


@pytest.mark.parametrize("kind", ["network", "foreign"])
@pytest.mark.parametrize("draws", [1, 4])
def test_the_effect_is_equation_5(kind, draws):
    model = make(kind).eval()
    output = model(images())
    effect = CounterfactualBranch(RandomAttention())(model, output, seeded(3), draws=draws)
    generator = seeded(3)
    shape = output.attention.shape
    maps = [torch.empty(shape).uniform_(0, 2, generator=generator) for _ in range(draws)]
    wrong = [model.predict(output.features, attention) for attention in maps]
    expected = slow.effect(output.logits.detach().numpy(), torch.stack(wrong).detach().numpy())
    np.testing.assert_allclose(effect.detach().numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_effect_of_one_attention_for_another_is_the_difference():
    class Same(Intervention):
        def __call__(self, attention, generator=None):
            return attention

    model = make("network").eval()
    output = model(images())
    assert (CounterfactualBranch(Same())(model, output) == 0).all()


@pytest.mark.parametrize("draws", [1, 3])
def test_the_model_is_asked_once_a_draw(draws):
    model = make("foreign")
    CounterfactualBranch(RandomAttention())(model, model(images()), draws=draws)
    assert model.predictions == draws


def test_no_draw_at_all_is_refused():
    model = make("foreign")
    with pytest.raises(ModelError, match="at least one draw, got 0"):
        CounterfactualBranch(RandomAttention())(model, model(images()), draws=0)


@pytest.mark.parametrize("intervention", INTERVENTIONS, ids=lambda one: type(one).__name__)
def test_gradients_reach_features_and_classifier_but_not_the_wrong_attention(intervention):
    model = make("network").train()
    output = model(images())
    branch = CounterfactualBranch(intervention)
    wrong = branch.counterfactual(model, output.features, output.attention, seeded())
    wanted = (output.attention, output.features, model.head.classifier.weight)
    loss = wrong.square().sum()
    gradients = torch.autograd.grad(loss, wanted, allow_unused=True, retain_graph=True)
    assert gradients[0] is None
    assert all(gradient.abs().sum() > 0 for gradient in gradients[1:])
    effect = branch(model, output, seeded())
    (through_the_fact,) = torch.autograd.grad(effect.square().sum(), output.attention)
    assert through_the_fact.abs().sum() > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("draws", [1, 3])
def test_a_step_with_the_branch_leaves_every_buffer_as_a_step_without(kind, draws):
    """Forward, branch, backward and optimizer, in training mode, at a learning rate of 0."""
    plain = make(kind).train()
    caused = copy.deepcopy(plain)
    for model, branch in ((plain, None), (caused, CounterfactualBranch(RandomAttention()))):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
        for step in range(3):
            output = model(images(seed=step))
            logits = output.logits
            if branch is not None:
                effect = branch(model, output, seeded(step), draws=draws)
                assert effect.abs().sum() > 0
                logits = logits + effect
            optimizer.zero_grad()
            logits.square().mean().backward()
            optimizer.step()
    theirs = buffers(plain)
    assert theirs  # there is something to compare
    assert not any(torch.equal(value, buffers(make(kind))[key]) for key, value in theirs.items())
    for key, value in buffers(caused).items():
        assert torch.equal(value, theirs[key]), key


def test_the_very_same_buffers_come_back():
    model = make("foreign").train()
    before = dict(model.named_buffers())
    CounterfactualBranch(RandomAttention())(model, model(images()))
    assert all(value is before[name] for name, value in model.named_buffers())


def test_buffers_come_back_when_the_prediction_fails():
    model = make("foreign").train()
    output = model(images())
    before = buffers(model)
    broken = output._replace(features=output.features[:, :3])
    with pytest.raises(RuntimeError):
        CounterfactualBranch(RandomAttention())(model, broken)
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())


def test_batch_statistics_are_used_all_the_same():
    """In training mode the counterfactual is normalised by its own batch."""
    model = make("foreign").train()
    output = model(images())
    hidden = []
    model.head[1].register_forward_hook(lambda _module, _inputs, normal: hidden.append(normal))
    CounterfactualBranch(RandomAttention())(model, output, seeded())
    torch.testing.assert_close(hidden[0].mean(0), torch.zeros(6), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["normalized head", "foreign"])
def test_statistics_are_updated_where_that_is_asked_for(kind):
    model = make(kind).train()
    output = model(images())
    before = buffers(model)
    CounterfactualBranch(RandomAttention(), update_statistics=True)(model, output)
    after = buffers(model)
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    norm = "head.1" if kind == "foreign" else "head.norm"
    assert changed - {"calls"} == {
        f"{norm}.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")
    }


def test_an_adapter_around_modules_is_a_model_too():
    class Adapter:
        def __init__(self, model):
            self.model = model

        def predict(self, features, attention):
            return self.model.predict(features, attention)

    model = make("foreign").train()
    output = model(images())
    before = buffers(model)
    effect = CounterfactualBranch(RandomAttention())(Adapter(model), output)
    effect.sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())


def test_buffers_shared_by_two_modules_stay_shared():
    model = make("foreign").train()
    model.again = model.head[1]
    model.register_buffer("same", model.calls)
    output = model(images())
    CounterfactualBranch(RandomAttention())(model, output)
    assert model.same is model.calls


@pytest.mark.parametrize("kind", ["network", "foreign"])
def test_models_and_outputs_fit_the_protocols(kind):
    model = make(kind)
    assert isinstance(model, AttentionModel)
    assert isinstance(model(images()), Observation)


def test_a_stranger_is_told_what_is_asked_of_a_model():
    """Without the checks of signatures, which tests put in front of everything."""
    call = inspect.unwrap(CounterfactualBranch.__call__)
    branch, observed = CounterfactualBranch(RandomAttention()), make("plain")(images())
    with pytest.raises(ModelError, match=r"Linear has no method predict\(features, attention\)"):
        call(branch, nn.Linear(1, 1), observed)
    with pytest.raises(ModelError, match="output is a tuple without logits, attention, features"):
        call(branch, make("plain"), tuple(observed))
    alone = inspect.unwrap(CounterfactualBranch.counterfactual)
    with pytest.raises(ModelError, match="has no method predict"):
        alone(branch, nn.Linear(1, 1), observed.features, observed.attention)
