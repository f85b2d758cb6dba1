"""What the paper leaves open of the training step and of the choice of a checkpoint."""

import pytest
import torch
from lightning.pytorch import Trainer
from tests.reference.region import published_box
from torch.utils.data import DataLoader

from elsewhere.causal import RandomAttention
from elsewhere.losses import TermWeights
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.models.views import TestViews
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, CropAndDrop


def batch(seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(6, 3, 32, 32, generator=generator)
    return Batch(images, torch.arange(6) % 3, torch.full((6, 4), torch.nan), torch.arange(6))


def make(**options):
    torch.manual_seed(0)
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, 3)
    return Classification(network, augmentation=CropAndDrop(), **options)


def fit(task, validate=False):
    """One step; what it logged."""
    loader = DataLoader([batch()], batch_size=None)
    trainer = Trainer(accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
                      enable_progress_bar=False, enable_model_summary=False,
                      num_sanity_val_steps=0)  # fmt: skip
    trainer.fit(task, loader, loader if validate else None)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def images_seen(task):
    """Batches that the backbone looked at."""
    sizes = []
    task.network.backbone.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    fit(task)
    return sizes


def test_the_effect_covers_all_views_or_the_whole_images():
    every = make(intervention=RandomAttention())
    raw = make(intervention=RandomAttention(), effect_views="raw")
    rows = {}
    for name, task in (("all", every), ("raw", raw)):
        terms = task.objective.terms
        task.objective.terms = lambda *given, name=name, terms=terms, **more: (
            rows.__setitem__(name, len(more["effect"])) or terms(*given, **more)
        )
        fit(task)
    assert rows == {"all": 18, "raw": 6}


def test_views_that_no_term_needs_are_not_looked_at():
    weights = TermWeights(augmented=0.0)
    every = make(intervention=RandomAttention(), terms=weights)
    raw = make(intervention=RandomAttention(), terms=weights, effect_views="raw")
    assert images_seen(every) == [6, 12]
    assert images_seen(raw) == [6]


def test_the_entropy_term_is_logged_and_spreads_attention():
    logged = fit(make(terms=TermWeights(entropy=0.5)))
    assert 0 <= logged["train/entropy"] <= 1
    assert "train/effect" not in logged
    assert "train/entropy" not in fit(make())


def test_the_published_choice_is_the_larger_of_two_accuracies():
    views = TestViews(short_end=True)
    task = make(intervention=RandomAttention(), chosen_by="published", views=views)
    assert task.monitor == "val/chosen"
    assert make().monitor == "val/accuracy"
    logged = fit(task, validate=True)
    network, data = task.network.eval(), batch()
    right = {"prediction": 0, "effect": 0}
    with torch.no_grad():
        whole = network(data.images).logits
        for image, label in zip(data.images, data.labels, strict=True):
            attention = network(image[None]).attention[0]
            x1, y1, x2, y2 = published_box(attention.mean(0), 0.1, (32, 32), 0.05)
            part = torch.nn.functional.interpolate(
                image[None, :, y1:y2, x1:x2], (32, 32), mode="bilinear", align_corners=True
            )
            seen = [network(image[None]), network(part)]
            even = [network.predict(o.features, torch.ones_like(o.attention)) for o in seen]
            prediction = sum(o.logits for o in seen) / 2
            effect = sum(o.logits - e for o, e in zip(seen, even, strict=True)) / 2
            right["prediction"] += int(prediction.argmax() == label)
            right["effect"] += int(effect.argmax() == label)
    hits = (whole.argmax(1) == data.labels).float().mean().item()
    assert logged["val/accuracy"] == pytest.approx(hits)
    assert logged["val/chosen"] == pytest.approx(max(right.values()) / len(data.labels))


def test_the_usual_choice_asks_the_network_nothing_more():
    task = make(intervention=RandomAttention())
    asked = []
    predict = task.network.predict
    task.network.predict = lambda *given: asked.append(1) or predict(*given)
    logged = fit(task, validate=True)
    assert "val/chosen" not in logged
    assert len(asked) == 2  # whole images, crops and drops in the one training step
