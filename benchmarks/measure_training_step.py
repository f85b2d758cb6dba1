"""What counterfactual attention learning costs: a training step with CAL ÷ without.

    python benchmarks/measure_training_step.py [--pairs 20] [--device cpu]

ResNet-50 at 224 pixels, batch 8, on a CPU; ResNet-101 at 448, batch 16, as the paper has it, on a
GPU. Beside it, the same step with crops and drops made the published way, image by image. The
steps take turns on one network. On a CPU one thread computes, and CPU time is given beside wall
time, since it hardly feels what else the machine does. Writes `results/training_step_DEVICE.json`.
"""

import argparse
from typing import NamedTuple

import torch

from elsewhere import AttentionNetwork, TimmBackbone
from elsewhere.tasks import CropAndDrop
from published import PublishedCropAndDrop
from record import record
from steps import TrainingStep, noise_batch
from timing import Way, devices, medians, operations, ratios, take_turns


class Case(NamedTuple):
    """What is trained: 32 heads and CUB's 200 classes, as in the paper."""

    backbone: str
    pixels: int
    batch: int
    last_stride: int | None = None
    heads: int = 32
    classes: int = 200


CASES = {"cpu": Case("resnet50", 224, 8), "cuda": Case("resnet101", 448, 16, last_stride=1)}


def main() -> None:
    """Measure on every device here, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20, help="rounds of one step each")
    parser.add_argument("--device", choices=devices(), help="measure on this one alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for device in [options.device] if options.device else devices():
        result = measure(CASES[device], options.pairs, device)
        print(result)
        print(record(f"training_step_{device}", result))


def measure(case: Case, pairs: int, device: str) -> dict:
    """Compare whole steps, and crops and drops alone."""
    batch = noise_batch(case.batch, case.pixels, case.classes, device)
    backbone = TimmBackbone(case.backbone, last_stride=case.last_stride)
    network = AttentionNetwork(backbone, case.heads, case.classes).to(device)
    steps = {
        "off": TrainingStep(network, batch, cal=False),
        "on": TrainingStep(network, batch, cal=True),
        "on, published crops": TrainingStep(
            network, batch, cal=True, augmentation=PublishedCropAndDrop()
        ),
    }
    seconds = take_turns(dict(steps), pairs, device)
    flops = {name: operations(steps[name]) for name in ("off", "on")}
    return {
        "case": case._asdict(),
        "pairs": pairs,
        "clocks": "wall: time that passed; cpu: time computed, one thread",
        "seconds": medians(seconds),
        "on ÷ off": ratios(seconds, "on", "off"),
        "published crops ÷ ours, whole step": ratios(seconds, "on, published crops", "on"),
        "published crops ÷ ours, alone": crops_alone(network, batch.images, pairs, device),
        "flops": flops | {"on ÷ off": round(flops["on"] / flops["off"], 5)},
    }


def crops_alone(network: AttentionNetwork, images: torch.Tensor, rounds: int, device: str) -> dict:
    """Compare both ways of making crops and drops of one batch."""
    with torch.no_grad():
        attention = network(images).attention
    ways: dict[str, Way] = {
        "ours": lambda: CropAndDrop()(images, attention),
        "published": lambda: PublishedCropAndDrop()(images, attention),
    }
    seconds = take_turns(ways, rounds, device, warmups=3)
    return {"seconds": medians(seconds)} | ratios(seconds, "published", "ours")


if __name__ == "__main__":
    main()
