"""Which method pays on photographs: one `elsewhere trial` after another, most on frozen backbones.

    python benchmarks/measure_trial.py grocery few-5 … --images GROCERY_FOLDER \
        --weights TF_EFFICIENTNET_LITE0.safetensors [--nyala NYALA_FOLDER]

Every trial has its own settings below; each method's learning rate is chosen on validation images,
and differences are paired by seed. Trainings that are there already are not repeated. What was
measured joins `results/trial.json` under the trial's name.
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import elsewhere
from elsewhere.reports.trial import Attempt, TrialFacts, compare_methods
from elsewhere.runs.attempts import Job, make_attempts
from elsewhere.runs.trial import MethodTrial
from record import HERE, record

PAPER = ("baseline", "random", "shuffled")
OTHERS = ("uniform", "reversed", "annealed", "hardest", "similar")
LITE = {
    "network.backbone": {
        "class_path": "elsewhere.TimmBackbone",
        "init_args": {"name": "tf_efficientnet_lite0", "last_stride": 1},
    },
    "data.mean": [0.5, 0.5, 0.5], "data.std": [0.5, 0.5, 0.5], "data.workers": 0,
}  # fmt: skip
GROCERY = LITE | {
    "network.heads": 8, "data.size": 160, "data.resize": 176, "data.batch_size": 32,
    "trainer.max_epochs": 8,
}  # fmt: skip
NYALA = LITE | {"data.size": [160, 160], "trainer.max_epochs": 10}


class Trial(NamedTuple):
    """One trial: what differs from `GROCERY`, and what is compared.

    Attributes:
        keys: recipe keys.
        methods: overlays.
        rates: multiples of the recipe's rate, 1e-3.
        photographs: of each class that are trained on; None takes all.
        overlays: further ones.
        whole: train all of the network, which takes so long that each method's rate is chosen by
            the first seed alone, and only that is trained with the others.
    """

    keys: dict[str, Any]
    methods: tuple[str, ...] = PAPER
    rates: tuple[float, ...] = (2.0, 4.0, 8.0)
    photographs: int | None = None
    overlays: tuple[str, ...] = ()
    whole: bool = False


SHUFFLED = ("baseline", "shuffled")
TWO = (4.0, 8.0)
TRIALS = {
    "grocery": Trial({}),
    "counterfactuals": Trial({}, (*PAPER, *OTHERS), TWO),
    "5 photographs": Trial({"trainer.max_epochs": 30}, rates=(4.0, 8.0, 16.0), photographs=5),
    "10 photographs": Trial({"trainer.max_epochs": 20}, rates=TWO, photographs=10),
    "20 photographs": Trial({"trainer.max_epochs": 12}, rates=TWO, photographs=20),
    "32 heads": Trial({"network.heads": 32}, SHUFFLED, TWO),
    "16 heads": Trial({"network.heads": 16}, SHUFFLED, TWO),
    "96 pixels": Trial({"data.size": 96, "data.resize": 106}, SHUFFLED, TWO),
    "224 pixels": Trial({"data.size": 224, "data.resize": 246}, SHUFFLED, TWO),
    "effect 0.3": Trial({"task.terms.effect": 0.3}, SHUFFLED, TWO),
    "effect 3": Trial({"task.terms.effect": 3.0}, SHUFFLED),
    "warm-up": Trial({"task.effect_warmup_epochs": 2}, SHUFFLED, TWO),
    "scale 30": Trial({"network.head.scale": 30.0}, SHUFFLED, (4.0, 8.0, 16.0)),
    "learned scale": Trial(
        {"network.head": {"class_path": "learned_scale.LearnedScale"}}, SHUFFLED, TWO
    ),
    "no centre": Trial({}, SHUFFLED, TWO, overlays=("no-center",)),
    "crop and drop": Trial({"frozen.views": True}, SHUFFLED, TWO),
    "crop and drop, effect of whole images": Trial(
        {"frozen.views": True}, SHUFFLED, (4.0,), overlays=("effect-raw",)
    ),
    "whole network": Trial(
        {
            "data.size": 128,
            "data.resize": 141,
            "task.augmentation": None,
            "task.views": {"crops": [], "mirror": False},
            "task.channels_last": True,
        },
        SHUFFLED,
        (4.0, 8.0),
        whole=True,
    ),
    "nyala": Trial({}, rates=(1.0, 2.0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=TRIALS, metavar="TRIAL")
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--nyala", type=Path)
    parser.add_argument("--runs", default=Path("runs/trial-findings"), type=Path)
    parser.add_argument("--seeds", default=5, type=int)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--methods", nargs="+", help="in place of the trial's own")
    parser.add_argument("--rates", nargs="+", type=float, help="in place of the trial's own")
    parser.add_argument("--dry", action="store_true", help="print, and leave the results alone")
    known = parser.parse_args()
    known.runs.mkdir(parents=True, exist_ok=True)
    for name in known.names:
        found = run(name, known)
        print(name, found.sentence, sep="\n", flush=True)
        if not known.dry:
            keep(name, found)


def run(name: str, known: argparse.Namespace) -> Any:
    """Make one trial, or what is missing of it."""
    asked = TRIALS[name]
    if name == "nyala":
        recipe: str = str(HERE / "nyala.yaml")
        keys = NYALA | {"data.train": str(known.nyala / "index.csv")}
    else:
        recipe = "folder"
        file = write_list(known, asked.photographs)
        keys = GROCERY | {"data.path": str(file), "data.images": str(known.images)}
    keys |= {"network.backbone.init_args.weights": str(known.weights)} | asked.keys
    if asked.whole:
        return train_whole(asked, keys, known)
    return elsewhere.trial(
        recipe, "frozen", *asked.overlays,
        methods=known.methods or asked.methods, rates=known.rates or asked.rates,
        seeds=known.seeds, runs=known.runs, jobs=known.jobs, trust=name == "learned scale", **keys,
    )  # fmt: skip


def train_whole(asked: Trial, keys: dict[str, Any], known: argparse.Namespace) -> MethodTrial:
    """Train whole networks: all rates with the first seed, then each method's best."""
    words = tuple(
        f"--{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in keys.items()
    )
    folder = known.runs / "trial" / "whole-network"

    def trained(method: str, factors: Iterable[float], seeds: Iterable[int]) -> list[Job]:
        return [
            Job(("folder",), words, method, 1e-3 * factor, seed, known.runs,
                folder / "attempts" / f"{method}-{1e-3 * factor:g}-{seed}.json", trust=False)
            for seed in seeds for factor in factors
        ]  # fmt: skip

    def made(jobs: list[Job]) -> list[Attempt]:
        make_attempts([job for job in jobs if not job.file.is_file()], known.jobs or 2)
        return [Attempt(**json.loads(job.file.read_text())["attempt"]) for job in jobs]

    tried = made([job for method in asked.methods for job in trained(method, asked.rates, [0])])
    best = {
        method: max((each for each in tried if each.method == method), key=lambda each: each.val)
        for method in asked.methods
    }
    jobs = [
        job
        for method, first in best.items()
        for job in trained(method, [1e3 * first.rate], range(known.seeds))
    ]
    counts = Counter(split for _, _, split in rows(known.images, None))
    seconds = [json.loads(job.file.read_text())["seconds"] for job in jobs if job.seed == 0]
    facts = TrialFacts(
        name="folder", measure="top-1 accuracy", images=dict(counts), chance=1 / 81, probe=None,
        frozen=False, seconds=sum(seconds) / len(seconds), box=None,
    )  # fmt: skip
    chosen = made(jobs)
    others = [each for each in tried if each.rate != best[each.method].rate]
    found = MethodTrial(folder, [*chosen, *others], facts, jobs)
    found.compared = compare_methods(chosen)
    return found


def keep(name: str, found: Any) -> None:
    """Add a trial to those that were measured before."""
    file = HERE / "results" / "trial.json"
    known = json.loads(file.read_text())["results"] if file.is_file() else {}
    compared = {
        method: {
            "rate": each.rate,
            "edge": each.edge,
            "validation": each.val._asdict(),
            "test": each.test._asdict(),
            "gain": each.gain
            and {
                "points": 100 * each.gain.spread.mean,
                "interval": [100 * each.gain.low, 100 * each.gain.high],
                "verdict": each.gain.verdict,
            },
        }
        for method, each in found.compared.items()
    }
    own = {
        "sentence": found.sentence,
        "facts": found.facts._asdict(),
        "compared": compared,
        "attempts": [each._asdict() for each in found.attempts],
    }
    record("trial", known | {name: own})


def write_list(known: argparse.Namespace, photographs: int | None) -> Path:
    """One list of the three that the photographs come with."""
    file = known.runs / f"photographs-{photographs or 'all'}.csv"
    with file.open("w", newline="") as opened:
        lines = csv.writer(opened)
        lines.writerow(["path", "label", "split"])
        lines.writerows(rows(known.images, photographs))
    return file


def rows(images: Path, photographs: int | None) -> Iterator[tuple[str, str, str]]:
    """Path, class and split of every image; of a class so many to train on, drawn by seed 0."""
    for split in ("train", "val", "test"):
        classes = defaultdict(list)
        for line in (images / f"{split}.txt").read_text().splitlines():
            path = line.split(",")[0]
            classes[path.split("/")[-2]].append(path)
        for label, paths in classes.items():
            if split == "train" and photographs:
                paths = Random(f"0 {label}").sample(paths, min(photographs, len(paths)))
            yield from ((path, label, split) for path in paths)


if __name__ == "__main__":
    main()
