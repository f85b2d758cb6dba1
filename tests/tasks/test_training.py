"""What every training does alike at each of its steps: what is random, and how much counts what."""

import functools
import math

import pytest
import torch
from lightning.pytorch import Callback, Trainer
from torch.utils.data import DataLoader

from elsewhere.callbacks import SeedEachStep
from elsewhere.causal import RandomAttention
from elsewhere.data.sampling.batches import step_seed
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, Reidentification

BATCH = Batch(
    torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(1)),
    torch.tensor([0, 0, 1, 1, 2, 2]),
    torch.full((6, 4), torch.nan),
    torch.arange(6),
)
SEED, EPOCHS, BATCHES = 5, 3, 4


class Watched(RandomAttention):
    """Keeps the seed of every generator that it is given."""

    def __init__(self):
        super().__init__()
        self.seeds = []

    def __call__(self, attention, generator=None):
        self.seeds.append(generator.initial_seed())
        return super().__call__(attention, generator)


class Watcher(Callback):
    """Keeps what each step logged, and the seed of torch's own generator in it."""

    def __init__(self):
        self.logged, self.seeds = [], []

    def on_train_batch_end(self, trainer, *_):
        self.seeds.append(torch.initial_seed())
        self.logged.append({name: float(v) for name, v in trainer.callback_metrics.items()})


def make(kind, **options):
    head = EmbeddingHead(8) if kind == "ids" else None
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, 3, head=head)
    return (Reidentification if kind == "ids" else Classification)(network, **options)


def trainer(**options):
    return Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, num_sanity_val_steps=0, **options,
    )  # fmt: skip


def fit(task, **options):
    """Three epochs of four batches, two of which make a step; what was seen of them."""
    watcher = Watcher()
    runner = trainer(
        max_epochs=EPOCHS, accumulate_grad_batches=2, limit_val_batches=0,
        callbacks=[SeedEachStep(SEED), watcher], **options,
    )  # fmt: skip
    runner.fit(task, DataLoader([BATCH] * BATCHES, batch_size=None))
    return watcher


@pytest.mark.parametrize("kind", ["classes", "ids"])
def test_what_is_random_in_a_step_follows_from_its_place_in_the_run(kind):
    watched = Watched()
    seen = fit(make(kind, intervention=watched, seed=SEED))
    assert watched.seeds == [step_seed(SEED, step, 0) for step in range(EPOCHS * BATCHES)]
    assert seen.seeds == [mix_seed("layers", SEED, step, 0) for step in range(EPOCHS * BATCHES)]


@pytest.mark.parametrize("kind", ["classes", "ids"])
@pytest.mark.parametrize(
    ("epochs", "shares"),
    [(0.0, [1.0] * 6), (1.5, [0, 1 / 3, 2 / 3, 1, 1, 1]), (6.0, [n / 12 for n in range(6)])],
)
def test_the_effect_is_eased_in_over_its_warm_up(kind, epochs, shares):
    """Two steps an epoch; the loss is what the other terms leave to the effect."""
    still = functools.partial(torch.optim.SGD, lr=0.0)
    task = make(kind, intervention=RandomAttention(), effect_warmup_epochs=epochs, optimizer=still)
    weights = {**task.objective.weight_of, "effect": 0.0}
    found = []
    for logged in fit(task).logged:
        term = {name: logged.get(f"train/{name}_step", 0.0) for name in weights}
        others = math.fsum(weights[name] * term[name] for name in weights)
        found.append((logged["train/loss"] - others) / term["effect"])
    assert found == pytest.approx([share for share in shares for _ in range(2)], abs=1e-4)


@pytest.mark.parametrize("kind", ["classes", "ids"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_one_number_that_is_not_finite_ends_training(kind, value):
    """One logit of one class, one number of an embedding."""
    task = make(kind)
    layer = task.network.head.projection if kind == "ids" else task.network.head.classifier
    with torch.no_grad():
        layer.weight[1, 0] = value
    with pytest.raises(ModelError, match="training fell apart: after step 0"):
        trainer().validate(task, DataLoader([BATCH], batch_size=None), verbose=False)
