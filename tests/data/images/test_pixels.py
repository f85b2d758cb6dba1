"""A network's input by Pillow and numpy alone is that of torch, number by number."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from elsewhere.data.images.pixels import network_input, resized
from elsewhere.data.inputs import load_images
from elsewhere.description import Preprocessing
from elsewhere.errors import ConfigError, DataError

# elsewhere torch resizes by floats, and a colour may be one of 255 steps off
STEP = 0 if "AVX" in torch.backends.cpu.get_cpu_capability() else 1

sides = st.integers(1, 90)


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.integers(0, 2**32))
def test_any_size_is_resized_as_torch_does(before, after, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (*before, 3), dtype=np.uint8)
    preprocessing = Preprocessing(after, after, (0.0,) * 3, (1.0,) * 3)
    wanted = (load_images(pixels, preprocessing)[0] * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(resized(pixels, after) - wanted).max() <= STEP


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("sizes", [((51, 40), (48, 37)), ((300, 200), (224, 200)), ((64, 64),) * 2])
def test_files_become_the_same_numbers(tmp_path, suffix, sizes):
    """Among them a JPEG that is decoded at half its size, and turned by its EXIF."""
    file = tmp_path / f"image{suffix}"
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).resize((400, 300), Image.Resampling.BICUBIC).save(file, exif=exif)
    preprocessing = Preprocessing(*sizes)
    wanted = load_images(file, preprocessing)[0].numpy()
    got = network_input(file, preprocessing)
    if STEP:
        np.testing.assert_allclose(got, wanted, atol=1.01 / 255 / min(preprocessing.std))
    else:
        np.testing.assert_array_equal(got, wanted)


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        network_input(tmp_path / "none.png", Preprocessing((8, 8), (8, 8)))
    with pytest.raises(ConfigError, match="does not fit"):
        network_input(np.zeros((9, 9, 3), np.uint8), Preprocessing((8, 8), (9, 8)))
