import pickle
from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.images.transforms import (
    IdentityAugmentation,
    ReidentificationTransform,
    denormalise,
    evaluation_transform,
)
from elsewhere.errors import ConfigError
from elsewhere.structures import Preprocessing

PREPROCESSING = Preprocessing((64, 32), (64, 32))


def boxes(image: Tensor, *rows: tuple[float, ...]) -> BoundingBoxes:
    size = tuple(image.shape[-2:])
    data = torch.tensor(rows).reshape(-1, 4)
    return BoundingBoxes(data, format=BoundingBoxFormat.XYXY, canvas_size=size)


def noise(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(1, 256, (3, height, width), generator=generator, dtype=torch.uint8)


def test_an_image_is_moved_over_a_black_border_and_mirrored():
    image = noise(64, 32)
    plain, _ = evaluation_transform(PREPROCESSING)(image, boxes(image))
    black = -torch.tensor(PREPROCESSING.mean) / torch.tensor(PREPROCESSING.std)
    canvas = black[:, None, None].expand(3, 64 + 8, 32 + 8).clone()
    places = {}
    for mirrored in (False, True):
        canvas[:, 4:-4, 4:-4] = plain.flip(-1) if mirrored else plain
        for y in range(9):
            for x in range(9):
                window = canvas[:, y : y + 64, x : x + 32]
                places[window.numpy().round(4).tobytes()] = (mirrored, y, x)
    transform = ReidentificationTransform(PREPROCESSING, IdentityAugmentation(pad=4, erase=0.0))
    torch.manual_seed(0)
    seen = Counter(
        places[transform(image, boxes(image))[0].numpy().round(4).tobytes()] for _ in range(500)
    )
    assert {y for _, y, _ in seen} == {x for _, _, x in seen} == set(range(9))
    assert 195 < sum(count for (mirrored, *_), count in seen.items() if mirrored) < 305


def test_a_box_stays_on_its_object():
    image = torch.zeros(3, 128, 64, dtype=torch.uint8)
    image[:, 40:100, 20:50] = 255
    transform = ReidentificationTransform(PREPROCESSING, IdentityAugmentation(pad=4, erase=0.0))
    torch.manual_seed(0)
    seen = set()
    for _ in range(40):
        result, found = transform(image, boxes(image, (20, 40, 50, 100)))
        x1, y1, x2, y2 = (int(value) for value in found[0])
        rows, columns = (denormalise(result, PREPROCESSING)[0] > 0.6).nonzero(as_tuple=True)
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x1, y1, x2, y2)
        seen.add((x1, y1))
    assert len(seen) > 20


def erased_parts(
    fill: str, draws: int = 600, shape: str = "even"
) -> tuple[list[tuple[int, int]], set[tuple]]:
    """Height and width of what is erased of a white image, and its normalised colours."""
    image = torch.full((3, 96, 96), 255, dtype=torch.uint8)
    transform = ReidentificationTransform(
        Preprocessing((96, 96), (96, 96)), IdentityAugmentation(0.0, 0, 0.5, fill, shape)
    )
    torch.manual_seed(3)
    sizes, colours = [], set()
    white = evaluation_transform(Preprocessing((96, 96), (96, 96)))(image, boxes(image))[0]
    for _ in range(draws):
        result, _ = transform(image, boxes(image))
        rows, columns = (result != white).any(0).nonzero(as_tuple=True)
        if len(rows):
            height, width = (int(line.max() - line.min() + 1) for line in (rows, columns))
            assert len(rows) == height * width  # one whole rectangle
            sizes.append((height, width))
            colours.add(tuple(round(v, 6) for v in result[:, rows[0], columns[0]].tolist()))
    return sizes, colours


def test_half_of_the_images_lose_a_part_of_the_stated_area_and_aspect():
    sizes, colours = erased_parts("mean")
    assert 240 < len(sizes) < 360
    areas = [height * width / 96**2 for height, width in sizes]
    aspects = [height / width for height, width in sizes]
    assert 0.02 * 0.9 < min(areas) < 0.04
    assert 0.36 < max(areas) < 0.4 * 1.02
    assert 0.3 * 0.9 < min(aspects) < 0.36
    assert 2.8 < max(aspects) < 3.33 * 1.1
    # even in the logarithm: as many lie as stand
    assert abs(np.mean(np.array(aspects) > 1) - 0.5) < 0.1
    assert colours == {(0.0, 0.0, 0.0)}


def test_the_published_fill_is_written_after_the_normalisation():
    sizes, colours = erased_parts("published", 50)
    assert sizes
    assert colours == {(0.485, 0.456, 0.406)}


def test_published_parts_stand_three_times_of_four():
    sizes, colours = erased_parts("published", 1200, "published")
    assert 520 < len(sizes) < 680
    areas = np.array([height * width / 96**2 for height, width in sizes])
    aspects = np.array([height / width for height, width in sizes])
    assert 0.02 * 0.9 < areas.min() < 0.04
    assert 0.36 < areas.max() < 0.4 * 1.02
    assert 0.3 * 0.85 < aspects.min() < 0.4
    assert 2.8 < aspects.max() < 3.33 * 1.15
    # of 0.3 to 3.33 drawn evenly 77 % lie above one; few of these are too tall for the image
    assert 0.68 < (aspects > 1).mean() < 0.82
    assert colours == {(0.485, 0.456, 0.406)}


def test_a_published_part_is_always_smaller_than_the_image():
    image = noise(8, 40)
    small = Preprocessing((8, 40), (8, 40))
    transform = ReidentificationTransform(
        small, IdentityAugmentation(0.0, 0, 1.0, erase_shape="published")
    )
    torch.manual_seed(0)
    heights = []
    for _ in range(300):
        rows, _ = (transform(image, boxes(image))[0] == 0).all(0).nonzero(as_tuple=True)
        heights.append(0 if not len(rows) else int(rows.max() - rows.min() + 1))
    assert max(heights) == 7  # the height itself is no part
    assert min(heights) >= 1


def test_probabilities_of_zero_and_one():
    image = noise(64, 32)
    plain, _ = evaluation_transform(PREPROCESSING)(image, boxes(image))
    for flip in (0.0, 1.0):
        transform = ReidentificationTransform(PREPROCESSING, IdentityAugmentation(flip, 0, 0.0))
        assert torch.equal(transform(image, boxes(image))[0], plain.flip(-1) if flip else plain)
    always = ReidentificationTransform(PREPROCESSING, IdentityAugmentation(0.0, 0, 1.0))
    assert all((always(image, boxes(image))[0] == 0).any() for _ in range(50))


def test_only_the_global_generator_is_drawn_from():
    image = noise(70, 90)
    transform = ReidentificationTransform(PREPROCESSING, IdentityAugmentation(erase=1.0))
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(transform(image, boxes(image))[0])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    pickle.loads(pickle.dumps(transform))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"flip": 1.5}, "flip=1.5 is a probability"),
        ({"erase": -0.1}, "erase=-0.1 is a probability"),
        ({"pad": -1}, "pad=-1: 0 or more"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(ConfigError, match=said):
        ReidentificationTransform(PREPROCESSING, IdentityAugmentation(**options))


def test_an_unknown_fill():
    with pytest.raises((ConfigError, TypeError)):  # a TypeError where types are checked at calls
        ReidentificationTransform(PREPROCESSING, IdentityAugmentation(erase_fill="grey"))
