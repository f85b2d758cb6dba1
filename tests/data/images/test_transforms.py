import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.images.transforms import TrainTransform, denormalise, evaluation_transform
from elsewhere.errors import ConfigError
from elsewhere.structures import Preprocessing

PREPROCESSING = Preprocessing((64, 96), (48, 80))


def boxes(image: Tensor, *rows: tuple[float, ...]) -> BoundingBoxes:
    size = tuple(image.shape[-2:])
    data = torch.tensor(rows).reshape(-1, 4)
    return BoundingBoxes(data, format=BoundingBoxFormat.XYXY, canvas_size=size)


def noise(height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (3, height, width), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize(("height", "width"), [(200, 150), (20, 30), (64, 96)])
def test_evaluation_is_resize_centre_crop_normalise(height: int, width: int) -> None:
    image = noise(height, width)
    result, _ = evaluation_transform(PREPROCESSING)(image, boxes(image))
    picture = Image.fromarray(image.permute(1, 2, 0).numpy())
    resized = np.asarray(picture.resize((96, 64), Image.Resampling.BILINEAR)).astype(float)
    cropped = resized[8:56, 8:88] / 255
    expected = (cropped - PREPROCESSING.mean) / PREPROCESSING.std
    assert result.shape == (3, 48, 80)
    assert result.dtype == torch.float32
    difference = np.abs(result.permute(1, 2, 0).numpy() - expected).max()
    assert difference < 1.01 / 255 / min(PREPROCESSING.std)  # One grey level of rounding.


def test_boxes_follow_resize_and_crop_and_are_clipped() -> None:
    image = noise(128, 192)
    _, found = evaluation_transform(PREPROCESSING)(image, boxes(image, (40, 20, 100, 60)))
    assert found.tolist() == [[40 / 2 - 8, 20 / 2 - 8, 100 / 2 - 8, 60 / 2 - 8]]
    _, found = evaluation_transform(PREPROCESSING)(image, boxes(image, (0, 0, 192, 128)))
    assert found.tolist() == [[0, 0, 80, 48]]


def test_a_box_stays_on_its_object_through_random_changes() -> None:
    image = torch.zeros(3, 100, 120, dtype=torch.uint8)
    image[:, 30:60, 50:90] = 255
    transform = TrainTransform(Preprocessing((100, 120), (80, 80)), brightness=0.0, saturation=0.0)
    torch.manual_seed(0)
    seen = set()
    for _ in range(30):
        result, found = transform(image, boxes(image, (50, 30, 90, 60)))
        x1, y1, x2, y2 = (int(value) for value in found[0])
        rows, columns = (denormalise(result, PREPROCESSING)[0] > 0.5).nonzero(as_tuple=True)
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x1, y1, x2, y2)
        seen.add((x1, y1))
    assert len(seen) > 15


def test_flip_probability() -> None:
    image = noise(64, 96)
    plain = Preprocessing((64, 96), (64, 96))
    expected, _ = evaluation_transform(plain)(image, boxes(image))
    for flip in (0.0, 1.0):
        result, _ = TrainTransform(plain, flip, 0.0, 0.0)(image, boxes(image))
        assert torch.equal(result, expected.flip(-1) if flip else expected)


def test_colours_change_within_their_range() -> None:
    image = torch.full((3, 8, 8), 100, dtype=torch.uint8)
    transform = TrainTransform(Preprocessing((8, 8), (8, 8)), 0.0, 0.126, 0.5)
    torch.manual_seed(1)
    levels = [
        float(denormalise(transform(image, boxes(image))[0], PREPROCESSING).mean() * 255)
        for _ in range(200)
    ]
    assert 87 - 0.5 <= min(levels) < 89
    assert 111 < max(levels) <= 112.6 + 0.5


def test_saturation_alone_leaves_grey_alone_and_changes_colour() -> None:
    transform = TrainTransform(Preprocessing((8, 8), (8, 8)), 0.0, 0.0, 0.5)
    grey = torch.full((3, 8, 8), 100, dtype=torch.uint8)
    colour = grey.clone()
    colour[0] = 200
    torch.manual_seed(1)
    spreads = []
    for _ in range(50):
        result = denormalise(transform(grey, boxes(grey))[0], PREPROCESSING) * 255
        assert (result - 100).abs().max() < 1.01
        result = denormalise(transform(colour, boxes(colour))[0], PREPROCESSING) * 255
        spreads.append(float(result[0].mean() - result[1].mean()))
    assert 48 <= min(spreads) < 60
    assert 140 < max(spreads) <= 152


def test_the_centre_crop_is_that_of_evaluation() -> None:
    image = noise(70, 90)
    expected, _ = evaluation_transform(PREPROCESSING)(image, boxes(image))
    result, _ = TrainTransform(PREPROCESSING, 0.0, 0.0, 0.0, "centre")(image, boxes(image))
    assert torch.equal(result, expected)


def test_only_the_global_generator_is_drawn_from() -> None:
    image = noise(70, 90)
    transform = TrainTransform(PREPROCESSING)
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        np.random.default_rng().random()
        results.append(transform(image, boxes(image))[0])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_denormalise_undoes_normalisation() -> None:
    image = noise(48, 80)
    plain = Preprocessing((48, 80), (48, 80), mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.3))
    result, _ = evaluation_transform(plain)(image, boxes(image))
    assert torch.allclose(denormalise(result, plain), image / 255, atol=1e-6)
    assert denormalise(result.expand(2, -1, -1, -1) * 99, plain).max() == 1


def test_transforms_travel_to_worker_processes() -> None:
    image = noise(70, 90)
    transform = evaluation_transform(PREPROCESSING)
    copy = pickle.loads(pickle.dumps(transform))
    assert torch.equal(copy(image, boxes(image))[0], transform(image, boxes(image))[0])
    pickle.loads(pickle.dumps(TrainTransform(PREPROCESSING)))


@pytest.mark.parametrize("options", [{"flip": 1.5}, {"brightness": -1.0}, {"saturation": -1.0}])
def test_options_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="please"):
        TrainTransform(PREPROCESSING, **options)  # type: ignore[arg-type]


def test_an_unknown_crop() -> None:
    with pytest.raises((ConfigError, TypeError)):  # A TypeError where types are checked at calls.
        TrainTransform(PREPROCESSING, crop="left")  # type: ignore[arg-type]


def test_a_crop_larger_than_the_resize() -> None:
    with pytest.raises(ConfigError, match=r"crop 100 x 10 .* does not fit in resize 64 x 96"):
        evaluation_transform(Preprocessing((64, 96), (100, 10)))
    with pytest.raises(ConfigError, match="must be positive"):
        evaluation_transform(Preprocessing((64, 96), (10, 10), std=(0.1, 0.0, 0.1)))
