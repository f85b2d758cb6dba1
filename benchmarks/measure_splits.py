"""How far a run's own test is from fresh photographs: splits drawn by series, or one by one.

    python benchmarks/measure_splits.py --images GROCERY_FOLDER --weights MOBILENETV2.safetensors

Twelve classes with twenty training photographs each, drawn five times; attention and head are
trained on a frozen backbone; the fresh photographs are
those of the same classes in Grocery Store's own test list. Writes `results/splits.json`.
"""

import argparse
import csv
import tempfile
from collections import defaultdict
from pathlib import Path
from random import Random
from statistics import mean, stdev
from typing import Any

import elsewhere
from record import record

KEYS = {
    "network.backbone": {
        "class_path": "elsewhere.TimmBackbone",
        "init_args": {"name": "mobilenetv2_100", "last_stride": 1},
        "dict_kwargs": {"pad_type": "same"},
    },
    "network.heads": 16, "data.size": 128, "data.resize": 144, "data.workers": 0,
    "data.mean": [0.5, 0.5, 0.5], "data.std": [0.5, 0.5, 0.5],
    "task.optimizer.init_args.lr": 3e-3, "task.measure": None, "trainer.max_epochs": 20,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--draws", default=5, type=int)
    known = parser.parse_args()
    lists = {name: read(known.images / f"{name}.txt") for name in ("train", "test")}
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for draw in range(known.draws):
            for group in ("auto", "none"):
                row = train(known, lists, draw, group, Path(place, f"{draw}-{group}"))
                print(row, flush=True)
                rows.append(row)
    gaps = {
        group: [row["report"] - row["fresh"] for row in rows if row["group"] == group]
        for group in ("auto", "none")
    }
    summary = {group: [mean(each), stdev(each), max(each)] for group, each in gaps.items()}
    record("splits", {"runs": rows, "report - fresh: mean, std, largest": summary})


def read(file: Path) -> dict[str, list[str]]:
    """Paths by class, where the classes are called after their folders."""
    paths = defaultdict(list)
    for line in file.read_text().splitlines():
        path = line.split(",")[0]
        paths[path.split("/")[-2]].append(path)
    return paths


def train(
    known: argparse.Namespace, lists: dict[str, Any], draw: int, group: str, place: Path
) -> dict[str, Any]:
    drawn = Random(draw)
    full = sorted(name for name, paths in lists["train"].items() if len(paths) >= 20)
    names = sorted(drawn.sample(full, 12))
    place.mkdir()
    with (place / "photographs.csv").open("w") as file:
        lines = csv.writer(file)
        lines.writerow(["path", "label"])
        for name in names:
            chosen = sorted(drawn.sample(lists["train"][name], 20))
            lines.writerows((path, name) for path in chosen)
    keys = KEYS | {
        "data.path": str(place / "photographs.csv"), "data.images": str(known.images),
        "data.group": group, "network.backbone.init_args.weights": str(known.weights),
    }  # fmt: skip
    run = elsewhere.fit("folder", "baseline", "frozen", runs=place / "runs", seed=draw, **keys)
    test = run.result["splits"]["test"]
    fresh = [(known.images / path, name) for name in names for path in lists["test"][name]]
    answers = run.model().predict([path for path, _ in fresh], top=1)
    right = [a.ranked[0].name == name for a, (_, name) in zip(answers, fresh, strict=True)]
    return {
        "draw": draw,
        "group": group,
        "test photographs": test["images"],
        "fresh photographs": len(right),
        "report": 100 * test["accuracy"]["raw"]["top1"],
        "fresh": 100 * mean(right),
    }


if __name__ == "__main__":
    main()
