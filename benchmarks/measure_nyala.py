"""Wild nyala antelopes: finding the same flank again, baseline, CAL and control.

    python benchmarks/measure_nyala.py --images NYALA_FOLDER --weights MOBILENETV2.safetensors

Every run is one `elsewhere fit` of `nyala.yaml`, and one `elsewhere test` without neighbouring
photographs; what is already there is not repeated, what was interrupted goes on. Writes
`results/nyala.json`.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from elsewhere.reports.result import read_result
from elsewhere.reports.statistics import spread_of
from record import record

HERE = Path(__file__).resolve().parent
OVERLAYS = {"CAL": [], "baseline": ["baseline"], "control": ["identity-control"]}
APART = "{shared: individual, adjacent: photo_no, within: 1}"
PROTOCOLS = {
    "each-against-rest": "",
    "without neighbours": f"--data.protocol.init_args.junk={APART}",
}


class Job(NamedTuple):
    """One run: a method and a seed."""

    method: str
    seed: int

    def folder(self, runs: Path) -> Path:
        """Name the folder of the run."""
        return runs / "+".join(["nyala", *OVERLAYS[self.method]]) / f"seed-{self.seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--runs", default=Path("runs/nyala"), type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=list(OVERLAYS), choices=list(OVERLAYS))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    known = parser.parse_args()
    jobs = [Job(method, seed) for seed in range(known.seeds) for method in known.methods]
    with ThreadPoolExecutor(known.processes) as pool:
        list(pool.map(lambda job: train_and_test(job, known), jobs))
    collect(jobs, known.runs)


def train_and_test(job: Job, known: argparse.Namespace) -> None:
    folder = job.folder(known.runs)
    if not (folder / "result.json").exists():
        resume = ["--resume"] if (folder / "checkpoints" / "last.ckpt").exists() else []
        run(["fit", *arguments(job, known), *resume])
    apart = folder / "apart"
    if (folder / "result.json").exists() and not (apart / "result.json").exists():
        run(["test", *arguments(job, known), PROTOCOLS["without neighbours"], f"--out={apart}"])


def run(words: list[str]) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "elsewhere", *words]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    print(" ".join(words), "done" if done.returncode == 0 else done.stderr[-2000:], flush=True)


def arguments(job: Job, known: argparse.Namespace) -> list[str]:
    overlays = [word for name in OVERLAYS[job.method] for word in ("--config", name)]
    return [
        *("--config", str(HERE / "nyala.yaml"), *overlays, f"--seed={job.seed}"),
        f"--data.train={known.images / 'index.csv'}",
        f"--network.backbone.weights={known.weights}",
        f"--runs={known.runs}",
    ]


def collect(jobs: list[Job], runs: Path) -> None:
    measured = {
        name: {job: read(job.folder(runs) / place) for job in jobs}
        for name, place in (("each-against-rest", ""), ("without neighbours", "apart"))
    }
    payload = {}
    for name, results in measured.items():
        found = {job: result for job, result in results.items() if result is not None}
        methods = dict.fromkeys(job.method for job in found)
        payload[name] = {
            "protocol": next(iter(found.values()))["set"]["protocol"] if found else None,
            "runs": [{**job._asdict(), **result} for job, result in found.items()],
            "means": {
                method: means([r["set"] for job, r in found.items() if job.method == method])
                for method in methods
            },
        }
    record("nyala", payload)


def read(file: Path) -> dict | None:
    if not (file / "result.json").exists():
        return None
    result = read_result(file / "result.json")
    (measured,) = result["sets"].values()
    for score in (*measured["vectors"].values(), measured["reranked"] or {}):
        score.pop("cmc_curve", None)
    verification = measured["verification"] or {}
    verification.pop("curve", None)
    return {"training": result["training"], "set": measured}


def means(sets: list[dict]) -> dict:
    """Mean and standard deviation over the seeds of mAP and Rank-1, by vector."""
    scores: dict[str, list[dict]] = {}
    for measured in sets:
        for vector, score in {**measured["vectors"], "re-ranked": measured["reranked"]}.items():
            if score is not None:
                scores.setdefault(vector, []).append(score)
    return {
        vector: {
            figure: [spread.mean, spread.deviation, len(each)]
            for figure, values in (
                ("mAP", [score["mAP"] for score in each]),
                ("Rank-1", [score["cmc"]["1"] for score in each]),
            )
            for spread in [spread_of(values)]
        }
        for vector, each in scores.items()
    }


if __name__ == "__main__":
    main()
