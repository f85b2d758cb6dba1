"""From attention to regions of an image: masks, boxes, crops and drops, a whole batch at a time.

Everything here stays on the device of its input: no value is read back, no image is treated in a
loop, and an image's result does not depend on the images beside it.

A map *says nothing* when it is constant, holds no positive value, or holds a value that is not
finite. Then no region is singled out: its box is the whole image, and nothing is dropped.

Crop and drop follow WS-DAN (Hu et al., 2019) as the published code of the paper uses it.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from elsewhere.errors import DataError

Maps = Float[Tensor, "batch height width"]
HeadMaps = Float[Tensor, "batch heads height width"]


def mean_attention(attention: HeadMaps) -> Maps:
    """Average the heads: the one map by which an image is cropped at test time."""
    return attention.float().contiguous().mean(dim=1)


def select_attention(attention: HeadMaps, generator: torch.Generator | None = None) -> Maps:
    """Draw one head of each image, the busier ones more often.

    Head k is drawn with a weight of sqrt(sum of its map + 1e-6). Two calls draw independently, so
    a crop and a drop may use the same head. A head with NaN is drawn only where all heads have
    one. No gradient flows through the result.

    Args:
        attention: maps A, not negative.
        generator: source of the draws, one number per image; the default generator of the maps'
            device if None.

    Returns:
        The drawn head's map for each image.
    """
    maps = attention.detach().contiguous()
    batch, heads = maps.shape[:2]
    totals = maps.float().sum(dim=(2, 3))
    weights = torch.nan_to_num(totals + 1e-6, nan=0.0, posinf=0.0, neginf=0.0).clamp_min(0).sqrt()
    # running sums, by a triangle of ones: cumsum has no deterministic form on GPUs
    triangle = torch.ones(heads, heads, device=maps.device).tril()
    edges = (weights[:, None, :] * triangle).sum(dim=2)
    draws = sample_uniform(batch, 0.0, 1.0, generator=generator, device=maps.device)
    # the first edge beyond the draw: a head of weight zero has no width, and is never hit
    chosen = (edges <= draws[:, None] * edges[:, -1:]).sum(dim=1).clamp_max(heads - 1)
    return maps[torch.arange(batch, device=maps.device), chosen]


def sample_uniform(
    batch: int,
    low: float,
    high: float,
    *,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> Float[Tensor, " batch"]:
    """Draw one number of U(low, high) for each image, such as its threshold.

    The published thresholds are U(0.4, 0.6) for a crop and U(0.2, 0.5) for a drop.

    Args:
        batch: how many numbers.
        low: smallest value.
        high: upper end.
        generator: source of the draws, which are made on its device; the default generator of
            `device` if None.
        device: where the result is wanted.
    """
    source = device if generator is None else generator.device
    draws = torch.rand(batch, generator=generator, device=source)
    # towards a GPU without waiting; the other way round would read before the numbers are there
    return (low + (high - low) * draws).to(device, non_blocking=draws.device.type == "cpu")


def attention_mask(
    attention: Maps,
    threshold: float | Float[Tensor, " batch"],
    size: tuple[int, int],
) -> Bool[Tensor, "batch rows columns"]:
    """Mark the pixels where the upsampled map reaches a share of the map's maximum.

    Upsampling is bilinear with aligned corners. Where upsampling misses a narrow peak so far that
    no pixel reaches the level, the highest pixels are marked.

    Args:
        attention: one map per image.
        threshold: share of the map's maximum, in 0..1; one number, or one per image.
        size: height and width of the image in pixels.

    Returns:
        The mask; empty for a map that says nothing.
    """
    maps = attention.detach().float().contiguous()
    raised = F.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=True)[:, 0]
    highest, lowest = maps.amax(dim=(1, 2)), maps.amin(dim=(1, 2))
    # a little less than the highest pixel: its equals differ from it by rounding
    level = torch.minimum(threshold * highest, raised.amax(dim=(1, 2)) * (1 - 1e-5))
    says_something = highest.isfinite() & (highest > 0) & (highest > lowest)
    return (raised >= level[:, None, None]) & says_something[:, None, None]


def attention_to_box(
    attention: HeadMaps | Maps,
    threshold: float | Float[Tensor, " batch"] = 0.3,
    *,
    size: tuple[int, int],
    padding: float = 0.0,
    short_end: bool = False,
) -> Float[Tensor, "batch 4"]:
    """Frame the part of each image that its attention lies on.

    The box is the bounding rectangle of `attention_mask`, widened and clipped to the image.

    Args:
        attention: one map per image, or the maps of all heads, which are averaged.
        threshold: share of the map's maximum, in 0..1; one number, or one per image.
        size: height and width of the image in pixels.
        padding: share of the image's height and width added on each side.
        short_end: stop one row and one column short, as the published code does: it takes the
            last index that is inside for an exclusive end.

    Returns:
        Boxes, xyxy in whole pixels, right and bottom exclusive, at least one pixel wide and high;
        the whole image where the map says nothing.

    Examples:
        >>> attention = torch.zeros(1, 4, 4)
        >>> attention[0, 1, 2] = 1.0
        >>> elsewhere.attention_to_box(attention, threshold=0.3, size=(8, 8)).shape
        torch.Size([1, 4])
    """
    if not isinstance(attention, Tensor) or attention.ndim not in (3, 4):
        shape = tuple(getattr(attention, "shape", ())) or type(attention).__name__
        raise DataError(f"attention: {shape}; give a tensor of (images, heads, height, width)")
    maps = mean_attention(attention) if attention.ndim == 4 else attention
    mask = attention_mask(maps, threshold, size)
    left, right = _extent(mask.any(dim=1), padding, short_end)
    top, bottom = _extent(mask.any(dim=2), padding, short_end)
    return torch.stack((left, top, right, bottom), dim=1)


def _extent(
    marked: Bool[Tensor, "batch length"], padding: float, short_end: bool
) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
    """First and one past the last marked place of one side, widened; all of it if none is."""
    length = marked.shape[1]
    places = torch.arange(length, dtype=torch.float32, device=marked.device)
    first = torch.where(marked, places, length).amin(dim=1)
    end = torch.where(marked, places + 1, 0).amax(dim=1) - float(short_end)
    # 0.07 * 100 is 7.000000000000001: rounded, so that it does not count as 8 pixels
    widening = round(padding * length, 6)
    start = (first - math.ceil(widening)).clamp_min(0)
    end = torch.maximum((end + math.floor(widening)).clamp_max(length), start + 1)
    empty = ~marked.any(dim=1)
    return start.masked_fill(empty, 0), end.masked_fill(empty, length)


def crop_region(
    images: Float[Tensor, "batch channels height width"],
    boxes: Float[Tensor, "batch 4"],
    size: tuple[int, int],
) -> Float[Tensor, "batch channels rows columns"]:
    """Cut each image's box out and resample it to one size.

    Equal to bilinear interpolation, corners aligned, of each slice `image[:, y1:y2, x1:x2]`, as
    far as float32 knows a place in an image (3e-5 of a pixel among 448).

    Args:
        images: a batch of them.
        boxes: xyxy in pixels, right and bottom exclusive, inside the image.
        size: height and width of the result.
    """
    height, width = images.shape[-2:]
    exact = images if images.dtype in (torch.float32, torch.float64) else images.float()
    left, top, right, bottom = boxes.to(exact).unbind(dim=1)
    columns = _sampling(left, right, size[1], width)
    rows = _sampling(top, bottom, size[0], height)
    grid = torch.stack(
        (columns[:, None, :].expand(-1, size[0], -1), rows[:, :, None].expand(-1, -1, size[1])),
        dim=-1,
    )
    crops = F.grid_sample(exact, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return crops.to(images.dtype)


def _sampling(
    start: Float[Tensor, " batch"], end: Float[Tensor, " batch"], count: int, length: int
) -> Float[Tensor, "batch count"]:
    """Places to read along one side, first to last pixel of the box, in -1..1 of the image."""
    steps = torch.arange(count, dtype=start.dtype, device=start.device)
    span = (end - start - 1).clamp_min(0)
    pixels = start[:, None] + steps * span[:, None] / max(count - 1, 1)
    return (2 * pixels - (length - 1)) / max(length - 1, 1)


def drop_region(
    images: Float[Tensor, "batch channels rows columns"],
    attention: Maps,
    threshold: float | Float[Tensor, " batch"],
    *,
    blank_silent: bool = False,
) -> Float[Tensor, "batch channels rows columns"]:
    """Blank the part of each image that its attention lies on, so that the rest must be used.

    Args:
        images: normalised images; blank is zero, the mean colour.
        attention: one map per image.
        threshold: share of the map's maximum from which pixels are blanked, in 0..1.
        blank_silent: blank all of an image whose map says nothing, as the published code does.

    Returns:
        The images with `attention_mask` set to zero; as they are where the map says nothing.
    """
    mask = attention_mask(attention, threshold, (images.shape[-2], images.shape[-1]))
    if blank_silent:
        mask |= ~mask.any(dim=2).any(dim=1)[:, None, None]
    return images.masked_fill(mask[:, None], 0)


def box_iou(
    boxes: Float[Tensor, "batch 4"], others: Float[Tensor, "batch 4"]
) -> Float[Tensor, " batch"]:
    """Overlap of each box with its partner: intersection over union, in 0..1.

    Zero where both are empty, NaN where either holds a NaN.
    """
    sides = torch.minimum(boxes[:, 2:], others[:, 2:]) - torch.maximum(boxes[:, :2], others[:, :2])
    shared = sides.clamp_min(0).prod(dim=1)
    union = _area(boxes) + _area(others) - shared
    return torch.where(union == 0, 0.0, shared / union)


def _area(boxes: Float[Tensor, "batch 4"]) -> Float[Tensor, " batch"]:
    return (boxes[:, 2:] - boxes[:, :2]).clamp_min(0).prod(dim=1)


def mass_inside(
    maps: Maps, boxes: Float[Tensor, "batch 4"], size: tuple[int, int]
) -> Float[Tensor, " batch"]:
    """Share of each map's positive mass that lies inside its box, in 0..1.

    The map's cells tile the image evenly, each holding its mass evenly; a cell that the box cuts
    counts by the part inside. A map that spreads evenly scores the box's share of the image.

    Args:
        maps: attention, or evidence, whose negative values are ignored.
        boxes: xyxy in pixels of the image.
        size: height and width of the image in pixels.

    Returns:
        The share; zero for a map without mass, NaN where the box or the map holds a NaN.
    """
    # not clamp: a NaN must stay one
    mass = torch.where(maps < 0, 0.0, maps.float())
    left, top, right, bottom = boxes.float().unbind(dim=1)
    columns = _coverage(left, right, maps.shape[2], size[1])
    rows = _coverage(top, bottom, maps.shape[1], size[0])
    inside = (mass * rows[:, :, None] * columns[:, None, :]).sum(dim=(1, 2))
    total = mass.sum(dim=(1, 2))
    # zero masses give 0 / 1, and a NaN inside survives
    return inside / torch.where(total == 0, 1.0, total)


def _coverage(
    start: Float[Tensor, " batch"], end: Float[Tensor, " batch"], cells: int, length: int
) -> Float[Tensor, "batch cells"]:
    """Share of each cell of one side between `start` and `end`."""
    edges = torch.arange(cells + 1, dtype=start.dtype, device=start.device) * (length / cells)
    covered = torch.minimum(end[:, None], edges[1:]) - torch.maximum(start[:, None], edges[:-1])
    return covered.clamp_min(0) * (cells / length)
