"""What counterfactual attention learning costs, counted in multiplications and additions."""

import copy

import pytest
import torch
from lightning.pytorch import Trainer
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode

from elsewhere.bundle import load_bundle, save_bundle
from elsewhere.causal import CounterfactualBranch, RandomAttention
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, CropAndDrop, TestViews

BATCH, CLASSES, HEADS, SIDE = 4, 5, 8, 64


def count(work) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def make() -> AttentionNetwork:
    torch.manual_seed(0)
    return AttentionNetwork(SmallResNet(), heads=HEADS, classes=CLASSES)


def batch() -> Batch:
    return Batch(
        torch.randn(BATCH, 3, SIDE, SIDE),
        torch.arange(BATCH),
        torch.full((BATCH, 4), torch.nan),
        torch.arange(BATCH),
    )


def fit(task: Classification, steps: int = 1) -> None:
    loader = DataLoader([batch() for _ in range(steps)], batch_size=None)
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    trainer.fit(task, loader)


def train(intervention, augmentation=None) -> tuple[Classification, int]:
    task = Classification(make(), intervention=intervention, augmentation=augmentation)
    return task, count(lambda: fit(task))


def step_by_hand(augmentation) -> None:
    """The baseline's step without this package's task, objective or branch."""
    network, data = make().train(), batch()
    raw = network(data.images)
    loss = torch.nn.functional.cross_entropy(raw.logits, data.labels) / 3
    loss = loss + raw.embedding.square().sum() / BATCH
    if augmentation is not None:
        views = network(augmentation(data.images, raw.attention))
        loss = loss + torch.nn.functional.cross_entropy(views.logits, data.labels.repeat(2))
    loss.backward()


@pytest.fixture(scope="module")
def trained():
    return {
        "baseline": train(None, CropAndDrop()),
        "causal": train(RandomAttention(), CropAndDrop()),
    }


def test_the_baseline_trains_at_the_cost_of_a_build_without_the_branch(trained):
    assert trained["baseline"][1] == count(lambda: step_by_hand(CropAndDrop()))
    assert train(None)[1] == count(lambda: step_by_hand(None))


def test_training_with_the_branch_costs_a_little_more(trained):
    ratio = trained["causal"][1] / trained["baseline"][1]
    assert 1 < ratio < 1.03


def forward(network) -> int:
    images = torch.randn(BATCH, 3, SIDE, SIDE)
    with torch.no_grad():
        return count(lambda: network(images))


def test_inference_costs_what_its_parts_cost_once(trained, tmp_path):
    """So nothing of the branch is in it, of a trained network or of a loaded bundle."""
    network = trained["causal"][0].network.eval()
    images = torch.randn(BATCH, 3, SIDE, SIDE)
    with torch.no_grad():
        features = network.backbone(images)
        parts = count(lambda: network.backbone(images))
        parts += count(lambda: network.attention(features))
    places, size = features.shape[-2] * features.shape[-1], network.embedding_size
    parts += 2 * BATCH * size * places  # eq. 2
    parts += 2 * BATCH * size * CLASSES  # the classifier
    save_bundle(network, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    baseline = trained["baseline"][0].network.eval()
    assert forward(network) == forward(loaded) == forward(baseline) == parts
    # what the published code does at inference would be seen
    output = network(images)
    branch = CounterfactualBranch(RandomAttention())
    assert forward(network) + count(lambda: branch(network, output)) > parts


@torch.no_grad()
def test_the_eight_views_cost_eight_predictions(trained):
    network = trained["causal"][0].network.eval()
    images = torch.randn(BATCH, 3, SIDE, SIDE)
    assert count(lambda: TestViews()(network, images)) == 8 * forward(network)


def test_the_baseline_changes_the_statistics_as_a_step_by_hand():
    torch.manual_seed(7)
    data = [batch(), batch()]
    plain = make().train()
    for one in data:
        plain(one.images)
    buffers = []
    for intervention in (None, RandomAttention()):
        task = Classification(
            make(), intervention, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.0)
        )
        torch.manual_seed(7)
        fit(task, steps=2)
        buffers.append(copy.deepcopy(dict(task.network.named_buffers())))
    for name, value in plain.named_buffers():
        assert torch.equal(buffers[0][name], value), name
        assert torch.equal(buffers[1][name], value), name
