"""Which method pays on Grocery Store photographs, on a frozen EfficientNet-Lite0.

    python benchmarks/measure_trial.py --images GROCERY_FOLDER --weights TF_EFFICIENTNET_LITE0.safetensors

One `elsewhere trial`: baseline, random and shuffled at three learning rates and five seeds, on the
data set's own lists. Trainings that are there already are not repeated. Writes `results/trial.json`.
"""  # noqa: E501

import argparse
import csv
from pathlib import Path

import elsewhere
from record import record

RATES = (1.0, 2.0, 4.0)
METHODS = ("baseline", "shuffled", "random")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--runs", default=Path("runs/trial-grocery"), type=Path)
    parser.add_argument("--seeds", default=5, type=int)
    known = parser.parse_args()
    known.runs.mkdir(parents=True, exist_ok=True)
    keys = {
        "network.backbone": {
            "class_path": "elsewhere.TimmBackbone",
            "init_args": {"name": "tf_efficientnet_lite0", "last_stride": 1},
        },
        "network.backbone.init_args.weights": str(known.weights),
        "network.heads": 8, "data.size": 160, "data.resize": 176, "data.batch_size": 32,
        "data.mean": [0.5, 0.5, 0.5], "data.std": [0.5, 0.5, 0.5], "data.workers": 0,
        "data.path": str(write_list(known)), "data.images": str(known.images),
        "trainer.max_epochs": 8,
    }  # fmt: skip
    found = elsewhere.trial(
        "folder", methods=METHODS, rates=RATES, seeds=known.seeds, runs=known.runs, **keys
    )
    print(found.sentence)
    record(
        "trial",
        {
            "sentence": found.sentence,
            "facts": found.facts._asdict(),
            "compared": {
                name: {
                    "rate": each.rate,
                    "validation": each.val._asdict(),
                    "test": each.test._asdict(),
                    "gain": each.gain
                    and {
                        "points": 100 * each.gain.spread.mean,
                        "interval": [100 * each.gain.low, 100 * each.gain.high],
                        "verdict": each.gain.verdict,
                    },
                }
                for name, each in found.compared.items()
            },
            "attempts": [each._asdict() for each in found.attempts],
        },
    )


def write_list(known: argparse.Namespace) -> Path:
    """One list of the three that the photographs come with."""
    file = known.runs / "photographs.csv"
    with file.open("w", newline="") as opened:
        lines = csv.writer(opened)
        lines.writerow(["path", "label", "split"])
        for split in ("train", "val", "test"):
            for line in (known.images / f"{split}.txt").read_text().splitlines():
                path = line.split(",")[0]
                lines.writerow([path, path.split("/")[-2], split])
    return file


if __name__ == "__main__":
    main()
