"""A tiny model as it is handed on, and pictures to ask it about."""

from pathlib import Path

import torch
from PIL import Image

from elsewhere.bundle import save_bundle
from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.birds import Birds, draw_numbered
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.structures import Calibration, Preprocessing

CLASSES = ("rouge-gorge à tête brûlée", "[bold]Blaumeise[/bold]", "雀")


def write_bundle(folder, seed=0, classes=CLASSES, crop=32, calibration=None, pooling="average"):
    """A network with random weights that still tells pictures apart."""
    torch.manual_seed(seed)
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)),
        heads=3,
        classes=classes,
        pooling=pooling,
        preprocessing=Preprocessing((36, 36), (crop, crop)),
    )
    torch.nn.init.normal_(network.head.classifier.weight, std=0.02)
    network.calibration = calibration or Calibration(temperature=1.5, unsure_below=0.4)
    save_bundle(network, folder)
    return folder


def draw_pictures(folder: Path, count=3, suffix=".png"):
    """Birds of several sides; returns their files."""
    files = []
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        bird = draw_numbered(species(2)[0], "test", number, Birds(species=2, size=40))
        files.append(folder / f"{number}{suffix}")
        Image.fromarray(bird.image).resize((40 + 8 * number, 40)).save(files[-1])
    return files


def break_picture(file: Path):
    """Cut a file short."""
    file.write_bytes(file.read_bytes()[:80])
    return file
