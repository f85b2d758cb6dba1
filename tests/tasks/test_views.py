import pytest
import torch
import torch.nn.functional as F
from tests.reference import region as slow

from elsewhere.structures import AttentionOutput
from elsewhere.tasks import TestViews

NAMES = ("raw", "crop 0.3", "crop 0.2", "crop 0.1",
         "mirror", "mirror crop 0.3", "mirror crop 0.2", "mirror crop 0.1")  # fmt: skip


def network(images: torch.Tensor) -> AttentionOutput:
    """Looks at what is red, more so on the right; every cell has a say in every logit."""
    features = F.adaptive_avg_pool2d(images, (6, 8))
    weight = torch.randn(144, 5, generator=torch.Generator().manual_seed(3))
    attention = features[:, :2].clamp_min(0) ** 4 * torch.linspace(0.2, 1.0, 8)
    return AttentionOutput(features.flatten(1) @ weight, features, attention, features)


@pytest.fixture(scope="module")
def images():
    """Smooth pictures with a few bright places."""
    coarse = torch.randn(3, 3, 3, 4, generator=torch.Generator().manual_seed(1))
    return F.interpolate(coarse, (48, 64), mode="bilinear", align_corners=True)


def one_by_one(image) -> dict[str, torch.Tensor]:
    """The published test on one image: raw and three crops, of it and of its mirror."""
    logits = {}
    for prefix, view in (("", image), ("mirror", image.flip(-1))):
        whole = network(view[None])
        logits[prefix or "raw"] = whole.logits[0]
        attention = whole.attention[0].mean(0).double().numpy()
        for threshold, padding in ((0.3, 0.1), (0.2, 0.1), (0.1, 0.05)):
            left, top, right, bottom = map(int, slow.box(attention, threshold, (48, 64), padding))
            region = view[None, :, top:bottom, left:right]
            crop = F.interpolate(region, (48, 64), mode="bilinear", align_corners=True)
            logits[f"{prefix} crop {threshold}".strip()] = network(crop).logits[0]
    return logits


@torch.no_grad()
def test_the_eight_published_views_one_by_one(images):
    views = TestViews()
    assert views.names == NAMES
    raw, logits = views(network, images)
    assert logits.shape == (8, 3, 5)
    assert torch.equal(raw.logits, network(images).logits)
    apart = torch.cdist(logits.transpose(0, 1), logits.transpose(0, 1)) + 9 * torch.eye(8)
    assert apart.amax(0).min() > 0.1  # or the order of the views would not show
    for image in range(3):
        slowly = one_by_one(images[image])
        for name, found in zip(views.names, logits[:, image], strict=True):
            torch.testing.assert_close(found, slowly[name], rtol=1e-3, atol=1e-3, msg=name)


@torch.no_grad()
def test_views_can_be_left_out(images):
    views = TestViews(crops=[], mirror=False)
    assert views.names == ("raw",)
    assert torch.equal(views(network, images)[1][0], network(images).logits)
    assert TestViews(crops=[(0.5, 0.0)]).names == ("raw", "crop 0.5", "mirror", "mirror crop 0.5")
