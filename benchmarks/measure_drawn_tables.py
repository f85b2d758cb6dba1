"""Tables 4, 5 and 6 on drawn birds with a small network, over seeds: what its rows do there.

The birds are laid out as CUB-200-2011 and tied to scenes in training, not in the test. The figures
say nothing about the paper's; they say what counterfactuals and rivals do on these birds.
"""

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from elsewhere.drawn import Cub
from elsewhere.reports.documents import finite
from elsewhere.reproduce.collected import Collected
from elsewhere.reproduce.experiments import EXPERIMENTS
from elsewhere.reproduce.planning import Asked, Planner, all_runs
from elsewhere.reproduce.reproduction import collect_runs
from elsewhere.reproduce.running import make_runs
from elsewhere.reproduce.sets import set_of
from record import record

SEEDS, EPOCHS = 3, 12
BIRDS = {"species": 8, "train": 40, "test": 30, "bias": 0.8, "size": 64}
SIZES = ["--data.size=64", "--data.resize=72", "--data.batch_size=32"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", help="where runs are kept; they go on when asked for again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(options.out or folder)
        Cub(**BIRDS).write(out / "birds" / "CUB_200_2011")
        extra = [*SIZES, f"--trainer.max_epochs={options.epochs}"]
        seeds = list(range(options.seeds))
        tables = measure(Asked(out / "birds", out, seeds, "paper", drawn=True, extra=extra))
    measured = {"birds": BIRDS, "keys": extra, "seeds": seeds, "tables": finite(tables)}
    record("drawn_tables", measured)


def measure(asked: Asked) -> dict[str, dict]:
    """Train what the three tables need of the birds, and collect it."""
    planner = Planner(asked)
    plans = [planner.plan(on_birds(name)) for name in ("table4", "table5", "table6")]
    progress = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    failures = make_runs(all_runs(plans), asked, os.cpu_count() or 1, progress.print)
    if failures:
        raise SystemExit(f"runs failed: {failures}")
    return {
        plan.experiment.name: numbers(collect_runs(plan, {}, drawn=True, threshold=0.3))
        for plan in plans
    }


def on_birds(name: str):
    """A table of the paper, its columns of CUB alone."""
    table = EXPERIMENTS[name]
    return table._replace(columns=tuple(c for c in table.columns if set_of(c) == "cub"))


def numbers(collected: Collected) -> dict:
    """Percent by row and column, gains over the baseline, overlaps by threshold."""
    return {
        "rows": {
            method: {column: spread(cell.spread) for column, cell in cells.items()}
            for method, cells in collected.cells.items()
        },
        "gains": [
            {"method": g.method, "column": g.column, **spread(g.measured.spread),
             "interval": [round(100 * g.measured.low, 1), round(100 * g.measured.high, 1)],
             "verdict": g.measured.verdict}
            for g in collected.gains
        ],
        "miou by threshold": {
            sweep.method: {f"{at:g}": round(100 * value, 1) for at, value in sweep.plain.items()}
            for sweep in collected.sweeps
        },
    }  # fmt: skip


def spread(of) -> dict[str, float]:
    return {"mean": round(100 * of.mean, 1), "deviation": round(100 * of.deviation, 1),
            "seeds": of.runs}  # fmt: skip


if __name__ == "__main__":
    main()
