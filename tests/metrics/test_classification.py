import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import metrics as reference

from elsewhere.metrics.classification import (
    TOGETHER,
    Accuracy,
    accuracy,
    balanced_accuracy,
    class_accuracy,
    confusions,
    correct_within,
    predicted_classes,
    view_accuracies,
)
from elsewhere.models.views import combine_views


def case(seed: int, images: int, classes: int, views: int = 3):
    """Coarse logits, so that some are equal, and a few NaN."""
    source = torch.Generator().manual_seed(seed)
    logits = torch.randn(images, views, classes, generator=source).mul(2).round()
    broken = torch.rand(images, views, classes, generator=source) < 0.02
    labels = torch.randint(classes, (images,), generator=source)
    return logits.masked_fill(broken, math.nan), labels


@given(seed=st.integers(0, 10_000), images=st.integers(1, 40), classes=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_everything_is_what_counting_gives(seed, images, classes):
    views, labels = case(seed, images, classes)
    logits = views[:, 0]
    scores, truth = logits.tolist(), labels.tolist()
    found = accuracy(logits, labels)
    assert found.top1 == pytest.approx(reference.top(scores, truth, 1))
    assert found.top5 == pytest.approx(reference.top(scores, truth, min(5, classes)))

    groups = reference.by_class(scores, truth)
    per_class = class_accuracy(logits, labels)
    for index in range(classes):
        members = groups.get(index, [])
        assert per_class.images[index] == len(members)
        share = sum(members) / len(members) if members else math.nan
        assert per_class.top1[index].item() == pytest.approx(share, nan_ok=True)
    balanced = math.fsum(sum(m) / len(m) for m in groups.values()) / len(groups)
    assert balanced_accuracy(logits, labels) == pytest.approx(balanced)

    pairs = [tuple(pair) for pair in confusions(logits, labels)]
    assert pairs == reference.confusions(scores, truth)
    assert confusions(logits, labels, limit=2) == confusions(logits, labels)[:2]


def test_views_are_reported_apart_and_together():
    logits = torch.tensor([[[3.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]])
    labels = torch.tensor([0, 0])
    found = view_accuracies(logits, labels, ["raw", "mirror"])
    assert list(found) == ["raw", "mirror", TOGETHER]
    assert found["raw"] == Accuracy(0.5, 1.0)
    assert found["mirror"] == Accuracy(0.0, 1.0)
    assert found[TOGETHER] == Accuracy(0.5, 1.0)  # 3 against 1: the mean, not a vote
    assert torch.equal(combine_views(logits)[0], torch.tensor([1.5, 0.5]))


def test_every_view_has_a_name():
    with pytest.raises(ValueError, match="1 names for 3 views"):
        view_accuracies(*case(0, 4, 3), ["raw"])


def test_constant_logits_are_not_lucky():
    labels = torch.arange(10)
    assert accuracy(torch.zeros(10, 10), labels) == Accuracy(0.1, 0.5)


def test_nan_is_wrong_even_with_one_class():
    logits = torch.tensor([[math.nan], [0.0]])
    assert accuracy(logits, torch.tensor([0, 0])) == Accuracy(0.5, 0.5)
    assert predicted_classes(logits).tolist() == [-1, 0]
    assert confusions(logits, torch.tensor([0, 0])) == []


def test_nan_in_one_view_spoils_the_mean_only():
    logits = torch.tensor([[[1.0, 0.0], [math.nan, 0.0]]])
    found = view_accuracies(logits, torch.tensor([0]), ["raw", "mirror"])
    assert [found[name].top1 for name in ("raw", "mirror", TOGETHER)] == [1.0, 0.0, 0.0]


def test_no_images():
    logits, labels = torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)
    assert math.isnan(accuracy(logits, labels).top1)
    assert math.isnan(balanced_accuracy(logits, labels))
    assert confusions(logits, labels) == []
    assert correct_within(logits, labels, 1).shape == (0,)
