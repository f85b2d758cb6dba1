"""Grocery Store photos: baseline, CAL and control against the training budget.

    python benchmarks/measure_grocery.py --images GROCERY_FOLDER --weights MOBILENETV2.safetensors

Every run is one `elsewhere fit` of `grocery.yaml`; one that is already there is not repeated, one
that was interrupted goes on. Writes `results/grocery.json` with the command of every run.
"""

import argparse
import csv
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from elsewhere.reports.result import read_result
from record import record

HERE = Path(__file__).resolve().parent
KEYS = {
    "weight 0.3": ["--task.terms={effect: 0.3}"],
    "warm-up 2 epochs": ["--task.effect_warmup_epochs=2"],
    "rate 3e-3": ["--task.optimizer.init_args.lr=3e-3"],
    "scale 30": ["--network.head={class_path: elsewhere.ClassifierHead, init_args: {scale: 30}}"],
    "scale 30, rate 1e-2": [
        "--network.head={class_path: elsewhere.ClassifierHead, init_args: {scale: 30}}",
        "--task.optimizer.init_args.lr=1e-2",
    ],
}


class Job(NamedTuple):
    """One run: a method, a budget in epochs, a setting that differs from the recipe, a seed."""

    method: str
    epochs: int
    setting: str = ""
    seed: int = 0

    @property
    def runs(self) -> str:
        """Name the folder of this budget and setting."""
        setting = self.setting.replace(" ", "-").replace(",", "")
        return f"{self.epochs}-epochs{'-' if setting else ''}{setting}"


JOBS = (
    Job("baseline", 4),
    Job("CAL", 4),
    Job("CAL", 4, "rate 3e-3"),
    Job("baseline", 4, "rate 3e-3"),
    Job("control", 4),
    Job("CAL", 2),
    Job("baseline", 2),
    Job("CAL", 4, "weight 0.3"),
    Job("control", 4, "rate 3e-3"),
    Job("CAL", 4, "warm-up 2 epochs"),
    Job("CAL", 8),
    Job("baseline", 8),
    Job("CAL", 4, "scale 30"),
    Job("CAL", 4, "rate 3e-3", 1),
    Job("baseline", 4, "rate 3e-3", 1),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--runs", default=Path("runs/grocery"), type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--jobs", type=int, default=len(JOBS), help="only the first so many")
    known = parser.parse_args()
    with ThreadPoolExecutor(known.processes) as pool:
        list(pool.map(lambda job: train(job, known), JOBS[: known.jobs]))
    collect(known)


def train(job: Job, known: argparse.Namespace) -> None:
    folder = run_folder(job, known.runs)
    if (folder / "result.json").exists():
        return
    resume = ["--resume"] if (folder / "checkpoints" / "last.ckpt").exists() else []
    command = [sys.executable, "-m", "elsewhere", *arguments(job, known), *resume]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    print(job, "done" if done.returncode == 0 else done.stderr[-2000:], flush=True)


def arguments(job: Job, known: argparse.Namespace) -> list[str]:
    lists = ", ".join(f"{split}: {known.images / split}.txt" for split in ("train", "val", "test"))
    overlay = [] if job.method == "CAL" else ["--config", job.method]
    return [
        *("fit", "--config", str(HERE / "grocery.yaml"), *overlay, f"--seed={job.seed}"),
        *(f"--data.path={{{lists}}}", f"--network.backbone.weights={known.weights}"),
        *(f"--runs={known.runs / job.runs}", f"--trainer.max_epochs={job.epochs}"),
        *KEYS.get(job.setting, []),
    ]


def run_folder(job: Job, runs: Path) -> Path:
    overlay = "" if job.method == "CAL" else f"+{job.method}"
    return runs / job.runs / f"grocery{overlay}" / f"seed-{job.seed}"


def collect(known: argparse.Namespace) -> None:
    rows = []
    for job in JOBS:
        file = run_folder(job, known.runs) / "result.json"
        if file.exists():
            run = read_result(file)
            test = run["splits"]["test"]
            shown = argparse.Namespace(
                images=Path("GROCERY"), weights=Path("MOBILENETV2.safetensors"), runs=Path("runs")
            )
            command = " ".join(["elsewhere", *arguments(job, shown)])
            row = {
                **job._asdict(),
                "steps": run["training"]["steps"],
                "test images": test["images"],
                "top-1 by view": {view: a["top1"] for view, a in test["accuracy"].items()},
                "balanced accuracy": test["balanced_accuracy"],
                "effect": test["effect"],
                "validation top-1": run["splits"]["val"]["accuracy"]["raw"]["top1"],
                "validation top-1 by epoch": validation(file.parent),
                "command": command.replace(str(HERE), "benchmarks"),
            }
            rows.append(row)
            views = row["top-1 by view"]
            print(f"{job}: raw {views['raw']:.3f}, together {views['together']:.3f}")
    record("grocery", {"runs": rows})


def validation(folder: Path) -> list[float]:
    with (folder / "log" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [float(row["val/accuracy"]) for row in rows if row["val/accuracy"]]


if __name__ == "__main__":
    main()
