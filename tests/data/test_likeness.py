"""Perceptual hashes and colours, on drawn birds."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from elsewhere.data.likeness import NEAR, colours, near_pairs, perceptual_hash
from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.birds import Birds, draw_numbered

KINDS = species(6)


@pytest.fixture(scope="module")
def birds():
    settings = Birds(species=6, size=120)
    return [
        Image.fromarray(draw_numbered(kind, "test", number, settings).image)
        for kind in KINDS
        for number in range(5)
    ]


def saved_again(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return Image.open(file).convert("RGB")


CHANGES = {
    "saved anew": lambda image: saved_again(image, format="JPEG", quality=30),
    "smaller": lambda image: image.resize((70, 70)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "turned": lambda image: image.rotate(1, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_photograph_is_known_again_and_no_other_taken_for_it(birds, change):
    hashes = [perceptual_hash(image) for image in birds]
    again = [perceptual_hash(change(image)) for image in birds]
    found = {(a, b - len(birds)) for a, b in near_pairs([*hashes, *again]) if a < len(birds) <= b}
    assert found == {(number, number) for number in range(len(birds))}


def test_pairs_are_those_of_a_plain_count(birds):
    hashes = [perceptual_hash(image) for image in birds]
    noisy = [bits ^ np.uint64(3) if n % 2 else bits for n, bits in enumerate(hashes)]
    every = [*hashes, None, *noisy]
    wanted = {
        (a, b)
        for a in range(len(every))
        for b in range(a + 1, len(every))
        if every[a] is not None
        and every[b] is not None
        and sum(int(x).bit_count() for x in every[a] ^ every[b]) <= NEAR
    }
    for block in (1, 7, 512):
        assert set(near_pairs(every, block)) == wanted


def test_plain_surfaces_are_not_all_one_photograph():
    assert perceptual_hash(Image.new("RGB", (50, 50), "red")) is None
    assert list(near_pairs([None, None])) == []


def test_colours_are_shares_of_hue_saturation_and_value():
    halves = Image.new("RGB", (64, 64), (255, 0, 0))
    halves.paste((0, 0, 0), (32, 0, 64, 64))
    shares = colours(halves) ** 2
    assert shares.sum() == pytest.approx(1)
    assert sorted(shares[shares > 0.1]) == pytest.approx([0.5, 0.5], abs=0.07)
