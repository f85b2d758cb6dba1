import hashlib
from math import dist

import numpy as np
import pytest

from elsewhere.drawn.birds import Species, draw_bird, species
from elsewhere.drawn.canvas import Drawn
from elsewhere.drawn.scenes import SCENES, Scene
from elsewhere.errors import DataError

# Raise `GENERATOR` in layouts/birds.py together with these.
GOLDEN = {
    ("forest", 32): "f73a8280597d77ce",
    ("water", 64): "d018d41450bb8be8",
    ("sky", 47): "0177077202fb78ca",
    ("desert", 128): "197ea7b3e0363832",
    ("snow", 64): "c4e98573c21a4b01",
    ("dusk", 224): "d4b898423168ee8c",
}


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([7, seed])))


def flat(level: float) -> Scene:
    """A scene of one grey, perch and all, that draws nothing from the generator."""
    grey = (level, level, level)

    def fill(canvas, _):
        canvas.pixels[:] = level

    return Scene("flat", fill, (grey, grey))


def digest(bird: Drawn) -> str:
    return hashlib.sha256(bird.image.tobytes()).hexdigest()[:16]


@pytest.mark.parametrize(("scene", "size"), GOLDEN)
def test_pixels_are_these_on_every_machine(scene, size):
    number = [place.name for place in SCENES].index(scene)
    bird = draw_bird(species(32)[number * 5], SCENES[number], size, generator(number))
    assert digest(bird) == GOLDEN[scene, size]


def test_the_generator_decides_everything():
    kind, scene = species()[3], SCENES[2]
    first, again, other = (draw_bird(kind, scene, 48, generator(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert first.parts == again.parts
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("size", [32, 64, 97])
@pytest.mark.parametrize("number", [0, 9, 22, 31])
def test_mask_and_box_are_what_the_bird_hides(size, number):
    """On two flat greys, whatever does not change with the grey is bird."""
    kind = species(32)[number]
    for seed in range(3):
        dark = draw_bird(kind, flat(0.0), size, generator(seed))
        bright = draw_bird(kind, flat(0.8), size, generator(seed))
        shown = bright.image[..., 1].astype(float) - dark.image[..., 1]
        free = shown / np.median(shown[~bright.mask])
        assert dark.box == bright.box
        assert bright.mask[free < 0.45].all()
        assert not bright.mask[free > 0.55].any()
        left, top, right, bottom = size, size, 0, 0
        for row in range(size):
            for column in range(size):
                if bright.mask[row, column]:
                    left, right = min(left, column), max(right, column + 1)
                    top, bottom = min(top, row), max(bottom, row + 1)
        assert bright.box == (left, top, right, bottom)


def test_bird_fills_half_to_four_fifths_of_the_side_and_stays_inside():
    spans = []
    for seed in range(120):
        bird = draw_bird(species(32)[seed % 32], flat(0.5), 96, generator(seed))
        x1, y1, x2, y2 = bird.box
        assert min(x1, y1) >= 1
        assert max(x2, y2) <= 95
        spans.append(max(x2 - x1, y2 - y1) / 96)
    assert 0.48 <= min(spans) < 0.56
    assert 0.74 < max(spans) <= 0.82


def test_scale_is_a_choice():
    bird = draw_bird(species()[0], flat(0.5), 96, generator(), scale=(0.3, 0.3))
    assert 0.25 * 96 < bird.box[2] - bird.box[0] < 0.32 * 96


# The reach of each part from its position, in distances of eye and tail.
REACH = {"crown": 0.26, "wing": 0.36, "beak": 0.32, "tail": 0.36}
BASE = Species("red")
OTHERS = {
    "crown": Species("blue"),
    "wing": Species("red", wing="spotted"),
    "beak": Species("red", beak="long"),
    "tail": Species("red", tail="forked"),
}


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("part", OTHERS)
def test_species_differ_only_in_the_part_that_is_named(part, size):
    for seed, scene in enumerate(SCENES):
        one = draw_bird(BASE, scene, size, generator(seed))
        two = draw_bird(OTHERS[part], scene, size, generator(seed))
        differs = (one.image != two.image).any(axis=2)
        assert differs.sum() > 4
        reach = REACH[part] * dist(one.parts["eye"], one.parts["tail"])
        for row, column in np.argwhere(differs):
            assert dist((column + 0.5, row + 0.5), one.parts[part]) < reach + 1
        changed = {key for key in one.attributes if one.attributes[key] != two.attributes[key]}
        assert changed == {part}


def test_parts_lie_on_the_bird_where_they_should():
    for seed in range(20):
        bird = draw_bird(Species("violet", "spotted"), SCENES[seed % 6], 128, generator(seed))
        for part in ("crown", "eye", "breast", "wing", "tail"):
            x, y = bird.parts[part]
            assert bird.mask[int(y), int(x)], part
        x, y = bird.parts["crown"]
        red, green, blue = bird.image[int(y), int(x)].astype(int)
        assert min(red, blue) > 1.3 * green
        eye, beak, tail = (bird.parts[part][0] for part in ("eye", "beak", "tail"))
        assert (beak > eye > tail) == (bird.attributes["facing"] == "right")
        assert (beak < eye < tail) == (bird.attributes["facing"] == "left")


def test_another_size_is_the_same_picture():
    for seed, scene in enumerate(SCENES):
        small, large = (draw_bird(species()[5], scene, size, generator(seed)) for size in (48, 192))
        averaged = large.image.astype(float).reshape(48, 4, 48, 4, 3).mean(axis=(1, 3))
        assert np.abs(averaged - small.image).mean() < 6
        assert np.abs(np.array(large.box) / 4 - small.box).max() <= 1.5


def test_scenes_are_easy_to_tell_apart_by_their_colours():
    """The nearest mean thumbnail of 4 × 4 colours names the scene of almost every picture."""
    assert len({scene.name for scene in SCENES}) >= 6
    colours, truth = [], []
    for number, scene in enumerate(SCENES):
        for seed in range(24):
            image = draw_bird(species()[seed % 8], scene, 32, generator(seed)).image / 255
            colours.append(image.reshape(4, 8, 4, 8, 3).mean(axis=(1, 3)).ravel())
            truth.append(number)
    table, labels = np.array(colours), np.array(truth)
    half = np.arange(len(labels)) % 2 == 0
    means = [table[half & (labels == number)].mean(axis=0) for number in range(len(SCENES))]
    away = np.linalg.norm(table[~half][:, None] - np.array(means), axis=2)
    assert (away.argmin(axis=1) == labels[~half]).mean() > 0.95


def test_distractors_show_every_crown_colour_without_a_bird():
    """Outside the bird a picture of a red bird holds the other birds' colours too."""
    blue = golden = 0
    for seed in range(60):
        bird = draw_bird(Species("red"), SCENES[seed % 6], 64, generator(seed))
        red, green, other = (bird.image[~bird.mask].astype(int) + 1).T
        blue += bool((other > 3 * red).any() and SCENES[seed % 6].name == "forest")
        golden += bool(((red > 170) & (green > 0.65 * red) & (other < 0.3 * red)).any())
    assert blue >= 5
    assert golden >= 30


def test_species_are_distinct_and_readably_named():
    names = [kind.name for kind in species(32)]
    assert len(set(names)) == 32
    assert names[:2] == ["red-crowned barwing", "golden-crowned barwing"]
    assert names[4] == "red-crowned spotwing"
    assert "fork-tailed long-billed violet-crowned spotwing" in names
    assert {(kind.crown, kind.wing) for kind in species(8)} == {
        (kind.crown, kind.wing) for kind in species(32)
    }
    assert species(12) == species(32)[:12]
    assert species(16)[-1].slug == "long-billed-violet-crowned-spotwing"


@pytest.mark.parametrize("count", [0, 1, 33])
def test_an_impossible_number_of_species_is_refused(count):
    with pytest.raises(DataError, match="2 to 32"):
        species(count)


def test_an_impossible_size_or_scale_is_refused():
    with pytest.raises(DataError, match="16 or more"):
        draw_bird(species()[0], SCENES[0], 8, generator())
    with pytest.raises(DataError, match="range"):
        draw_bird(species()[0], SCENES[0], 64, generator(), scale=(0.8, 0.5))
    with pytest.raises(DataError, match=r"scale 0.01 makes birds of 0.16 pixels"):
        draw_bird(species()[0], SCENES[0], 16, generator(), scale=(0.01, 0.01))
