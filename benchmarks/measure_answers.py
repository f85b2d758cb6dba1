"""Whether answers keep what is promised: "sure", "unlike anything trained on", "same individual".

    python benchmarks/measure_answers.py --grocery GROCERY --nyala NYALA --weights MOBILENETV2

Trains classifiers on five draws of 12 classes x 20 photographs and on all of Grocery, asks them
about the test list of the same classes and about antelopes, and trains one embedding on 30
antelopes. What is already trained is not trained again. Writes `results/answers.json`.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import elsewhere
from elsewhere.reports.predictions import promise_note
from record import record

HERE = Path(__file__).resolve().parent
CLASSES, PHOTOS, ANTELOPES = 12, 20, 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grocery", required=True, type=Path)
    parser.add_argument("--nyala", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--runs", default=Path("runs/answers"), type=Path)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=9, help="of all of Grocery")
    known = parser.parse_args()
    found = {"draws": [draw(known, seed) for seed in range(known.draws)]}
    found["herd"] = herd(known)
    found["grocery"] = grocery(known)
    record("answers", found)


def draw(known: argparse.Namespace, seed: int) -> dict:
    """Train on few photographs of a few classes, and ask about fresh ones."""
    lists, chance = read_lists(known.grocery), random.Random(seed)
    photos: dict[str, list[str]] = {}
    for path, label in lists["train"]:
        photos.setdefault(label, []).append(path)
    labels = sorted(label for label, paths in photos.items() if len(paths) >= PHOTOS)
    chosen = sorted(chance.sample(labels, CLASSES))
    drawn = [(path, label) for label in chosen for path in sorted(chance.sample(photos[label], 20))]
    place = known.runs / f"draw-{seed}"
    file = write_list(place / "drawn.csv", drawn)
    fit(known, place, f"--data.path={file}", "--trainer.max_epochs=10")
    return asked(known, place, [row for row in lists["test"] if row[1] in chosen])


def grocery(known: argparse.Namespace) -> dict:
    """Train on all of Grocery as it is divided."""
    place, lists = known.runs / "all", read_lists(known.grocery)
    files = {split: write_list(place / f"{split}.csv", rows) for split, rows in lists.items()}
    path = ", ".join(f"{split}: {file}" for split, file in files.items())
    fit(known, place, f"--data.path={{{path}}}", f"--trainer.max_epochs={known.epochs}")
    return asked(known, place, lists["test"])


def asked(known: argparse.Namespace, place: Path, fresh: list[tuple[str, str]]) -> dict:
    """What the model says of fresh photographs and of antelopes."""
    model = elsewhere.open_model(folder_of(place))
    answers = model.predict([known.grocery / path for path, _ in fresh], batch_size=32)
    right = [one.ranked[0].name == label for one, (_, label) in zip(answers, fresh, strict=True)]
    sure = [hit for one, hit in zip(answers, right, strict=True) if not one.unsure]
    with (known.nyala / "index.csv").open() as file:
        others = random.Random(0).sample([row["path"] for row in csv.DictReader(file)], ANTELOPES)
    strange = model.predict([known.nyala / path for path in others], batch_size=32)
    result = elsewhere.open_run(folder_of(place)).result
    row = {
        "fresh": len(fresh),
        "right": sum(right) / len(right),
        "reported test top-1": result["splits"]["test"]["accuracy"]["raw"]["top1"],
        "untrained backbone": result["splits"]["test"]["against"]["untrained"],
        "said": promise_note(model.network.calibration),
        "promise": result["promise"],
        "sure": len(sure),
        "right among the sure": sum(sure) / len(sure) if sure else None,
        "familiarity": result["familiarity"],
        "fresh flagged": sum(bool(one.unfamiliar) for one in answers) / len(answers),
        "antelopes flagged": sum(bool(one.unfamiliar) for one in strange) / len(strange),
        "antelopes called sure": sum(not one.unsure for one in strange),
    }
    print(place.name, row, flush=True)
    return row


def herd(known: argparse.Namespace) -> dict:
    """Train on 30 antelopes, and see whether there is a verdict."""
    place = known.runs / "herd"
    with (known.nyala / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    chosen = random.Random(0).sample(sorted({row["individual"] for row in rows}), 30)
    kept = [(r["path"], r["individual"], r["side"]) for r in rows if r["individual"] in chosen]
    images = [(known.nyala / path, who, side) for path, who, side in kept]
    file = write_list(place / "herd.csv", images, ("path", "individual", "side"))
    run(
        "--config", str(HERE / "nyala.yaml"), "--config", "baseline", f"--data.train={file}",
        f"--network.backbone.weights={known.weights}", "--task.reranked=false",
        "--task.compared=[]", "--trainer.max_epochs=4", f"--runs={place}",
    )  # fmt: skip
    folder = place / "nyala+baseline" / "seed-0"
    model, result = elsewhere.open_model(folder), elsewhere.open_run(folder).result
    one, other = (next(path for path, who, _ in images if who == name) for name in chosen[:2])
    row = {
        "photographs": len(kept),
        "individuals": 30,
        "own threshold": result["own_threshold"],
        "said": model.compare(one, other).said,
        "against": next(iter(result["sets"].values()))["against"],
    }
    print("herd", row, flush=True)
    return row


def fit(known: argparse.Namespace, place: Path, *words: str) -> None:
    run(
        "--config", str(HERE / "grocery.yaml"), "--config", "baseline", *words,
        f"--network.backbone.weights={known.weights}", f"--data.images={known.grocery}",
        "--data.size=128", "--data.resize=144", "--task.augmentation=null", "--task.measure=null",
        "--task.views.init_args.crops=[]", "--task.views.init_args.mirror=false", f"--runs={place}",
    )  # fmt: skip


def run(*words: str) -> None:
    """Train unless that was done, with one thread."""
    runs = Path(words[-1].partition("=")[2])
    if any(runs.glob("*/seed-0/bundle")):
        return
    command = [sys.executable, "-m", "elsewhere", "fit", *words]
    subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)


def folder_of(place: Path) -> Path:
    return place / "grocery+baseline" / "seed-0"


def read_lists(root: Path) -> dict[str, list[tuple[str, str]]]:
    """Paths and class names of the three lists."""
    with (root / "classes.csv").open() as file:
        names = {row["Class ID (int)"]: row["Class Name (str)"] for row in csv.DictReader(file)}
    lists = {}
    for split in ("train", "val", "test"):
        rows = [line.split(", ") for line in (root / f"{split}.txt").read_text().splitlines()]
        lists[split] = [(path, names[fine]) for path, fine, _ in rows]
    return lists


def write_list(file: Path, rows: list, head: tuple[str, ...] = ("path", "label")) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(head)
        writer.writerows(rows)
    return file.resolve()


if __name__ == "__main__":
    main()
