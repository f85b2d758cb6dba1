"""The demo's pages: what was drawn, and where two models look on the same pictures."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8

from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import DrawnBirds
from elsewhere.models import AttentionNetwork
from elsewhere.reports.attention import compared_pictures
from elsewhere.reports.pages import PictureRow
from elsewhere.visualization.comparison import comparison_panel
from elsewhere.visualization.sheet import Seen
from elsewhere.visualization.tiles import thumbnail


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
        colours = (denormalise(dataset[row].image, data.preprocessing).numpy() for row in shown)
        labels = [table.records[row].label for row in shown]
        pictures = [*zip(labels, map(thumbnail, colours), strict=True)]
        rows.append(PictureRow(split, note, pictures))
    return rows


def looks(
    networks: Mapping[str, AttentionNetwork], data: DrawnBirds, split: str, each: int = 2
) -> tuple[str, list[PictureRow]]:
    """Set two networks side by side on pictures drawn from the four ways they can answer.

    Returns:
        The rule by which the pictures were chosen, and the panels.
    """
    rule, ways = compared_pictures(networks, data, split, each=each)
    images = sum(chosen.total for chosen, _ in ways)
    rows = [
        PictureRow(
            chosen.title,
            f"{chosen.total} of {images} pictures",
            [("", _panel(seen)) for seen in pictures],
        )
        for chosen, pictures in ways
    ]
    return rule, [row for row in rows if row.pictures]


def _panel(seen: Seen) -> UInt8[np.ndarray, "tall wide 3"]:
    return comparison_panel(
        seen.picture, seen.looks, true_class=seen.true_class, true_box=seen.true_box
    )
