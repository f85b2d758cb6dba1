"""The demo's pages: what was drawn, and where two models look on the same pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from elsewhere.data import DrawnBirds, ImageDataset, collate, denormalise
from elsewhere.models import AttentionNetwork
from elsewhere.reports.choice import choose_pictures, rule_text
from elsewhere.reports.page import PictureRow
from elsewhere.structures import Batch
from elsewhere.visualization import Look, comparison_panel, thumbnail


def sample_rows(data: DrawnBirds, splits: Mapping[str, str], species: int = 3) -> list[PictureRow]:
    """Show some pictures of some species from each split, in the order they were drawn.

    Args:
        data: the drawn birds.
        splits: splits to show, each with a sentence on it.
        species: number of species; five pictures of each.
    """
    rows = []
    for split, note in splits.items():
        table = data.table.split(split)
        shown = [
            row
            for name in data.class_names[:: max(len(data.class_names) // species, 1)][:species]
            for row in [n for n, record in enumerate(table.records) if record.label == name][:5]
        ]
        dataset = data.dataset(split)
        pictures = [
            (table.records[row].label, thumbnail(_colours(data, dataset[row].image)))
            for row in shown
        ]
        rows.append(PictureRow(split, note, pictures))
    return rows


def looks(
    networks: Mapping[str, AttentionNetwork], data: DrawnBirds, split: str, each: int = 2
) -> tuple[str, list[PictureRow]]:
    """Set two networks side by side on pictures drawn from the four ways they can answer.

    Returns:
        The rule by which the pictures were chosen, and the panels.
    """
    dataset, (first, second) = data.dataset(split), networks
    answers = {name: _answers(network, dataset) for name, network in networks.items()}
    labels = torch.tensor(dataset.table.labels)
    right = {name: (answer == labels).tolist() for name, answer in answers.items()}
    rows = [
        PictureRow(
            chosen.title,
            f"{chosen.total} of {len(dataset)} pictures",
            [("", _panel(networks, data, dataset, row)) for row in chosen.rows],
        )
        for chosen in choose_pictures(right[first], right[second], names=(first, second), each=each)
    ]
    return rule_text(each, 0, len(dataset)), [row for row in rows if row.pictures]


@torch.no_grad()
def _answers(network: AttentionNetwork, dataset: ImageDataset) -> Tensor:
    batches = DataLoader(dataset, batch_size=64, collate_fn=collate)
    return torch.cat([network(batch.images).logits.argmax(1) for batch in batches])


def _panel(
    networks: Mapping[str, AttentionNetwork], data: DrawnBirds, dataset: ImageDataset, row: int
) -> np.ndarray:
    batch = collate([dataset[row]])
    names = data.class_names
    return comparison_panel(
        _colours(data, batch.images[0]),
        [_look(name, network, batch, names) for name, network in networks.items()],
        true_class=names[int(batch.labels[0])],
        true_box=tuple(batch.boxes[0].tolist()),
    )


@torch.no_grad()
def _look(name: str, network: AttentionNetwork, batch: Batch, names: Sequence[str]) -> Look:
    output = network(batch.images)
    answer = output.logits.argmax(1)
    return Look(
        name,
        output.attention[0].float().numpy(),
        network.evidence(output, answer)[0].float().numpy(),
        predicted=names[int(answer)],
        confidence=float(output.logits.softmax(1).max()),
        correct=bool(answer == batch.labels),
    )


def _colours(data: DrawnBirds, image: Tensor) -> np.ndarray:
    pixels: np.ndarray = denormalise(image, data.preprocessing).numpy()
    return pixels
