import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import region as reference
from torch._subclasses.fake_tensor import FakeTensorMode

from elsewhere.functional.region import (
    attention_mask,
    attention_to_box,
    box_iou,
    crop_region,
    drop_region,
    mass_inside,
    mean_attention,
    sample_uniform,
    select_attention,
)

SIZE = (40, 56)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blobs(batch: int, seed: int = 0, height: int = 5, width: int = 7) -> torch.Tensor:
    """Maps with one clear peak each, so that boxes differ."""
    source = generator(seed)
    maps = torch.rand(batch, height, width, generator=source) * 0.2
    peaks = torch.randint(height * width, (batch,), generator=source)
    maps.view(batch, -1)[torch.arange(batch), peaks] = 1.0
    return maps


NAN_MAP = torch.rand(5, 7, generator=generator()).index_fill(0, torch.tensor(2), math.nan)
MAPS_THAT_SAY_NOTHING = {
    "zero": torch.zeros(5, 7),
    "constant": torch.full((5, 7), 0.7),
    "negative": -torch.rand(5, 7, generator=generator()) - 0.1,
    "not positive": torch.eye(5, 7) - 1,
    "all nan": torch.full((5, 7), math.nan),
    "some nan": NAN_MAP,
    "infinite": torch.rand(5, 7, generator=generator()).index_fill(0, torch.tensor(1), math.inf),
}


# --- boxes -------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 10_000),
    threshold=st.floats(0.05, 1.0),
    padding=st.sampled_from([0.0, 0.05, 0.1, 0.3]),
    height=st.integers(2, 9),
    width=st.integers(2, 9),
)
@settings(max_examples=30, deadline=None)
def test_box_is_the_bounding_rectangle(seed, threshold, padding, height, width):
    maps = torch.rand(2, height, width, generator=generator(seed))
    # corners are hit exactly by the upsampling, so the level is always reached
    maps[:, 0, -1] = 1.0
    size = (23, 19)
    found = attention_to_box(maps, threshold, size=size, padding=padding)
    for row, one in zip(found.tolist(), maps, strict=True):
        raised = reference.upsample(one.numpy(), size)
        if np.abs(raised - threshold * one.max().item()).min() < 1e-5 and threshold < 1:
            continue  # a pixel on the very edge of the level may fall on either side
        assert tuple(row) == reference.box(one.numpy(), threshold, size, padding)


@pytest.mark.parametrize("padding", [0.05, 0.1])
@pytest.mark.parametrize("threshold", [0.3, 0.2, 0.1, 0.55])
@pytest.mark.parametrize("size", [(448, 448), (70, 100)])
def test_short_end_cuts_what_the_published_code_cuts(size, threshold, padding):
    maps = blobs(12, seed=3, height=7, width=7) + torch.rand(12, 7, 7, generator=generator(4)) * 0.2
    found = attention_to_box(maps, threshold, size=size, padding=padding, short_end=True)
    expected = [reference.published_box(one, threshold, size, padding) for one in maps]
    torch.testing.assert_close(found, torch.tensor(expected).float(), atol=0, rtol=0)


def test_short_end_is_one_row_and_column_less():
    full = attention_to_box(blobs(8), 0.6, size=SIZE)
    short = attention_to_box(blobs(8), 0.6, size=SIZE, short_end=True)
    assert torch.equal(full - short, torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(8, 4))


def test_padding_is_not_rounded_up_by_noise():
    maps = torch.zeros(1, 100, 100)
    maps[0, 50, 50] = 1.0
    assert 0.07 * 100 > 7  # the noise in question
    box = attention_to_box(maps, 0.5, size=(100, 100), padding=0.07)
    assert box.tolist() == [[43, 43, 58, 58]]


def test_box_of_one_pixel_keeps_a_pixel():
    maps = torch.zeros(1, 9, 9)
    maps[0, 4, 4] = 1.0
    for short_end in (False, True):
        box = attention_to_box(maps, 1.0, size=(9, 9), short_end=short_end)
        assert box.tolist() == [[4, 4, 5, 5]]


def test_narrow_peak_between_pixels_is_found():
    maps = torch.zeros(1, 9, 9)
    maps[0, 4, 4] = 1.0
    box = attention_to_box(maps, 1.0, size=(64, 64))  # no pixel sits on the peak: the four nearest
    assert box.tolist() == [[31, 31, 33, 33]]


@pytest.mark.parametrize("name", MAPS_THAT_SAY_NOTHING)
@pytest.mark.parametrize("threshold", [0.3, 1.0])
def test_map_that_says_nothing_gives_the_whole_image(name, threshold):
    maps = torch.stack([MAPS_THAT_SAY_NOTHING[name], blobs(1, seed=1)[0]])
    boxes = attention_to_box(maps, threshold, size=SIZE, padding=0.1)
    assert boxes[0].tolist() == [0, 0, SIZE[1], SIZE[0]]
    assert boxes[1].tolist() != [0, 0, SIZE[1], SIZE[0]]
    images = torch.randn(2, 3, *SIZE, generator=generator())
    dropped = drop_region(images, maps, threshold)
    assert torch.equal(dropped[0], images[0])
    assert not torch.equal(dropped[1], images[1])


def test_heads_are_averaged():
    attention = torch.rand(3, 4, 5, 7, generator=generator())
    torch.testing.assert_close(mean_attention(attention), attention.mean(1))
    assert torch.equal(
        attention_to_box(attention, 0.8, size=SIZE),
        attention_to_box(attention.mean(1), 0.8, size=SIZE),
    )


def test_thresholds_may_differ_between_images():
    maps, thresholds = blobs(4), torch.tensor([0.2, 0.4, 0.6, 0.9])
    together = attention_to_box(maps, thresholds, size=SIZE)
    for index, threshold in enumerate(thresholds):
        alone = attention_to_box(maps[index : index + 1], threshold.item(), size=SIZE)
        assert torch.equal(together[index], alone[0])


@given(seed=st.integers(0, 10_000), low=st.floats(0.05, 0.9), step=st.floats(0.01, 0.5))
@settings(max_examples=30, deadline=None)
def test_boxes_nest_lie_inside_and_are_whole_pixels(seed, low, step):
    maps = torch.rand(3, 5, 7, generator=generator(seed))
    wide = attention_to_box(maps, low, size=SIZE)
    narrow = attention_to_box(maps, min(low + step, 1.0), size=SIZE)
    assert (wide[:, :2] <= narrow[:, :2]).all()
    assert (wide[:, 2:] >= narrow[:, 2:]).all()
    for boxes in (wide, narrow):
        assert torch.equal(boxes, boxes.round())
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2:] <= torch.tensor([SIZE[1], SIZE[0]])).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_agree_with_float32(dtype):
    maps = blobs(4).to(dtype)
    expected = attention_to_box(maps.float(), 0.5, size=SIZE)
    assert torch.equal(attention_to_box(maps, 0.5, size=SIZE), expected)
    assert expected.dtype == torch.float32


def test_empty_batch():
    boxes = attention_to_box(torch.zeros(0, 5, 7), 0.3, size=SIZE)
    assert boxes.shape == (0, 4)
    assert crop_region(torch.zeros(0, 3, *SIZE), boxes, (8, 8)).shape == (0, 3, 8, 8)
    assert drop_region(torch.zeros(0, 3, *SIZE), torch.zeros(0, 5, 7), 0.3).shape == (0, 3, *SIZE)
    assert select_attention(torch.zeros(0, 4, 5, 7)).shape == (0, 5, 7)


# --- crop and drop -----------------------------------------------------------------------------


def random_boxes(count: int, size: tuple[int, int], seed: int) -> torch.Tensor:
    source = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        left, right = sorted(source.choice(size[1] + 1, 2, replace=False))
        top, bottom = sorted(source.choice(size[0] + 1, 2, replace=False))
        rows.append([left, top, right, bottom])
    return torch.tensor(rows, dtype=torch.float32)


@given(
    seed=st.integers(0, 10_000),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
)
@settings(max_examples=40, deadline=None)
def test_crop_is_the_slice_interpolated(seed, height, width, rows, columns):
    images = torch.rand(3, 2, height, width, generator=generator(seed))
    boxes = random_boxes(3, (height, width), seed)
    for exact, tolerance in ((images, 1e-5), (images.double(), 1e-12)):
        expected = reference.crop(exact, boxes, (rows, columns))
        found = crop_region(exact, boxes, (rows, columns))
        torch.testing.assert_close(found, expected, atol=tolerance, rtol=0)


def test_crop_at_full_size_is_exact_in_float64():
    images = torch.randn(2, 3, 448, 448, generator=generator(), dtype=torch.float64)
    boxes = random_boxes(2, (448, 448), 5)
    expected = reference.crop(images, boxes, (448, 448))
    torch.testing.assert_close(crop_region(images, boxes, (448, 448)), expected, atol=1e-10, rtol=0)
    # in float32 a place among 448 pixels is known to 3e-5 of a pixel, for interpolation too
    found = crop_region(images.float(), boxes, (448, 448))
    torch.testing.assert_close(found.double(), expected, atol=3e-4, rtol=0)


def test_crop_of_the_whole_image_is_the_image():
    images = torch.randn(2, 3, *SIZE, generator=generator())
    whole = torch.tensor([[0.0, 0.0, SIZE[1], SIZE[0]]]).expand(2, 4)
    torch.testing.assert_close(crop_region(images, whole, SIZE), images, atol=1e-4, rtol=0)


def test_crop_keeps_the_dtype():
    images = torch.randn(1, 3, *SIZE, generator=generator()).bfloat16()
    boxes = torch.tensor([[3.0, 2.0, 30.0, 20.0]])
    found = crop_region(images, boxes, (16, 16))
    assert found.dtype == torch.bfloat16
    expected = reference.crop(images.float(), boxes, (16, 16))
    torch.testing.assert_close(found.float(), expected, atol=2e-2, rtol=1e-2)


def test_drop_blanks_where_the_map_is_high():
    maps, images = blobs(4), torch.randn(4, 3, *SIZE, generator=generator())
    thresholds = torch.tensor([0.2, 0.3, 0.4, 0.5])
    found = drop_region(images, maps, thresholds)
    for index in range(4):
        raised = reference.upsample(maps[index].numpy(), SIZE)
        clear = np.abs(raised - thresholds[index].item()) > 1e-5
        expected = images[index].numpy() * (raised < thresholds[index].item())
        np.testing.assert_array_equal(found[index].numpy()[:, clear], expected[:, clear])


def test_drop_takes_what_the_box_frames():
    maps = blobs(4)
    mask = attention_mask(maps, 0.5, SIZE)
    boxes = attention_to_box(maps, 0.5, size=SIZE).int().tolist()
    for one, (left, top, right, bottom) in zip(mask, boxes, strict=True):
        assert one[top:bottom, left:right].sum() == one.sum() > 0


# --- drawing -----------------------------------------------------------------------------------


def test_heads_are_drawn_by_the_root_of_their_sum():
    attention = torch.zeros(1, 4, 2, 2)
    attention[0, :, 0, 0] = torch.tensor([1.0, 4.0, 9.0, 16.0])
    drawn = select_attention(attention.expand(20_000, -1, -1, -1), generator())
    counts = [(drawn[:, 0, 0] == value).float().mean().item() for value in (1.0, 4.0, 9.0, 16.0)]
    np.testing.assert_allclose(counts, [0.1, 0.2, 0.3, 0.4], atol=0.015)


def test_draws_repeat_by_seed_and_differ_from_call_to_call():
    attention = torch.rand(64, 8, 3, 3, generator=generator(1))
    first, second = generator(7), generator(7)
    assert torch.equal(select_attention(attention, first), select_attention(attention, second))
    again = select_attention(attention, first)
    assert not torch.equal(again, select_attention(attention, generator(7)))
    before = torch.random.get_rng_state()
    select_attention(attention, first)
    sample_uniform(4, 0.0, 1.0, generator=first)
    assert torch.equal(before, torch.random.get_rng_state())


def test_crop_and_drop_may_draw_the_same_head():
    attention = torch.rand(500, 4, 2, 2, generator=generator(1))
    source = generator(2)
    crop, drop = select_attention(attention, source), select_attention(attention, source)
    same = (crop == drop).flatten(1).all(1).float().mean().item()
    assert 0.15 < same < 0.35


def test_head_with_nan_is_never_drawn_and_all_nan_is_harmless():
    attention = torch.rand(300, 3, 2, 2, generator=generator())
    attention[:, 1, 0, 1] = math.nan
    assert select_attention(attention, generator()).isfinite().all()
    everything = torch.full((300, 3, 2, 2), math.nan)
    boxes = attention_to_box(select_attention(everything, generator()), 0.5, size=SIZE)
    assert torch.equal(boxes, torch.tensor([[0.0, 0.0, SIZE[1], SIZE[0]]]).expand(300, 4))


def test_heads_without_activity_are_drawn_evenly():
    attention = torch.zeros(4000, 4, 2, 2)
    attention[:, :, 0, 0] = torch.tensor([0.0, -1e-9, -2e-9, -3e-9])  # told apart, weigh the same
    drawn = select_attention(attention, generator())[:, 0, 0]
    shares = [(drawn == value).float().mean().item() for value in attention[0, :, 0, 0]]
    np.testing.assert_allclose(shares, [0.25] * 4, atol=0.03)


def test_no_gradient_flows_through_the_draw():
    attention = torch.rand(2, 3, 4, 4, requires_grad=True)
    assert not select_attention(attention, generator()).requires_grad
    assert not attention_to_box(attention, 0.3, size=SIZE).requires_grad


def test_uniform_thresholds_fill_their_range():
    draws = sample_uniform(5000, 0.4, 0.6, generator=generator())
    assert draws.min() >= 0.4
    assert draws.max() < 0.6
    assert abs(draws.mean().item() - 0.5) < 0.005
    assert draws.std().item() == pytest.approx(0.2 / math.sqrt(12), rel=0.05)


# --- the whole batch ---------------------------------------------------------------------------


def augment(images: torch.Tensor, attention: torch.Tensor, source: torch.Generator | None):
    batch = len(images)
    crop_map, drop_map = select_attention(attention, source), select_attention(attention, source)
    crop_at = sample_uniform(batch, 0.4, 0.6, generator=source, device=images.device)
    drop_at = sample_uniform(batch, 0.2, 0.5, generator=source, device=images.device)
    boxes = attention_to_box(crop_map, crop_at, size=SIZE, padding=0.1)
    found = mass_inside(crop_map, boxes, SIZE), box_iou(boxes, boxes.flip(0))
    return crop_region(images, boxes, SIZE), drop_region(images, drop_map, drop_at), boxes, *found


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_an_image_is_independent_of_its_batch_mates(layout):
    images = torch.randn(6, 3, *SIZE, generator=generator()).to(memory_format=layout)
    attention = torch.rand(6, 4, 5, 7, generator=generator(1)).to(memory_format=layout)
    attention[3] = math.nan
    maps = mean_attention(attention)
    thresholds = sample_uniform(6, 0.4, 0.6, generator=generator())
    boxes = attention_to_box(attention, thresholds, size=SIZE)
    crops = crop_region(images, boxes, (31, 33))
    drops = drop_region(images, maps, thresholds)
    inside = mass_inside(maps, boxes, SIZE)
    for index in range(6):
        one = slice(index, index + 1)
        box = attention_to_box(attention[one], thresholds[one], size=SIZE)
        assert torch.equal(box, boxes[one])
        torch.testing.assert_close(
            mean_attention(attention[one]).nan_to_num(), maps[one].nan_to_num()
        )
        torch.testing.assert_close(crop_region(images[one], box, (31, 33)), crops[one])
        assert torch.equal(drop_region(images[one], maps[one], thresholds[one]), drops[one])
        torch.testing.assert_close(
            mass_inside(maps[one], box, SIZE).nan_to_num(), inside[one].nan_to_num()
        )


def test_nothing_is_read_back_to_the_host():
    # without values, any .item(), nonzero() or boolean indexing raises
    with FakeTensorMode(), torch.device("meta"):
        results = augment(torch.empty(4, 3, *SIZE), torch.empty(4, 6, 5, 7), None)
    assert [tuple(one.shape) for one in results] == [(4, 3, *SIZE)] * 2 + [(4, 4), (4,), (4,)]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_no_host_sync_on_a_gpu(where):
    images = torch.randn(4, 3, *SIZE, device="cuda")
    attention = torch.rand(4, 6, 5, 7, device="cuda")
    source = torch.Generator(where).manual_seed(0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        results = augment(images, attention, source)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(one.isfinite().all() for one in results)


# --- measures ----------------------------------------------------------------------------------


def test_iou_by_hand():
    boxes = torch.tensor(
        [[0, 0, 4, 4], [0, 0, 4, 4], [0, 0, 4, 4], [1, 1, 1, 1], [0, 0, 2, 2]], dtype=torch.float32
    )
    others = torch.tensor(
        [[0, 0, 4, 4], [2, 2, 6, 6], [5, 5, 6, 6], [1, 1, 1, 1], [0, 0, 2, math.nan]]
    )
    found = box_iou(boxes, others)
    torch.testing.assert_close(found[:4], torch.tensor([1.0, 4 / 28, 0.0, 0.0]))
    assert found[4].isnan()


@given(seed=st.integers(0, 10_000), height=st.integers(1, 4), width=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_mass_inside_counts_crumbs(seed, height, width):
    maps = torch.randn(1, height, width, generator=generator(seed))
    maps[0, 0, 0] = 1.0
    size = (height * 8, width * 8)  # corners on whole pixels cut crumbs nowhere
    box = random_boxes(1, size, seed)
    expected = reference.mass_inside(maps[0].numpy(), tuple(box[0].tolist()), size, 8)
    assert mass_inside(maps, box, size).item() == pytest.approx(expected, abs=1e-6)


def test_mass_inside_takes_fractions_of_a_cell():
    maps = torch.tensor([[[1.0, 3.0]]])
    box = torch.tensor([[2.5, 0.0, 7.5, 5.0]])  # half of the left cell's width, half its height
    found = mass_inside(maps, box, (10, 20)).item()
    assert found == pytest.approx((1.0 * 0.5 * 0.5) / 4.0)


def test_mass_of_an_even_map_is_the_area_and_negatives_do_not_count():
    box = torch.tensor([[3.0, 4.0, 30.0, 20.0]])
    even = mass_inside(torch.full((1, 5, 7), 0.3), box, SIZE).item()
    assert even == pytest.approx(27 * 16 / (40 * 56))
    signed = torch.tensor([[[2.0, -5.0], [-1.0, 6.0]]])
    assert mass_inside(signed, torch.tensor([[0.0, 0.0, 5.0, 5.0]]), (10, 10)).item() == 0.25


def test_mass_without_box_or_without_mass():
    maps = torch.stack([torch.rand(5, 7), torch.zeros(5, 7), NAN_MAP])
    boxes = torch.tensor([[math.nan] * 4, [0.0, 0.0, 20.0, 20.0], [0.0, 0.0, 20.0, 20.0]])
    found = mass_inside(maps, boxes, SIZE)
    assert found[0].isnan()
    assert found[1] == 0
    assert found[2].isnan()
