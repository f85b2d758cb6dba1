import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """Writes a small picture of smooth colours that differ by `seed`; returns its path."""

    def write(path: Path, size: tuple[int, int] = (40, 32), seed: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(size, seed).save(path)
        return path

    return write


def picture(size: tuple[int, int], seed: int = 0) -> Image.Image:
    width, height = size
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def shared() -> Path:
    """The folder of real images, where a developer has one."""
    folder = os.environ.get("ELSEWHERE_SHARED")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set ELSEWHERE_SHARED to the folder of real images")
    return Path(folder)
