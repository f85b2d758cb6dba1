"""Does any method close the gap between tests whose scenes are tied as in training, and untied?

    python benchmarks/measure_bias.py

Drawn birds of eight species, 95 of 100 training pictures in their species' own scene, on the small
backbone that the package ships with, frozen. Every method has its best learning rate, chosen on
tied validation pictures; five seeds. The truth is known: the object's box, and the untied test.
Writes `results/bias.json`.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from elsewhere.data.images.dataset import collate
from elsewhere.recipes.composition import compose
from elsewhere.reports.statistics import paired_difference
from elsewhere.runs.attempts import trained_network
from elsewhere.runs.building import build_data
from elsewhere.runs.trial import AskedTrial, MethodTrial, run_trial
from record import record

METHODS = ("baseline", "control", "random", "shuffled", "annealed", "hardest", "similar")
RATES = (1.0, 2.0)
Scores = Mapping[str, Mapping[int, float]]
PICTURES = (20, 40)
TIED, UNTIED = "test", "test-unbiased"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", default=Path("runs/bias"), type=Path)
    parser.add_argument("--seeds", default=5, type=int)
    parser.add_argument("--jobs", type=int)
    known = parser.parse_args()
    record("bias", {str(number): measure(known, number) for number in PICTURES})


def measure(known: argparse.Namespace, pictures: int) -> dict[str, Any]:
    """Every method, with so many training pictures of each species."""
    keys = [
        f"--data.root={known.runs / f'data-{pictures}'}",
        "--data.bias=0.95",
        f"--data.train={pictures}",
    ]
    asked = AskedTrial(("drawn-birds", "demo"), keys, METHODS, RATES, known.seeds,
                       runs=known.runs, jobs=known.jobs, test=UNTIED, keep=True)  # fmt: skip
    found = run_trial(asked)
    untied = {method: untied_scores(found, method) for method in METHODS}
    tied = tied_scores(found, keys)
    rows = {method: row(found, method, tied, untied) for method in METHODS}
    for method, each in rows.items():
        print(pictures, method, each)
    return {"methods": rows, "box": found.facts.box}


def untied_scores(found: MethodTrial, method: str) -> dict[int, float]:
    """Score by seed, at the method's best rate."""
    rate = found.compared[method].rate
    return {a.seed: a.test for a in found.attempts if (a.method, a.rate) == (method, rate)}


@torch.inference_mode()
def tied_scores(found: MethodTrial, keys: list[str]) -> dict[str, dict[int, float]]:
    """Score of the same networks where scenes are tied, by method and seed."""
    data: Any = build_data(compose(("drawn-birds", "demo"), keys))
    dataset = data.dataset(TIED)
    batch = collate([dataset[row] for row in range(len(dataset))])
    scores: dict[str, dict[int, float]] = {}
    for job in found.jobs:
        if job.rate == found.compared[job.method].rate:
            answers = trained_network(job)(batch.images).logits.argmax(1)
            right = (answers == batch.labels).double().mean()
            scores.setdefault(job.method, {})[job.seed] = float(right)
    return scores


def row(found: MethodTrial, method: str, tied: Scores, untied: Scores) -> Any:
    """Scores, gap, and both less the baseline's with their intervals, in points."""
    gaps = {
        name: {seed: tied[name][seed] - untied[name][seed] for seed in tied[name]}
        for name in (method, "baseline")
    }
    compared = found.compared[method]
    own: dict[str, Any] = {
        "rate": compared.rate,
        "tied": 100 * fmean(tied[method].values()),
        "untied": 100 * fmean(untied[method].values()),
        "gap": 100 * fmean(gaps[method].values()),
    }
    for name, spread in (("attention", compared.attention), ("evidence", compared.evidence)):
        own[f"{name} in boxes"] = 100 * spread.mean if spread else None
    if method != "baseline":
        pairs = {
            "untied": paired_difference(untied[method], untied["baseline"]),
            "gap": paired_difference(gaps[method], gaps["baseline"]),
        }
        for name, each in pairs.items():
            own[f"{name} less the baseline's"] = {
                "points": 100 * each.spread.mean,
                "interval": [100 * each.low, 100 * each.high],
                "verdict": each.verdict,
            }
    return own


if __name__ == "__main__":
    main()
