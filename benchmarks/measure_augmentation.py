"""Attention-guided crop and drop of a batch: ours at once, the published way image by image.

    python benchmarks/measure_augmentation.py [--rounds 20] [--device cpu]

Time of both for every batch and image size, how often the host waits for a GPU, and how far an
image's crop and drop depend on the images beside it. One thread computes on a CPU. Writes
`results/augmentation_DEVICE.json`.
"""

import argparse
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from elsewhere.functional.region import attention_to_box, crop_region, drop_region
from elsewhere.tasks import CropAndDrop
from published import PublishedCropAndDrop
from record import record
from timing import devices, medians, ratios, syncs, take_turns

BATCHES = (4, 8, 16, 32, 64)
PIXELS = (224, 448)
HEADS = 32


def main() -> None:
    """Measure on every device here, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--device", choices=devices(), help="measure on this one alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for device in [options.device] if options.device else devices():
        result = measure(BATCHES, PIXELS, options.rounds, device)
        print(record(f"augmentation_{device}", result))


def measure(batches: Sequence[int], pixels: Sequence[int], rounds: int, device: str) -> dict:
    """Compare both ways for every size."""
    sizes = {}
    for side in pixels:
        for batch in batches:
            name = f"{batch} images of {side} pixels"
            sizes[name] = compare(*scenes(batch, side, device), rounds, device)
            print(name, sizes[name])
    return {"rounds": rounds, "heads": HEADS, "sizes": sizes}


def compare(images: Tensor, attention: Tensor, rounds: int, device: str) -> dict:
    """Time of both ways, waits of the host, dependence on batch mates."""
    ways = {
        "ours": partial(CropAndDrop(), images, attention),
        "published": partial(PublishedCropAndDrop(), images, attention),
    }
    seconds = take_turns(ways, rounds, device)
    return {
        "seconds": medians(seconds),
        "published ÷ ours": ratios(seconds, "published", "ours"),
        "waits of the host": {name: syncs(way, device) for name, way in ways.items()},
        "difference made by batch mates": difference_made_by_mates(images, attention),
    }


def scenes(batch: int, pixels: int, device: str) -> tuple[Tensor, Tensor]:
    """Noise, and maps with a spot each at a sixteenth of its size, as a network's last map has."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(batch, 3, pixels, pixels, generator=generator)
    places = torch.linspace(0, 1, pixels // 16)
    x, y = (torch.rand(batch, HEADS, 1, generator=generator) for _ in range(2))
    column, row = (torch.exp(-(((places - centre) / 0.15) ** 2)) for centre in (x, y))
    return images.to(device), (row[..., :, None] * column[..., None, :]).to(device)


def difference_made_by_mates(images: Tensor, attention: Tensor) -> float:
    """Largest difference between an image treated in its batch and the same image alone."""
    together = crop_and_drop(images, attention)
    alone = [crop_and_drop(*one) for one in zip(images.split(1), attention.split(1), strict=True)]
    pairs = zip(together, map(torch.cat, zip(*alone, strict=True)), strict=True)
    return max(float((left - right).abs().max()) for left, right in pairs)


def crop_and_drop(images: Tensor, attention: Tensor) -> tuple[Tensor, Tensor]:
    """Crop and drop without chance: one head each and the middle of the thresholds."""
    size = (images.shape[-2], images.shape[-1])
    boxes = attention_to_box(attention[:, 0], 0.5, size=size, padding=0.1)
    return crop_region(images, boxes, size), drop_region(images, attention[:, 1], 0.35)


if __name__ == "__main__":
    main()
