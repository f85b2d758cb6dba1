"""A tiny network that tells pictures apart, as a bundle, and pictures of a few individuals."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from elsewhere.bundle import load_bundle, save_bundle
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet
from elsewhere.structures import Preprocessing, Retrieval

CALIBRATED = Retrieval("embedding", False, 0.61, 0.01, 20.0, -10.0)


def write_bundle(folder, retrieval=CALIBRATED, seed=0, head=True, preprocessing=None, **settings):
    torch.manual_seed(seed)
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)),
        heads=3,
        classes=("Ada", "Bo"),
        head=EmbeddingHead(5) if head else None,
        preprocessing=preprocessing or Preprocessing((20, 16), (20, 16)),
        **settings,
    )
    if head:
        for layer in (network.head.projection, network.head.classifier):
            torch.nn.init.normal_(layer.weight)
    network.retrieval = retrieval
    save_bundle(network, folder)
    return folder


def draw_individuals(folder: Path, individuals=3, each=2) -> list[Path]:
    """A folder for each individual, with coarse patches in colours of its own."""
    files = []
    for number in range(individuals):
        for picture in range(each):
            file = folder / f"ind {number}" / f"{picture}.png"
            files.append(draw(file, seed=100 * number + picture))
    return files


def draw(file: Path, seed: int) -> Path:
    patches = np.random.default_rng(seed).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(patches).resize((16, 20), Image.Resampling.NEAREST).save(file)
    return file


def vectors_by_hand(bundle, files, vector="embedding", mirror=False) -> np.ndarray:
    """Vectors of length one, by nothing but the network itself and numpy."""
    net = load_bundle(bundle)
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in net.preprocessing[2:])
    found = []
    for file in files:
        pixels = v2.functional.pil_to_tensor(Image.open(file).convert("RGB")) / 255
        image = ((pixels - mean) / std)[None]
        total = 0.0
        for view in [image, image.flip(-1)] if mirror else [image]:
            with torch.no_grad():
                output = net(view)
                pooled = net.pool(output.features, output.attention)
            total = total + {
                "pooled": pooled, "embedding": output.embedding, "logits": output.logits,
            }[vector][0].double().numpy()  # fmt: skip
        found.append(total / np.sqrt((total**2).sum()))
    return np.array(found)
