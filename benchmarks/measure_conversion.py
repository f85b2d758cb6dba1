"""How closely converted networks agree with the published ones, rebuilt from what is known of them.

Largest difference over largest value, in float32, for every kind of file. The rebuilt networks are
those of the tests: nobody but their authors has the genuine files.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from elsewhere.bundle import load_bundle
from elsewhere.published import convert_file, save_conversion
from record import HERE, record

sys.path.insert(0, str(HERE.parent))
from tests.published import files
from tests.reference import published_networks as reference

SEEDS = range(3)
PIXELS = 224
KINDS: dict[str, Callable[[], nn.Module]] = {
    "classifier, ResNet-18": lambda: reference.classifier((2, 2, 2, 2), deep=False),
    "classifier, ResNet-34": lambda: reference.classifier((3, 4, 6, 3), deep=False),
    "classifier, ResNet-50": lambda: reference.classifier((3, 4, 6, 3)),
    "classifier, ResNet-101": lambda: reference.classifier((3, 4, 23, 3), heads=32),
    "classifier, Inception to Mixed_6e": reference.inception_6e,
    "re-identification, ResNet-50": reference.Baseline,
}


def main() -> None:
    worst = {kind: agreement(kind) for kind in KINDS}
    record("conversion", {"pixels": PIXELS, "seeds": len(SEEDS), "relative difference": worst})


def agreement(kind: str) -> dict[str, float]:
    """The worst over seeds of logits, embedding and attention."""
    found: dict[str, float] = {}
    for seed in SEEDS:
        network = reference.stirred(KINDS[kind](), seed)
        images = torch.randn(2, 3, PIXELS, PIXELS, generator=torch.Generator().manual_seed(seed))
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            save = files.save_pickled if kind.startswith("re-") else files.save_classifier
            file = save(network, Path(folder, "published.pth"))
            output = load_bundle(save_conversion(convert_file(file), Path(folder, "bundle")))(
                images
            )
            ours = (output.logits, output.embedding, output.attention)
            for name, own, theirs in zip(
                ("logits", "embedding", "attention"), ours, network(images), strict=True
            ):
                gap = float((own - theirs).abs().max() / theirs.abs().max())
                found[name] = max(found.get(name, 0.0), gap)
    print(kind, found)
    return found


if __name__ == "__main__":
    main()
