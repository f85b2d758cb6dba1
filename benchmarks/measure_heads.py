"""What the heads of trained drawn-birds networks do: how many work, and whether they differ.

    python benchmarks/measure_heads.py --runs runs/drawn-birds-study --methods CAL baseline control

Reads the bundles that measure_drawn_birds.py left. On the unbiased test, for each network:
working heads (exponential of the entropy of the heads' shares of positive evidence), likeness of
two heads' attention (mean cosine), attention and evidence inside the box, of the heads' mean and
of the head with the most evidence. Writes `results/heads.json`.
"""

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from elsewhere import AttentionNetwork, load_bundle
from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.functional import mass_inside
from elsewhere.recipes.composition import compose
from elsewhere.reports.statistics import spread_of
from elsewhere.runs.building import build_data
from record import record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs/drawn-birds-study"))
    parser.add_argument("--methods", nargs="+", default=["CAL", "baseline", "control"])
    known = parser.parse_args()
    data = build_data(compose(["drawn-birds"], {"data.root": known.runs / "data"}))
    dataset = data.dataset("test-unbiased")
    table = {}
    for method in known.methods:
        overlay = "" if method == "CAL" else f"+{method}"
        bundles = sorted((known.runs / f"drawn-birds{overlay}").glob("seed-*/bundle"))
        rows = [measure(load_bundle(bundle), dataset) for bundle in bundles]
        table[method] = {name: spread_of([row[name] for row in rows])._asdict() for name in rows[0]}
        for name, spread in table[method].items():
            print(f"{method:<10}{name:<34}{spread['mean']:.3f} ± {spread['deviation']:.3f}")
    record("heads", table)


@torch.no_grad()
def measure(network: AttentionNetwork, dataset: ImageDataset) -> dict[str, float]:
    """Measure one network on a whole split."""
    rows: dict[str, list[Tensor]] = {}
    for batch in DataLoader(dataset, batch_size=64, collate_fn=collate):
        output = network(batch.images)
        evidence = network.evidence(output, output.logits.argmax(1))
        for name, values in heads(output.attention, evidence, batch.boxes, batch.images).items():
            rows.setdefault(name, []).append(values)
    return {name: float(torch.cat(values).mean()) for name, values in rows.items()}


def heads(attention: Tensor, evidence: Tensor, boxes: Tensor, images: Tensor) -> dict[str, Tensor]:
    size = (images.shape[-2], images.shape[-1])
    positive = evidence.clamp(min=0).sum((2, 3))
    share = positive / positive.sum(1, keepdim=True)
    entropy = -(share * share.clamp(min=1e-12).log()).sum(1)
    flat = F.normalize(attention.flatten(2), dim=2)
    count = attention.shape[1]
    likeness = ((flat @ flat.mT).sum((1, 2)) - count) / (count * (count - 1))
    first = share.argmax(1)
    rows = torch.arange(len(first))
    return {
        "working heads": entropy.exp(),
        "likeness of two heads": likeness,
        "share of the strongest head": share.amax(1),
        "attention inside, mean of heads": mass_inside(attention.mean(1), boxes, size),
        "attention inside, strongest head": mass_inside(attention[rows, first], boxes, size),
        "evidence inside, all heads": mass_inside(evidence.sum(1), boxes, size),
        "evidence inside, strongest head": mass_inside(evidence[rows, first], boxes, size),
    }


if __name__ == "__main__":
    main()
