"""The paper's training on a GPU: float32 as it is against bf16, channels last and compiled.

    python benchmarks/measure_gpu.py [--pairs 20]

ResNet-101 at 448 pixels, batch 16. For both: images per second, peak memory, how often the host
waits for the GPU in a step, and a training step with CAL ÷ without. Without a GPU it says so and
ends. Writes `results/gpu.json`.
"""

import argparse
from collections.abc import Mapping
from typing import NamedTuple

import torch

from elsewhere import AttentionNetwork, TimmBackbone
from measure_training_step import CASES, Case
from record import record
from steps import TrainingStep, noise_batch
from timing import Way, finish, medians, ratios, syncs, take_turns

STEPS_COUNTED = 10
WARMUPS = 4  # Compiling sees one batch size, then another, then any.


class Mode(NamedTuple):
    """How the network computes."""

    precision: torch.dtype | None = None
    channels_last: bool = False
    compile: bool = False


MODES = {
    "float32": Mode(),
    "bf16, channels last, compiled": Mode(torch.bfloat16, channels_last=True, compile=True),
}


def main() -> None:
    """Measure, print, write `results/gpu.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20, help="rounds of one step each")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no GPU here: nothing measured")
        return
    result = measure(CASES["cuda"], MODES, options.pairs, "cuda")
    print(result)
    print(record("gpu", result))


def measure(case: Case, modes: Mapping[str, Mode], pairs: int, device: str) -> dict:
    """Measure one mode after another; the first is what the others are compared with."""
    results = {name: measure_mode(case, mode, pairs, device) for name, mode in modes.items()}
    first = next(iter(results.values()))["images per second"]
    return {
        "case": case._asdict(),
        "pairs": pairs,
        "convolutions in TF32": torch.backends.cudnn.allow_tf32,
        "matrix products": torch.get_float32_matmul_precision(),
        "modes": results,
        "times the first mode's images per second": {
            name: round(result["images per second"] / first, 3) for name, result in results.items()
        },
    }


def measure_mode(case: Case, mode: Mode, pairs: int, device: str) -> dict:
    """Speed, memory and waits of one mode, and what CAL adds to its step."""
    batch = noise_batch(case.batch, case.pixels, case.classes, device)
    backbone = TimmBackbone(case.backbone, last_stride=case.last_stride)
    network = AttentionNetwork(backbone, case.heads, case.classes).to(device)
    steps = {
        name: TrainingStep(network, batch, cal=cal, **mode._asdict())
        for name, cal in (("off", False), ("on", True))
    }
    seconds = take_turns(dict(steps), pairs, device, warmups=WARMUPS)
    return {
        "images per second": round(case.batch / medians(seconds)["wall"]["on"], 2),
        "seconds": medians(seconds),
        "on ÷ off": ratios(seconds, "on", "off"),
        "peak GiB": {name: peak_memory(step, device) for name, step in steps.items()},
        "waits of the host per step": {
            name: waits_per_step(step, device) for name, step in steps.items()
        },
    }


def peak_memory(way: Way, device: str) -> float | None:
    """Most memory of the GPU that was in use at once, in GiB; None without one."""
    if device == "cpu":
        return None
    torch.cuda.reset_peak_memory_stats()
    way()
    finish(device)
    return round(torch.cuda.max_memory_allocated() / 2**30, 2)


def waits_per_step(way: Way, device: str) -> float | None:
    """Waits of the host, over some steps since not every step has the same."""

    def steps() -> None:
        for _ in range(STEPS_COUNTED):
            way()

    waits = syncs(steps, device)
    return None if waits is None else waits / STEPS_COUNTED


if __name__ == "__main__":
    main()
