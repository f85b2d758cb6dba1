"""How long a verb takes to start, in CPU seconds of a process of its own.

    python benchmarks/measure_start.py [--rounds 5] [--exported]

Each verb does its work on a tiny model and one image, beside a bare `import torch, timm`, in turns;
once with the libraries' byte code, once without it, as in an environment that was never compiled.
Writes `results/start.json`; with `--exported` the verbs that an exported file answers, alone,
with byte code, beside what was measured before.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import elsewhere
from record import HERE, record

BARE = "import torch, timm"
IMPORTS = {
    "torch": "import torch",
    BARE: BARE,
    "what asks a model": "import elsewhere.inference, elsewhere.cli.output, "
    "elsewhere.reports.found, elsewhere.reports.explanation, elsewhere.reports.predictions",
    "lightning": "import lightning",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--exported", action="store_true")
    options = parser.parse_args()
    rounds = options.rounds
    with tempfile.TemporaryDirectory() as folder:
        words = furnish(Path(folder))
        if options.exported:
            words = export(Path(folder), words)
            figures = measure(words, folder, rounds, {})
            print(figures)
            file = HERE / "results" / "start.json"
            before = json.loads(file.read_text())["results"]
            record("start", before | {"of an exported file": figures})
            return
        measured = {
            "with byte code": measure(words, folder, rounds, {}),
            "without byte code": measure(
                words, folder, max(rounds // 2, 2),
                {"PYTHONPYCACHEPREFIX": f"{folder}/none", "PYTHONDONTWRITEBYTECODE": "1"},
            ),
        }  # fmt: skip
    for way, figures in measured.items():
        print(way)
        for name, (seconds, ratio) in figures.items():
            print(f"  {name:<24} {seconds:6.2f} s  {ratio:5.2f} x `{BARE}`")
    record("start", {"rounds": rounds, "cpu seconds, ratio to bare imports": measured})


def furnish(folder: Path) -> dict[str, list[str]]:
    """A tiny model, images and a store; the words of every verb."""
    torch.manual_seed(0)
    for name, head in (("classes", None), ("individuals", elsewhere.EmbeddingHead(8))):
        net = elsewhere.AttentionNetwork(
            elsewhere.SmallResNet((4, 6, 8)),
            heads=2,
            classes=["a", "b"],
            head=head,
            preprocessing=elsewhere.Preprocessing((36, 36), (32, 32)),
        )
        if head is not None:
            net.retrieval = elsewhere.Retrieval()
        elsewhere.save_bundle(net, folder / name)
    for label in "ab":
        for number in range(5):
            file = folder / "images" / label / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(file)
    images, one = folder / "images", folder / "images" / "a" / "0.png"
    elsewhere.open_model(folder / "individuals", "cpu").embed_into(folder / "store", [images])
    classes, individuals = str(folder / "classes"), str(folder / "individuals")
    words: dict[str, list[object]] = {
        "configs": ["configs"],
        "convert --help": ["convert", "--help"],
        "make-data --help": ["make-data", "--help"],
        "check-data": ["check-data", images],
        "predict": ["predict", classes, one],
        "explain": ["explain", classes, one, "--out", folder / "shown"],
        "compare": ["compare", individuals, one, one],
        "embed": ["embed", individuals, images, "--out", folder / "store"],
        "search": ["search", individuals, folder / "store", one],
        "fit --help": ["fit", "--help"],
    }
    return {verb: [str(word) for word in each] for verb, each in words.items()}


def export(folder: Path, words: dict[str, list[str]]) -> dict[str, list[str]]:
    """The words of the verbs that take a file; of OpenVINO's kind."""
    models = {str(folder / name): folder / f"{name}.xml" for name in ("classes", "individuals")}
    for bundle, file in models.items():
        elsewhere.open_model(bundle, "cpu").export("openvino", file)
    asked = {verb: words[verb] for verb in ("predict", "compare", "embed", "search")}
    found = {verb: [str(models.get(w, w)) for w in each] for verb, each in asked.items()}
    herd, one, model = str(folder / "herd.db"), asked["search"][-1], str(folder / "individuals.xml")
    found["gallery build"] = ["gallery", "build", herd, str(folder / "images"), "--model", model]
    found["gallery search"] = ["gallery", "search", herd, one]
    return found


def measure(
    words: dict[str, list[str]], folder: str, rounds: int, variables: dict[str, str]
) -> dict[str, tuple[float, float]]:
    """Median CPU seconds of each process, and of their ratios to the bare imports."""
    commands = {name: ["-c", code] for name, code in IMPORTS.items()}
    commands |= {name: ["-m", "elsewhere", *each] for name, each in words.items()}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(cpu_seconds([sys.executable, *command], folder, variables))
    bare = np.array(seconds[BARE])
    return {
        name: (float(np.median(each)), float(np.median(np.array(each) / bare)))
        for name, each in seconds.items()
    }


def cpu_seconds(command: list[str], folder: str, variables: dict[str, str]) -> float:
    """What a process and its children computed, on one thread."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
