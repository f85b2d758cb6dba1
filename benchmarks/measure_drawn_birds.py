"""Drawn birds: baseline, CAL and its control over seeds, through the real command line.

    python benchmarks/measure_drawn_birds.py [--seeds 10] [--methods CAL baseline control …]

Runs two processes of one thread each, since that uses two cores better than one process of two
threads. A run that is already there is not repeated. Writes `results/drawn_birds.json`.
"""

import argparse
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from elsewhere.reports.documents import figure_at
from elsewhere.reports.result import read_result
from elsewhere.reports.statistics import paired_difference, spread_of
from record import record

METHODS = ("CAL", "baseline", "control", "uniform", "shuffled")
SPLITS = ("test", "test-unbiased")
FIGURES = {
    **{f"accuracy, {split}": (split, "accuracy", "raw", "top1") for split in SPLITS},
    **{f"accuracy of all views, {s}": (s, "accuracy", "together", "top1") for s in SPLITS},
    "effect on logit, test-unbiased": ("test-unbiased", "effect", "logit"),
    "attention inside, test-unbiased": ("test-unbiased", "localization", "attention_inside"),
    "evidence inside, test-unbiased": ("test-unbiased", "localization", "evidence_inside"),
}
"""Where each figure stands among a result's splits."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--runs", default="runs/drawn-birds-study")
    parser.add_argument("--data", default="runs/drawn-birds-study/data")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--name", default="drawn_birds")
    parser.add_argument("options", nargs="*", help="recipe keys, after --")
    known = parser.parse_args()
    jobs = [(method, seed) for seed in range(known.seeds) for method in known.methods]
    with ThreadPoolExecutor(known.processes) as pool:
        folders = list(pool.map(lambda job: train(*job, known), jobs))
    results = [read_result(folder / "result.json") for folder in folders]
    record(known.name, summary(results, known))


def train(method: str, seed: int, known: argparse.Namespace) -> Path:
    overlays = [] if method == "CAL" else ["--config", method]
    name = "drawn-birds" + ("" if method == "CAL" else f"+{method}")
    folder = Path(known.runs) / name / f"seed-{seed}"
    if not (folder / "result.json").exists():
        command = [sys.executable, "-m", "elsewhere", "fit", "--config", "drawn-birds", *overlays]
        keys = [f"--seed={seed}", f"--data.root={known.data}", f"--runs={known.runs}"]
        resume = ["--resume"] if (folder / "checkpoints" / "last.ckpt").exists() else []
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [*command, *keys, *known.options, *resume],
            env=environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{method} seed {seed} failed: {done.stderr[-2000:]}")
    return folder


def summary(results: list, known: argparse.Namespace) -> dict:
    table: dict[str, dict] = {method: {} for method in known.methods}
    for name, path in FIGURES.items():
        found = {
            method: {
                r["seed"]: figure_at(r["splits"], *path) for r in results if r["method"] == method
            }
            for method in known.methods
        }
        values = {method: measured(by_seed) for method, by_seed in found.items()}
        for method, by_seed in found.items():
            entry = {
                "seeds": {str(seed): value for seed, value in by_seed.items()},
                **spread_of([*values[method].values()])._asdict(),
            }
            if method != "baseline" and "baseline" in values:
                gap = paired_difference(values[method], values["baseline"])
                interval = {"mean": gap.spread.mean, "low": gap.low, "high": gap.high}
                entry["minus baseline"] = {**interval, "verdict": gap.verdict}
            table[method][name] = entry
    return {"options": known.options, "seeds": known.seeds, "methods": table}


def measured(by_seed: dict[int, float | None]) -> dict[int, float]:
    return {seed: v for seed, v in by_seed.items() if v is not None and math.isfinite(v)}


if __name__ == "__main__":
    main()
