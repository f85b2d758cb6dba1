"""What a network trained with CAL costs once it is trained: the same as its baseline.

    python benchmarks/measure_inference.py [--pairs 20] [--device cpu]

Operations and time of `network(images)` after a step of training with CAL, and loaded again from a
bundle, each against the baseline; how often the branch ran. Then images per second, of training
and of the test's 8 views, for ResNet-50 at 224 pixels and for the drawn birds' network at 64. One
thread computes on a CPU. Writes `results/inference_DEVICE.json`.
"""

import argparse
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import torch
from torch import nn

from elsewhere import AttentionNetwork, SmallResNet, TimmBackbone
from elsewhere.bundle import load_bundle, save_bundle
from elsewhere.causal import CounterfactualBranch
from elsewhere.structures import Batch
from elsewhere.tasks import TestViews
from record import record
from steps import TrainingStep, noise_batch
from timing import devices, medians, operations, ratios, take_turns


class Case(NamedTuple):
    """A network, and the pictures it is measured on."""

    backbone: Callable[[], nn.Module]
    pixels: int
    batch: int
    heads: int
    classes: int
    channels_last: bool = False


CASES = {
    "ResNet-50, 224 pixels": Case(partial(TimmBackbone, "resnet50"), 224, 8, 32, 200),
    "drawn birds, 64 pixels": Case(SmallResNet, 64, 32, 8, 8, channels_last=True),
}


def main() -> None:
    """Measure on every device here, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20, help="rounds of one batch each")
    parser.add_argument("--device", choices=devices(), help="measure on this one alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for device in [options.device] if options.device else devices():
        results = {name: measure(case, options.pairs, device) for name, case in CASES.items()}
        print(results)
        print(record(f"inference_{device}", {"pairs": options.pairs} | results))


def measure(case: Case, pairs: int, device: str) -> dict:
    """Compare networks at rest, then count images per second."""
    batch = noise_batch(case.batch, case.pixels, case.classes, device)
    untrained = AttentionNetwork(case.backbone(), case.heads, case.classes).to(device)
    networks = {
        "baseline": trained(deepcopy(untrained), batch, case, cal=False),
        "CAL": trained(deepcopy(untrained), batch, case, cal=True),
    }
    networks["CAL from a bundle"] = through_a_bundle(networks["CAL"]).to(
        device, memory_format=layout(case)
    )
    return {
        "batch": case.batch,
        **at_rest(networks, batch, pairs, device),
        "images per second": throughput(networks["CAL"], batch, case, max(pairs // 4, 1), device),
    }


def trained(network: AttentionNetwork, batch: Batch, case: Case, *, cal: bool) -> AttentionNetwork:
    """Train for one step: all that CAL could leave behind is there."""
    TrainingStep(network, batch, cal, channels_last=case.channels_last)()
    return network.eval()


def through_a_bundle(network: AttentionNetwork) -> AttentionNetwork:
    """Save and load."""
    with tempfile.TemporaryDirectory() as folder:
        save_bundle(network, Path(folder) / "bundle")
        return load_bundle(Path(folder) / "bundle")


def layout(case: Case) -> torch.memory_format:
    return torch.channels_last if case.channels_last else torch.contiguous_format


@torch.no_grad()
def at_rest(
    networks: dict[str, AttentionNetwork], batch: Batch, pairs: int, device: str
) -> dict[str, object]:
    """Operations and time against the baseline's, and runs of the branch meanwhile."""
    ways = {name: partial(network, batch.images) for name, network in networks.items()}
    others = [name for name in networks if name != "baseline"]
    with ExitStack() as stack:
        calls = [stack.enter_context(counted(*method)) for method in BRANCH]
        flops = {name: operations(way) for name, way in ways.items()}
        seconds = take_turns(ways, pairs, device)
        runs = sum(call.call_count for call in calls)
    return {
        "flops": flops,
        "flops ÷ baseline": {name: flops[name] / flops["baseline"] for name in others},
        "seconds": medians(seconds),
        "time ÷ baseline": {name: ratios(seconds, name, "baseline") for name in others},
        "runs of the branch": runs,
    }


BRANCH = (
    (CounterfactualBranch, "__call__"),
    (CounterfactualBranch, "counterfactual"),
    (AttentionNetwork, "predict"),
)
"""Whatever asks a network again."""


def counted(owner: type, name: str) -> patch:
    """Count the calls of a method that goes on working."""
    return patch.object(owner, name, autospec=True, side_effect=getattr(owner, name))


def throughput(
    network: AttentionNetwork, batch: Batch, case: Case, rounds: int, device: str
) -> dict[str, dict[str, float]]:
    """Images per second of training with CAL and of looking at all 8 views."""
    images = batch.images.contiguous(memory_format=layout(case))
    views = TestViews()

    @torch.no_grad()
    def look() -> None:
        network.eval()
        views(network, images)

    training = TrainingStep(network, batch, cal=True, channels_last=case.channels_last)

    def train() -> None:
        network.train()
        training()

    seconds = medians(take_turns({"training": train, "test, 8 views": look}, rounds, device))
    return {
        clock: {name: round(case.batch / value, 2) for name, value in times.items()}
        for clock, times in seconds.items()
    }


if __name__ == "__main__":
    main()
