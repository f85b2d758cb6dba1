"""Whether memory and open files stay flat over many images and many epochs.

    python benchmarks/measure_flat.py [--images 20000] [--epochs 200]

A tiny model predicts that many small images, then trains that many epochs; resident memory and open
files are looked at on the way. Writes `results/flat.json`.
"""

import argparse
import os
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch import Callback, Trainer
from PIL import Image

import elsewhere
from record import record

LOOKS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        files = draw(Path("pictures"))
        measured = {"predict": predict(files, options.images), "fit": fit(options.epochs)}
    for name, looks in measured.items():
        print(name, *(f"{at}: {size} MB, {files} files" for at, size, files in looks), sep="\n  ")
    record("flat", {**vars(options), "at, MB resident, open files": measured})


def draw(folder: Path) -> list[Path]:
    files = []
    for number in range(48):
        values = np.random.default_rng(number).integers(0, 256, (24, 24, 3), dtype=np.uint8)
        files.append(folder / "ab"[number % 2] / f"{number}.jpg")
        files[-1].parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(files[-1])
    return files


def look(at: int) -> tuple[int, int, int]:
    """Resident memory in MB and open files of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (
        at,
        pages * os.sysconf("SC_PAGE_SIZE") // 2**20,
        len(list(Path("/proc/self/fd").iterdir())),
    )


def predict(files: list[Path], images: int) -> list[tuple[int, int, int]]:
    torch.manual_seed(0)
    net = elsewhere.AttentionNetwork(elsewhere.SmallResNet((4, 6, 8)), heads=2, classes=["a", "b"])
    net.preprocessing = elsewhere.Preprocessing((24, 24), (24, 24))
    elsewhere.save_bundle(net, "bundle")
    model = elsewhere.open_model("bundle", device="cpu")
    stream = model.iter_predict(files[row % len(files)] for row in range(images))
    return [look(at) for at, _ in enumerate(stream, start=1) if at % (images // LOOKS) == 0]


class Look(Callback):
    """Looks now and then at the end of an epoch."""

    looks: list[tuple[int, int, int]] = []  # noqa: RUF012 - of the one run

    def on_train_epoch_end(self, trainer: Trainer, pl_module: object) -> None:  # noqa: ARG002
        """Look at every tenth part of the run."""
        if (trainer.current_epoch + 1) % (trainer.max_epochs // LOOKS) == 0:
            self.looks.append(look(trainer.current_epoch + 1))


def fit(epochs: int) -> list[tuple[int, int, int]]:
    keys = {
        "data.path": "pictures", "data.size": 24, "data.resize": 24, "data.workers": 0,
        "data.batch_size": 16, "network.backbone.class_path": "elsewhere.SmallResNet",
        "network.backbone.widths": [4, 6, 8], "network.heads": 2, "trainer.max_epochs": epochs,
        "trainer.accelerator": "cpu", "trainer.callbacks": [{"class_path": "measure_flat.Look"}],
    }  # fmt: skip
    elsewhere.fit("folder", trust=True, **keys)
    # of the module that the recipe named, which is not this script
    looks: list[tuple[int, int, int]] = import_module("measure_flat").Look.looks
    return looks


if __name__ == "__main__":
    main()
