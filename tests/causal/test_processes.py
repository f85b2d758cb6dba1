"""What holds in two processes, the centres among it: one start of two of them, for its cost."""

import os

import pytest
import torch
from lightning.pytorch import Trainer
from tests.plugged_in import ForeignModel
from tests.processes import WORLD, in_two_processes
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from elsewhere.callbacks import SeedEachStep
from elsewhere.causal import CounterfactualBranch, RandomAttention, ReversedAttention
from elsewhere.data.sampling.batches import step_seed
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.losses import CenterLoss
from elsewhere.losses.center import CenterMoves
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.structures import Batch
from elsewhere.tasks import Classification

pytestmark = pytest.mark.slow

LABELS = [[0, 1, 1, 2], [1, 1, 0, 3]]  # of each process; labels repeat within and across


class Step(nn.Module):
    """A training step as one call, as a trainer hands it to DistributedDataParallel."""

    def __init__(self, model: nn.Module, branch: CounterfactualBranch | None) -> None:
        super().__init__()
        self.model, self.branch = model, branch

    def forward(self, images):
        output = self.model(images)
        if self.branch is None:
            return output.logits.square().mean()
        return (output.logits + self.branch(self.model, output)).square().mean()


def make(kind: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "foreign":
        return ForeignModel()
    return AttentionNetwork(SmallResNet((4, 6, 8)), heads=2, classes=4)


def buffers_after_training(rank: int, kind: str, branch: CounterfactualBranch | None):
    torch.manual_seed(rank)
    step = DistributedDataParallel(Step(make(kind).train(), branch))
    optimizer = torch.optim.SGD(step.parameters(), lr=0.0)
    for number in range(3):
        generator = torch.Generator().manual_seed(10 * number + rank)
        step(torch.randn(4, 3, 16, 16, generator=generator)).backward()
        optimizer.step()
    return dict(step.module.model.named_buffers())


def embedding(rank: int, size: int = 5) -> torch.Tensor:
    rows = torch.randn(4, size, generator=torch.Generator().manual_seed(rank))
    return nn.functional.normalize(rows, dim=1)


def centers(rank: int) -> dict[str, torch.Tensor]:
    loss = CenterLoss(4, 5)
    rows, labels = embedding(rank).requires_grad_(), torch.tensor(LABELS[rank])
    loss(rows, labels)
    value = loss(rows, labels)
    value.backward()
    return {"centers": loss.centers, "loss": value.detach(), "gradient": rows.grad}


def published_centers(rank: int) -> torch.Tensor:
    """Of a whole task, wrapped as it is by a run of several processes, after two steps."""
    task = Classification(make("network"), center=CenterMoves(moved_by="published"))
    task.forward = lambda *given: task.objective.center(*given)
    wrapped = DistributedDataParallel(task)
    for _ in range(2):
        wrapped(embedding(rank, task.network.embedding_size), torch.tensor(LABELS[rank]))
    return task.objective.center.centers


def half(rank: int) -> torch.Tensor:
    return torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(rank))


def gradients(model: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of one step with the effect; reversed attention, since nothing of it is random."""
    model(images).backward()
    return {name.removeprefix("module."): p.grad for name, p in model.named_parameters()}


def caused_step() -> Step:
    """Batch norm by running statistics: by the batch's, halves would not add up to the whole."""
    return Step(make("network").eval(), CounterfactualBranch(ReversedAttention()))


def seeds(rank: int) -> dict[str, list[int]]:
    """What the generators of two training steps start from, as a run of several processes."""
    os.environ |= {"LOCAL_RANK": str(rank), "NODE_RANK": "0"}  # as a launcher says it
    drawn: dict[str, list[int]] = {"step": [], "layers": []}

    class Watched(RandomAttention):
        def __call__(self, attention, generator=None):
            drawn["step"].append(generator.initial_seed())
            drawn["layers"].append(torch.initial_seed())
            return super().__call__(attention, generator)

    trainer = Trainer(
        accelerator="cpu", devices=WORLD, strategy="ddp", max_epochs=2, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        use_distributed_sampler=False, limit_val_batches=0, callbacks=[SeedEachStep(5)],
    )  # fmt: skip
    labels = torch.tensor(LABELS[rank])
    batch = Batch(half(rank), labels, torch.full((4, 4), torch.nan), torch.arange(4))
    task = Classification(make("network"), Watched(), seed=5)
    trainer.fit(task, DataLoader([batch], batch_size=None))
    return drawn


def work(rank: int) -> dict[str, object]:
    branch = CounterfactualBranch(RandomAttention())
    return {
        "centers": centers(rank),
        "published": published_centers(rank),
        "gradients": gradients(DistributedDataParallel(caused_step()), half(rank)),
        **{
            kind: [buffers_after_training(rank, kind, one) for one in (None, branch)]
            for kind in ("network", "foreign")
        },
        "seeds": seeds(rank),
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[dict]:
    """What each process came to."""
    return in_two_processes(work, tmp_path_factory.mktemp("processes"))


@pytest.mark.parametrize("kind", ["network", "foreign"])
@pytest.mark.parametrize("rank", range(WORLD))
def test_the_branch_leaves_every_buffer_alone(found, rank, kind):
    plain, caused = found[rank][kind]
    assert plain.keys() == caused.keys()
    untrained = dict(make(kind).named_buffers())
    assert not any(torch.equal(value, untrained[name]) for name, value in plain.items())
    for name, value in caused.items():
        assert torch.equal(value, plain[name]), name


def test_centres_of_two_processes_are_those_of_one(found):
    loss = CenterLoss(4, 5)
    rows = torch.cat([embedding(rank) for rank in range(WORLD)]).requires_grad_()
    labels = torch.tensor(LABELS[0] + LABELS[1])
    loss(rows, labels)
    value = loss(rows, labels)
    value.backward()
    for rank in range(WORLD):
        torch.testing.assert_close(found[rank]["centers"]["centers"], loss.centers)
    # processes average their losses and gradients
    values = [found[rank]["centers"]["loss"] for rank in range(WORLD)]
    torch.testing.assert_close(torch.stack(values).mean(), value.detach())
    gradients = torch.cat([found[rank]["centers"]["gradient"] for rank in range(WORLD)]) / WORLD
    torch.testing.assert_close(gradients, rows.grad)


@pytest.mark.parametrize("rank", range(WORLD))
def test_published_centres_are_those_of_each_process_alone(found, rank):
    size = make("network").embedding_size
    alone = CenterLoss(4, size, moved_by="published")
    for _ in range(2):
        alone(embedding(rank, size), torch.tensor(LABELS[rank]))
    torch.testing.assert_close(found[rank]["published"], alone.centers)


@pytest.mark.parametrize("rank", range(WORLD))
def test_gradients_of_two_processes_are_those_of_one(found, rank):
    whole = gradients(caused_step(), torch.cat([half(0), half(1)]))
    assert found[rank]["gradients"].keys() == whole.keys()
    assert any(gradient.abs().max() > 1e-3 for gradient in whole.values())
    for name, gradient in found[rank]["gradients"].items():
        error = (gradient - whole[name]).abs().max()
        assert error <= 1e-4 * whole[name].abs().max(), (name, error, whole[name].abs().max())


@pytest.mark.parametrize("rank", range(WORLD))
def test_what_is_random_in_a_step_is_each_process_its_own(found, rank):
    assert found[rank]["seeds"] == {
        "step": [step_seed(5, step, rank) for step in range(2)],
        "layers": [mix_seed("layers", 5, step, rank) for step in range(2)],
    }
