import pytest
import torch
from tests.reference import region as slow

from elsewhere.errors import ConfigError
from elsewhere.tasks import CropAndDrop


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def example(batch=4, heads=3):
    images = torch.randn(batch, 3, 24, 32, generator=seeded(1))
    attention = torch.rand(batch, heads, 6, 8, generator=seeded(2))
    return images, attention


def test_crops_come_first_then_drops():
    images, attention = example()
    views = CropAndDrop()(images, attention, seeded())
    assert views.shape == (8, 3, 24, 32)
    drops = views[4:]
    kept = drops != 0
    assert torch.equal(drops[kept], images[kept])
    assert 0 < (~kept).float().mean() < 1
    assert not torch.equal(views[:4], images)


def test_it_is_random_by_its_generator_alone():
    images, attention = example()
    before = torch.random.get_rng_state()
    one, again = (CropAndDrop()(images, attention, seeded(3)) for _ in range(2))
    assert torch.equal(one, again)
    assert not torch.equal(one, CropAndDrop()(images, attention, seeded(4)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_an_image_does_not_depend_on_its_batch_mates():
    images, attention = example()
    other_images, other_attention = images.clone(), attention.clone()
    other_images[1:] = 7.0
    other_attention[1:] = torch.tensor([0.0, torch.nan, 1.0])[:, None, None, None]
    one = CropAndDrop()(images, attention, seeded())
    other = CropAndDrop()(other_images, other_attention, seeded())
    for place in (0, 4):
        assert torch.equal(one[place], other[place])


@pytest.mark.parametrize("value", [0.0, 1.0, torch.nan, torch.inf])
def test_maps_that_say_nothing_leave_the_image_whole(value):
    images, attention = example()
    views = CropAndDrop()(images, torch.full_like(attention, value), seeded())
    torch.testing.assert_close(views, torch.cat([images, images]), rtol=0, atol=1e-4)


def test_thresholds_lie_in_their_ranges():
    """One map with levels: a threshold of its own must fall between those of its range's ends."""
    images = torch.ones(64, 3, 40, 40)
    attention = torch.linspace(0, 1, 40).expand(64, 1, 40, 40)
    views = CropAndDrop(drop=(0.2, 0.5))(images, attention, seeded())
    kept = (views[64:, 0, 0] != 0).sum(1)  # columns below θ
    assert kept.min() >= 0.2 * 39
    assert kept.max() <= 0.5 * 39 + 1
    assert kept.unique().numel() > 5


def test_a_fixed_draw_agrees_with_the_slow_crop():
    images, _ = example(batch=2)
    attention = torch.zeros(2, 1, 6, 8)
    attention[0, 0, 2, 3] = 1
    attention[1, 0, 5, 0] = 2
    views = CropAndDrop(crop=(0.5, 0.5), drop=(0.5, 0.5), padding=0.1)(images, attention, seeded())
    for image in range(2):
        box = slow.box(attention[image, 0].double().numpy(), 0.5, (24, 32), 0.1)
        left, top, right, bottom = (int(value) for value in box)
        region = images[image : image + 1, :, top:bottom, left:right]
        expected = torch.nn.functional.interpolate(
            region, (24, 32), mode="bilinear", align_corners=True
        )
        torch.testing.assert_close(views[image], expected[0], rtol=0, atol=1e-4)


def test_no_gradient_flows_through():
    images, attention = example()
    views = CropAndDrop()(images, attention.requires_grad_(), seeded())
    assert not views.requires_grad


def test_the_published_box_ends_a_row_and_a_column_short():
    images, _ = example(batch=1)
    attention = torch.zeros(1, 1, 6, 8)
    attention[0, 0, 2, 3] = 1
    settings = {"crop": (0.5, 0.5), "padding": 0.0}
    whole = slow.box(attention[0, 0].double().numpy(), 0.5, (24, 32), 0.0)
    left, top, right, bottom = (int(value) for value in whole)
    view = CropAndDrop(**settings, short_end=True)(images, attention, seeded())[0]
    region = images[:, :, top : bottom - 1, left : right - 1]
    expected = torch.nn.functional.interpolate(
        region, (24, 32), mode="bilinear", align_corners=True
    )
    torch.testing.assert_close(view, expected[0], rtol=0, atol=1e-4)


def test_a_map_that_says_nothing_drops_nothing_or_as_published_everything():
    """The published code keeps the pixels below θ, a share of the largest: here there are none."""
    images, _ = example(batch=3)
    attention = torch.zeros(3, 1, 6, 8)
    attention[1] = 0.7
    attention[2, 0, 2, 3] = 1
    kept, blanked = (
        CropAndDrop(blank_silent=blank)(images, attention, seeded())[3:] for blank in (False, True)
    )
    raised = torch.nn.functional.interpolate(
        attention, images.shape[-2:], mode="bilinear", align_corners=True
    )
    assert torch.equal(kept[:2], images[:2])
    assert torch.equal(
        blanked[:2],
        images[:2] * (raised[:2] < 0.4 * attention[:2].amax(dim=(1, 2, 3), keepdim=True)),
    )
    assert not blanked[:2].any()
    assert torch.equal(kept[2], blanked[2])


@pytest.mark.parametrize("settings", [{"crop": (0.6, 0.4)}, {"drop": (0.2, 1.5)}])
def test_ranges_that_are_none(settings):
    with pytest.raises(ConfigError, match="range of thresholds within 0 and 1"):
        CropAndDrop(**settings)


@pytest.mark.parametrize("padding", [-1, float("nan"), float("inf")])
def test_padding_that_is_none(padding):
    with pytest.raises(ConfigError, match="padding is"):
        CropAndDrop(padding=padding)
