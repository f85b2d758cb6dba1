"""Regions image by image, pixel by pixel, as the published code goes about it."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def upsample(attention: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear upsampling with aligned corners, one pixel at a time."""
    height, width = attention.shape
    result = np.empty(size)
    for row in range(size[0]):
        for column in range(size[1]):
            y = row * (height - 1) / max(size[0] - 1, 1)
            x = column * (width - 1) / max(size[1] - 1, 1)
            top, left = min(int(y), height - 1), min(int(x), width - 1)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            v, u = y - top, x - left
            result[row, column] = (
                attention[top, left] * (1 - v) * (1 - u)
                + attention[top, right] * (1 - v) * u
                + attention[bottom, left] * v * (1 - u)
                + attention[bottom, right] * v * u
            )
    return result


def published_box(
    attention: Tensor, threshold: float, size: tuple[int, int], padding: float
) -> tuple[int, int, int, int]:
    """The slice that the published code cuts, its last index taken for an exclusive end."""
    height, width = size
    raised = F.interpolate(attention[None, None], size=size, mode="bilinear", align_corners=True)
    places = torch.nonzero(raised[0, 0] >= threshold * attention.max())
    top = max(int(places[:, 0].min().item() - padding * height), 0)
    bottom = min(int(places[:, 0].max().item() + padding * height), height)
    left = max(int(places[:, 1].min().item() - padding * width), 0)
    right = min(int(places[:, 1].max().item() + padding * width), width)
    return left, top, right, bottom


def box(
    attention: np.ndarray, threshold: float, size: tuple[int, int], padding: float = 0.0
) -> tuple[int, int, int, int]:
    """The full bounding rectangle, right and bottom exclusive."""
    height, width = size
    raised = upsample(attention, size)
    rows, columns = np.nonzero(raised >= threshold * attention.max() - 1e-6)
    return (
        max(math.floor(columns.min() - padding * width), 0),
        max(math.floor(rows.min() - padding * height), 0),
        min(math.floor(columns.max() + 1 + padding * width), width),
        min(math.floor(rows.max() + 1 + padding * height), height),
    )


def crop(images: Tensor, boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Slice each image and interpolate the slice."""
    crops = []
    for image, corners in zip(images, boxes.tolist(), strict=True):
        left, top, right, bottom = (int(corner) for corner in corners)
        slice_ = image[None, :, top:bottom, left:right]
        crops.append(F.interpolate(slice_, size=size, mode="bilinear", align_corners=True)[0])
    return torch.stack(crops)


def mass_inside(
    attention: np.ndarray, corners: tuple[float, ...], size: tuple[int, int], fine: int
) -> float:
    """Cut each cell into fine x fine crumbs and count those whose middle is inside."""
    cells_high, cells_wide = attention.shape
    left, top, right, bottom = corners
    inside = total = 0.0
    for row in range(cells_high * fine):
        for column in range(cells_wide * fine):
            mass = max(float(attention[row // fine, column // fine]), 0.0)
            y = (row + 0.5) * size[0] / (cells_high * fine)
            x = (column + 0.5) * size[1] / (cells_wide * fine)
            total += mass
            if left <= x < right and top <= y < bottom:
                inside += mass
    return inside / total
