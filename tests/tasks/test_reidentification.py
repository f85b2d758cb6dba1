"""One step of training an embedding: what runs, and what batch norm gets to see."""

import pytest
import torch
from lightning.pytorch import Trainer
from torch.utils.data import DataLoader

from elsewhere.causal import RandomAttention
from elsewhere.data.sampling.batches import step_seed
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet
from elsewhere.structures import Batch
from elsewhere.tasks import Reidentification

SIDE, IDENTITIES = 32, 3
BATCH = Batch(
    torch.randn(6, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1)),
    torch.tensor([0, 0, 1, 1, 2, 2]),
    torch.full((6, 4), torch.nan),
    torch.arange(6),
)


class Watched(AttentionNetwork):
    """Counts predictions under somebody else's attention."""

    predictions = 0

    def predict(self, features, attention):
        self.predictions += 1
        return super().predict(features, attention)


def make() -> Watched:
    torch.manual_seed(0)
    return Watched(SmallResNet(), heads=2, classes=IDENTITIES, head=EmbeddingHead(8), epsilon=1e-12)


def step(**options) -> Reidentification:
    """One step at learning rate 0, so that the weights stay what they were."""
    task = Reidentification(make(), optimizer=lambda p: torch.optim.SGD(p, lr=0.0), **options)
    trainer = Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, limit_val_batches=0,
    )  # fmt: skip
    trainer.fit(task, DataLoader([BATCH], batch_size=None))
    return task


def neck_of(network: AttentionNetwork) -> torch.nn.BatchNorm1d:
    return network.head.norm


def embedded(attention_of) -> torch.Tensor:
    """The embeddings that the neck sees, computed apart; `attention_of` replaces the maps."""
    network = make().train()
    with torch.no_grad():
        features, attention = network.look(BATCH.images)
        return network.answer(features, attention_of(attention)).embedding


def wrong_attention(attention: torch.Tensor) -> torch.Tensor:
    generator = torch.Generator().manual_seed(step_seed(0, 0, 0))
    return RandomAttention()(attention, generator)


def test_a_baseline_runs_nothing_of_the_branch():
    task = step()
    assert task.branch is None
    assert task.network.predictions == 0


def test_cal_asks_once_what_wrong_attention_would_say():
    assert step(intervention=RandomAttention()).network.predictions == 1


@pytest.mark.parametrize("intervention", [None, RandomAttention()])
def test_batch_norm_sees_factual_features_once(intervention):
    neck = neck_of(step(intervention=intervention).network)
    seen = embedded(lambda attention: attention)
    assert neck.num_batches_tracked == 1
    torch.testing.assert_close(neck.running_mean, 0.1 * seen.mean(0))
    torch.testing.assert_close(neck.running_var, 0.9 + 0.1 * seen.var(0))


@pytest.mark.parametrize("intervention", [None, RandomAttention()])
def test_published_statistics_take_the_counterfactual_first(intervention):
    """Weight 0.09 of the counterfactual and 0.1 of the factual, baseline or not."""
    task = step(intervention=intervention, statistics="published")
    neck = neck_of(task.network)
    factual, wrong = embedded(lambda attention: attention), embedded(wrong_attention)
    assert neck.num_batches_tracked == 2
    assert not torch.allclose(factual.mean(0), wrong.mean(0), rtol=1e-3)
    torch.testing.assert_close(neck.running_mean, 0.09 * wrong.mean(0) + 0.1 * factual.mean(0))
    assert (task.branch is None) is (intervention is None)


def test_both_statistics_train_the_same_effect():
    losses = {}
    for statistics in ("factual", "published"):
        task = step(intervention=RandomAttention(), statistics=statistics)
        losses[statistics] = {
            name: float(value)
            for name, value in task.trainer.callback_metrics.items()
            if name.startswith("train/")
        }
    assert losses["factual"].keys() >= {"train/identity", "train/triplet", "train/effect"}
    for name, value in losses["factual"].items():
        assert losses["published"][name] == pytest.approx(value, rel=1e-5), name


def test_what_is_compared_travels_with_the_network():
    task = Reidentification(make(), retrieval_vector="neck", compared=["pooled", "neck"])
    assert task.network.retrieval.vector == "neck"
    assert task.kinds == ("neck", "pooled")


@pytest.mark.parametrize("options", [{"retrieval_vector": "neck"}, {"compared": ["neck"]}])
def test_a_neck_that_is_missing_is_said_before_training(options):
    network = AttentionNetwork(SmallResNet(), heads=2, classes=IDENTITIES)
    with pytest.raises(ModelError, match="a ClassifierHead has none"):
        Reidentification(network, **options)


def test_the_objective_is_what_the_keys_say():
    objective = Reidentification(make(), smoothing=0.2, smoothing_classes=7, margin=0.4).objective
    assert (objective.smoothing, objective.spread, objective.triplet.loss.margin) == (0.2, 7, 0.4)
    assert Reidentification(make()).objective.spread == IDENTITIES
