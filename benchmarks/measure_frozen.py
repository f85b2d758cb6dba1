"""How long a frozen training takes: features once, then attention and head, then the test.

    python benchmarks/measure_frozen.py --images GROCERY_FOLDER \
        --weights TF_EFFICIENTNET_LITE0.safetensors

`elsewhere fit` on all photographs of `measure_trial.py`, 160 pixels, 8 heads, 8 epochs, as its
"grocery" trial has it; then a baseline, whose features are there already; then `elsewhere test` of
the first. Of each: images that pass through the backbone and its seconds, what is spent on
measuring before and after training, seconds of a clock and of the processor. Seconds of a clock are
on all cores: measure on a machine that does nothing else. Writes `results/frozen.json`.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch

import elsewhere
from elsewhere.runs import features, fitting, testing
from measure_trial import GROCERY, write_list
from record import record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--dry", action="store_true", help="print, and leave the results alone")
    known = parser.parse_args()
    with TemporaryDirectory() as folder:
        known.runs = Path(folder)
        result = measure(known)
    print(result)
    if not known.dry:
        print(record("frozen", result))


def measure(known: argparse.Namespace) -> dict:
    """Train from nothing, then a baseline, and test the first again."""
    keys = GROCERY | {
        "network.backbone.init_args.weights": str(known.weights),
        "data.path": str(write_list(known, None)), "data.images": str(known.images),
    }  # fmt: skip
    return {
        "threads": torch.get_num_threads(),
        "shuffled": clocked(lambda: elsewhere.fit("folder", "frozen", runs=known.runs, **keys)),
        "baseline": clocked(
            lambda: elsewhere.fit("folder", "frozen", "baseline", runs=known.runs, **keys)
        ),
        "test": clocked(
            lambda: elsewhere.test(
                known.runs / "folder+frozen" / "seed-0", runs=known.runs, out=known.runs / "again"
            )
        ),
    }


class Clock:
    """Adds up what is spent within some functions, and the images that they are called with."""

    def __init__(self) -> None:
        self.calls = self.images = 0
        self.seconds = 0.0

    def on(self, owner: object, name: str) -> AbstractContextManager:
        """A patch under which this function of an owner is measured."""
        asked = getattr(owner, name)

        def measured(*given: object, **named: object) -> object:
            began = time.monotonic()
            try:
                return asked(*given, **named)
            finally:
                self.seconds += time.monotonic() - began
                self.calls += 1
                if isinstance(given[-1], torch.Tensor):
                    self.images += len(given[-1])

        return patch.object(owner, name, measured)


def clocked(work: Callable[[], elsewhere.Run]) -> dict:
    """Images through the backbone, and seconds of each part of one run."""
    backbone, computing, before, after = (Clock() for _ in range(4))
    with ExitStack() as patches:
        for patched in (
            backbone.on(elsewhere.TimmBackbone, "forward"),
            computing.on(features._Features, "_compute"),
            before.on(fitting, "measure_untrained"),
            after.on(fitting, "measure_run"),
            after.on(testing, "measure_run"),
        ):
            patches.enter_context(patched)
        began, cpu = time.monotonic(), time.process_time()
        training = work().result["training"]
        spent = time.monotonic() - began, time.process_time() - cpu
    return {
        "backbone": {"images": backbone.images, "seconds": round(backbone.seconds, 1)},
        "features": {"stores": computing.calls, "seconds": round(computing.seconds, 1)},
        "untrained": round(before.seconds, 1),
        "training": {"epochs": training["epochs"], "seconds": training["seconds"]},
        "measuring": round(after.seconds, 1),
        "all": round(spent[0], 1),
        "cpu": round(spent[1], 1),
    }


if __name__ == "__main__":
    main()
