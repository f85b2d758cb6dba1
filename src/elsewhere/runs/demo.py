"""What CAL does and whether it helps, on drawn birds, in about a minute, and one page about it."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.causal import ShuffledAttention, UniformAttention
from elsewhere.data.images.dataset import collate
from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import DrawnBirds
from elsewhere.files.writing import write_atomically
from elsewhere.functional.region import mass_inside, mean_attention
from elsewhere.models import AttentionNetwork
from elsewhere.recipes.composition import compose
from elsewhere.reports.demo import Asked, Facts, demo_page, sample_rows
from elsewhere.runs.attempts import trained_network
from elsewhere.runs.building import build_data
from elsewhere.runs.trial import METHODS, AskedTrial, MethodTrial, run_trial

RECIPE = ("drawn-birds", "demo")
RATES = (1.0, 2.0, 4.0)
FAIR = "test-unbiased"


class Demo(NamedTuple):
    """What the demonstration came to: every training, a page, and facts of other attention.

    The rate of each method is chosen on validation images; `facts` are what the networks answered
    when asked again with other attention.
    """

    trial: MethodTrial
    facts: Facts
    report: Path


def run_demo(out: Path, seeds: int, command: str) -> Demo:
    """Draw birds, train every method, ask each network again with other attention, write a page.

    Trainings that are in `out` already are kept. `seeds`, two at least, are trainings of each
    method at each rate; `command` is the line that asked for it, for the page.
    """
    keys = [f"--data.root={out / 'data'}"]
    found = run_trial(
        AskedTrial(RECIPE, keys, METHODS, RATES, seeds, runs=out / "runs", test=FAIR, keep=True)
    )
    data: Any = build_data(compose(RECIPE, keys))
    assert isinstance(data, DrawnBirds)
    facts = _ask(data, _best_networks(found))
    page = demo_page(found.attempts, found.facts, facts, sample_rows(data, FAIR), [command])
    return Demo(found, facts, write_atomically(out / "report.html", page))


def _best_networks(found: MethodTrial) -> dict[str, list[AttentionNetwork]]:
    """Every seed's network of each method, at the method's best rate."""
    return {
        name: [
            trained_network(job)
            for job in found.jobs
            if (job.method, job.rate) == (name, each.rate)
        ]
        for name, each in found.compared.items()
    }


@torch.inference_mode()
def _ask(data: DrawnBirds, networks: dict[str, list[AttentionNetwork]]) -> Facts:
    """Ask every network about every image of the fair test, under three attentions."""
    dataset = data.dataset(FAIR)
    batch = collate([dataset[row] for row in range(len(dataset))])
    features = next(iter(networks.values()))[0].backbone(batch.images)  # frozen: the same in all
    generator = torch.Generator().manual_seed(0)
    partners = ShuffledAttention().draw_partners(len(dataset), generator)
    asked = {
        name: [_asked(each, features, batch.labels, batch.boxes, partners) for each in of]
        for name, of in networks.items()
    }
    images = denormalise(batch.images, data.preprocessing).numpy()
    names = [data.class_names[label] for label in batch.labels.tolist()]
    sides = batch.boxes[:, 2:] - batch.boxes[:, :2]
    area = float(sides.prod(dim=1).mean()) / images[0, 0].size
    return Facts(images, names, partners.numpy(), area, asked)


def _asked(
    network: AttentionNetwork,
    features: Float[Tensor, "images channels h w"],
    labels: Int[Tensor, " images"],
    boxes: Float[Tensor, "images 4"],
    partners: Int[Tensor, " images"],
) -> Asked:
    output = network.answer(features, network.attention(features))
    attentions = {
        "own": output.attention,
        "other": output.attention[partners],
        "uniform": UniformAttention()(output.attention),
    }
    rows = torch.arange(len(labels))
    answers = {
        name: network.predict(features, attention).softmax(1)[rows, labels].double().numpy()
        for name, attention in attentions.items()
    }
    evidence = network.evidence(output, labels).sum(dim=1)
    size = (8 * features.shape[2], 8 * features.shape[3])
    return Asked(
        answers,
        mean_attention(output.attention).numpy(),
        evidence.numpy(),
        mass_inside(evidence, boxes, size).double().numpy(),
    )
