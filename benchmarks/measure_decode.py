"""Reduced-size JPEG decoding against decoding whole and then resizing, per core.

    python benchmarks/measure_decode.py

Three ways of turning a JPEG into training input (resize 512 x 512, crop 448, mirror, colours):
ours (reduced decoding), ours with whole decoding, and plain Pillow + torchvision on PIL images.
The ways take turns on every picture; the ratio is the median over pictures and rounds, with a
bootstrap interval. Beside it, how much reduced decoding changes a picture resized to 448 x 448.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.images.decode import decode_image
from elsewhere.data.images.transforms import TrainTransform
from elsewhere.structures import Preprocessing
from record import record
from timing import ratio

SIZES = ((4000, 3000), (1200, 800))
PREPROCESSING = Preprocessing((512, 512), (448, 448))
TO = 448


def photograph(width: int, height: int, seed: int) -> Image.Image:
    """A picture with the spectrum of a photograph (amplitude 1/f), sharp edges and sensor noise."""
    generator = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    amplitude = 1 / np.maximum(np.hypot(rows, columns), 1 / width)
    channels = []
    for _ in range(3):
        phase = generator.uniform(0, 2 * np.pi, amplitude.shape)
        channels.append(np.fft.irfft2(amplitude * np.exp(1j * phase), (height, width)))
    grey, *tints = (channel / channel.std() for channel in channels)
    values = np.stack([grey + 0.3 * tints[0], grey, grey + 0.3 * tints[1]], -1) * 45 + 120
    for _ in range(40):  # Edges: rectangles laid over one another.
        x, y = generator.integers(0, width), generator.integers(0, height)
        w, h = (
            generator.integers(width // 60, width // 6),
            generator.integers(height // 60, height // 6),
        )
        values[y : y + h, x : x + w] += generator.uniform(-70, 70, 3)
    values += generator.normal(0, 3, values.shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def main() -> None:
    """Measure, print, write `results/decode.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=6, help="pictures of each size")
    parser.add_argument("--rounds", type=int, default=5, help="times each picture is loaded")
    options = parser.parse_args()
    torch.set_num_threads(1)
    payload = {}
    for width, height in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{seed}.jpg" for seed in range(options.pictures)]
            for seed, path in enumerate(paths):
                photograph(width, height, seed).save(path, quality=90)
            result = {"file_bytes": int(np.mean([path.stat().st_size for path in paths]))}
            result |= speeds(paths, options.rounds) | differences(paths)
        payload[f"{width} x {height}"] = result
        print(width, height, result)
    print(record("decode", {"pictures": options.pictures, "rounds": options.rounds} | payload))


def speeds(paths: list[Path], rounds: int) -> dict[str, object]:
    """Images per second of each way, and ratios over the same picture in the same round."""
    ways: dict[str, Callable[[Path], Tensor]] = {
        "reduced": partial(ours, TrainTransform(PREPROCESSING), PREPROCESSING.resize),
        "whole": partial(ours, TrainTransform(PREPROCESSING), None),
        "pillow": partial(plain_pillow, pillow_transform()),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for path in paths:  # Files into the cache, code paths warm.
        for way in ways.values():
            way(path)
    for _ in range(rounds):
        for path in paths:
            for name, way in ways.items():
                start = perf_counter()
                way(path)
                seconds[name].append(perf_counter() - start)
    times = {name: np.array(values) for name, values in seconds.items()}
    return {
        "images_per_second": {name: round(float(1 / np.median(t)), 2) for name, t in times.items()},
        "whole_over_reduced": ratio(times["whole"], times["reduced"]),
        "pillow_over_reduced": ratio(times["pillow"], times["reduced"]),
    }


def ours(transform: TrainTransform, at_least: tuple[int, int] | None, path: Path) -> Tensor:
    image = decode_image(path, at_least).image
    size = tuple(image.shape[-2:])
    boxes = BoundingBoxes(torch.empty(0, 4), format=BoundingBoxFormat.XYXY, canvas_size=size)
    return transform(image, boxes)[0]


def plain_pillow(transform: v2.Transform, path: Path) -> Tensor:
    with Image.open(path) as image:
        return transform(image.convert("RGB"))


def pillow_transform() -> v2.Transform:
    """What training scripts commonly do: everything on PIL images, a tensor at the end."""
    return v2.Compose(
        [
            v2.Resize(PREPROCESSING.resize),
            v2.RandomCrop(PREPROCESSING.crop),
            v2.RandomHorizontalFlip(0.5),
            v2.ColorJitter(brightness=0.126, saturation=0.5),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(list(PREPROCESSING.mean), list(PREPROCESSING.std)),
        ]
    )


def differences(paths: list[Path]) -> dict[str, object]:
    """Grey levels (of 255) between both ways of decoding, after resizing to 448 x 448."""
    resize = v2.Resize((TO, TO), antialias=True)
    levels, sizes = [], set()
    for path in paths:
        reduced = decode_image(path, (TO, TO)).image
        sizes.add(f"{reduced.shape[2]} x {reduced.shape[1]}")
        whole = resize(decode_image(path).image).int()
        levels.append((resize(reduced).int() - whole).abs().flatten().numpy())
    all_levels = np.concatenate(levels)
    return {
        "decoded_size": sorted(sizes),
        "difference": {
            "largest": int(all_levels.max()),
            "99.9 %": float(np.quantile(all_levels, 0.999)),
            "mean": round(float(all_levels.mean()), 4),
        },
    }


if __name__ == "__main__":
    main()
