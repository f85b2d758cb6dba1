import numpy as np
import pytest
import torch
from tests.reference import center as slow

from elsewhere.losses import CenterLoss


def batch(seed, labels, size=5):
    rows = torch.randn(len(labels), size, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(rows, dim=1), torch.tensor(labels)


@pytest.mark.parametrize("labels", [[0, 1, 2], [1, 1, 1, 1], [2, 0, 2, 0, 0]])
def test_losses_and_centres_agree_with_loops(labels):
    loss = CenterLoss(3, 5, rate=0.05)
    centers = np.zeros((3, 5))
    for step in range(4):
        embedding, classes = batch(step, labels)
        value = loss(embedding, classes)
        expected, centers = slow.step(centers, embedding.double().numpy(), labels, 0.05)
        assert value.item() == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(loss.centers.numpy(), centers, rtol=1e-4, atol=1e-6)


def test_every_image_of_a_repeated_label_counts():
    """`centers[labels] += …` would keep one of them."""
    loss = CenterLoss(1, 2, rate=0.5)
    loss(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0]))
    torch.testing.assert_close(loss.centers, torch.tensor([[0.5, 0.5]]))


def test_published_centres_keep_the_last_image_of_a_repeated_label():
    loss = CenterLoss(2, 2, rate=0.5, moved_by="published")
    loss(torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]), torch.tensor([0, 1, 0]))
    torch.testing.assert_close(loss.centers, torch.tensor([[0.0, 0.5], [0.3, 0.4]]))


def test_published_centres_of_distinct_labels_are_the_usual_ones():
    usual, published = CenterLoss(4, 5), CenterLoss(4, 5, moved_by="published")
    for step in range(3):
        images = batch(step, [3, 0, 2])
        torch.testing.assert_close(usual(*images), published(*images))
    torch.testing.assert_close(usual.centers, published.centers)


def test_a_centre_that_starts_at_zero_pulls_towards_zero():
    embedding, labels = batch(0, [0, 1])
    assert CenterLoss(2, 5)(embedding, labels).item() == pytest.approx(1.0, rel=1e-6)


def test_centres_stay_in_evaluation():
    loss = CenterLoss(2, 5).eval()
    loss(*batch(0, [0, 1]))
    assert (loss.centers == 0).all()


def test_the_gradient_is_the_pull_and_centres_have_none():
    loss = CenterLoss(2, 5)
    loss(*batch(0, [0, 1]))
    targets = torch.nn.functional.normalize(loss.centers, dim=1).clone()
    embedding, labels = batch(1, [0, 1])
    embedding.requires_grad_()
    loss(embedding, labels).backward()
    torch.testing.assert_close(embedding.grad, (2 * (embedding - targets) / 2).detach())
    assert not loss.centers.requires_grad


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_float32(dtype):
    embedding, labels = batch(0, [0, 1, 1])
    assert CenterLoss(2, 5)(embedding.to(dtype), labels).dtype == torch.float32
