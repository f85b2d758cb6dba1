"""One step of training, from images to weights, against the method written out by hand."""

import copy
from functools import partial

import pytest
import torch
from lightning.pytorch import Trainer
from tests.reference import step as reference
from torch.optim import SGD
from torch.utils.data import DataLoader

from elsewhere.causal import RandomAttention
from elsewhere.data.sampling.batches import step_seed
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, CropAndDrop, Reidentification

RATE, DECAY, SEED = 0.01, 1e-5, 3
LABELS = torch.tensor([0, 0, 1, 1, 2, 2])
ATTENTION = ["attention.conv.weight", "attention.bn.weight", "attention.bn.bias"]
HEADS = {
    "classes": ["head.classifier.weight"],
    "ids": ["head.projection.weight", "head.norm.weight", "head.classifier.weight"],
}


def make(kind):
    torch.manual_seed(0)
    optimizer = partial(SGD, lr=RATE, momentum=0.9, weight_decay=DECAY)
    given = {"intervention": RandomAttention(), "optimizer": optimizer, "seed": SEED}
    ids = kind == "ids"
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)), 3, 3, head=EmbeddingHead(7) if ids else None,
        epsilon=1e-12 if ids else 1e-6,
    )  # fmt: skip
    for name, weight in network.named_parameters():
        if not name.startswith("backbone") and name != "head.norm.bias":
            torch.nn.init.normal_(weight, 1.0 if "bn" in name or "norm" in name else 0.0, 0.3)
    if ids:
        return Reidentification(network, **given).double()
    task = Classification(network, augmentation=CropAndDrop(short_end=True), **given)
    torch.nn.init.normal_(task.objective.center.centers)
    return task.double()


@pytest.mark.parametrize("kind", ["classes", "ids"])
def test_a_step_ends_where_the_method_written_out_ends(kind):
    task = make(kind)
    images = torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(1)).double()
    before = copy.deepcopy(task.network).train()
    weights = [dict(before.named_parameters())[name] for name in [*ATTENTION, *HEADS[kind]]]
    draws = torch.Generator().manual_seed(step_seed(SEED, 0, 0))
    if kind == "ids":
        loss = reference.reidentification(before.backbone, weights, images, LABELS, draws)
    else:
        centers = task.objective.center.centers.clone()
        loss, moved = reference.classification(
            before.backbone, weights, centers, images, LABELS, draws
        )
    loss.backward()

    trainer = Trainer(accelerator="cpu", max_steps=1, logger=False, enable_checkpointing=False,
                      enable_progress_bar=False, enable_model_summary=False)  # fmt: skip
    batch = Batch(images, LABELS, torch.full((6, 4), torch.nan), torch.arange(6))
    trainer.fit(task, DataLoader([batch], batch_size=None))
    assert float(trainer.callback_metrics["train/loss"]) == pytest.approx(loss.item(), rel=1e-6)
    for (name, ours), weight in zip(
        task.network.named_parameters(), before.parameters(), strict=True
    ):
        if weight.grad is None:
            assert torch.equal(ours, weight), name
            continue
        assert weight.grad.abs().max() > 1e-7, f"{name} learns nothing here"
        wanted = weight - RATE * (weight.grad + DECAY * weight)
        torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-11, msg=name)
    if kind == "classes":
        torch.testing.assert_close(task.objective.center.centers, moved, rtol=1e-9, atol=1e-12)
