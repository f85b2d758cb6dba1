"""How long a frozen training takes: features once, then attention and head, then the test.

    python benchmarks/measure_frozen.py --images GROCERY_FOLDER \
        --weights TF_EFFICIENTNET_LITE0.safetensors

`elsewhere fit` on all photographs of `measure_trial.py`, 160 pixels, 8 heads, 8 epochs, as its
"grocery" trial has it. Seconds of a clock, on all cores: measure on a machine that does nothing
else. Writes `results/frozen.json`.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch

import elsewhere
from elsewhere.runs import frozen
from measure_trial import GROCERY, write_list
from record import record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    known = parser.parse_args()
    with TemporaryDirectory() as folder:
        known.runs = Path(folder)
        result = measure(known)
    print(result)
    print(record("frozen", result))


def measure(known: argparse.Namespace) -> dict:
    """Train from nothing, and then a baseline, whose features are there already."""
    keys = GROCERY | {
        "network.backbone.init_args.weights": str(known.weights),
        "data.path": str(write_list(known, None)), "data.images": str(known.images),
    }  # fmt: skip
    return {
        "threads": torch.get_num_threads(),
        "shuffled": train(known.runs, keys),
        "baseline": train(known.runs, keys, "baseline"),
    }


def train(runs: Path, keys: dict, *overlays: str) -> dict:
    """Seconds of each part of one run."""
    parts = []
    compute = frozen._compute

    def clocked(backbone, datasets, store, seed) -> None:
        began = time.monotonic()
        compute(backbone, datasets, store, seed)
        parts.append([store.shape.rows * store.shape.copies, time.monotonic() - began])

    began = time.monotonic()
    with patch.object(frozen, "_compute", clocked):
        run = elsewhere.fit("folder", "frozen", *overlays, runs=runs, **keys)
    training = run.result["training"]
    return {
        "features": [{"maps": maps, "seconds": round(seconds, 1)} for maps, seconds in parts],
        "training": {"epochs": training["epochs"], "seconds": training["seconds"]},
        "all": round(time.monotonic() - began, 1),
    }


if __name__ == "__main__":
    main()
