"""Drawn birds: baseline, CAL and its control over seeds, through the real command line.

    python benchmarks/measure_drawn_birds.py [--seeds 10] [--methods CAL baseline control …]

Runs two processes of one thread each, since that uses two cores better than one process of two
threads. A run that is already there is not repeated. Writes `results/drawn_birds.json`.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from elsewhere.reports.classification.tables import comparison_table
from elsewhere.reports.result import read_result
from elsewhere.reports.statistics import (
    accuracy_of,
    difference_of,
    effect_of,
    inside_of,
    spread_of,
    values_of,
)
from elsewhere.reports.tables import markdown_table
from record import record

METHODS = ("CAL", "baseline", "control", "uniform", "shuffled")
SPLITS = ("test", "test-unbiased")


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
    print(markdown_table(comparison_table(results)))
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
    by_method = {m: [r for r in results if r["method"] == m] for m in known.methods}
    measures = {
        **{f"accuracy, {split}": accuracy_of(split) for split in SPLITS},
        **{f"accuracy of all views, {s}": accuracy_of(s, "together") for s in SPLITS},
        "effect on logit, test-unbiased": effect_of("test-unbiased", "logit"),
        "attention inside, test-unbiased": inside_of("test-unbiased", "attention_inside"),
        "evidence inside, test-unbiased": inside_of("test-unbiased", "evidence_inside"),
    }
    table = {}
    for method, runs in by_method.items():
        table[method] = {}
        for name, measure in measures.items():
            entry = {
                "seeds": {str(run["seed"]): measure(run) for run in runs},
                **spread_of(values_of(runs, measure))._asdict(),
            }
            if method != "baseline" and "baseline" in by_method:
                gap = difference_of(runs, by_method["baseline"], measure)
                interval = {"mean": gap.spread.mean, "low": gap.low, "high": gap.high}
                entry["minus baseline"] = {**interval, "verdict": gap.verdict}
            table[method][name] = entry
    return {"options": known.options, "seeds": known.seeds, "methods": table}


if __name__ == "__main__":
    main()
