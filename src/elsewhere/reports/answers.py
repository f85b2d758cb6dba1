"""What networks answered over a split: asked of them, or read from the tables of their tests."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch

from elsewhere.data.image_data import ImageData
from elsewhere.errors import ConfigError, DataError
from elsewhere.models import AttentionNetwork
from elsewhere.tasks.transfer import misfit

Networks = Mapping[str, AttentionNetwork]
"""Two by name, the baseline first; in eval mode, on any device."""


class Answers(NamedTuple):
    """What networks answered over a split, as class indices in the order of its table.

    Attributes:
        labels: the right answers.
        by_network: each network's.
    """

    labels: list[int]
    by_network: dict[str, list[int]]

    def right(self, name: str) -> list[bool]:
        """Whether a network was right, picture by picture."""
        pairs = zip(self.by_network[name], self.labels, strict=True)
        return [answer == label for answer, label in pairs]


@torch.no_grad()
def answer_split(networks: Networks, data: ImageData, split: str) -> Answers:
    """Ask networks about every picture of a split, in batches of the data's `test_batch_size`.

    Raises:
        ConfigError: a network has other classes or another input than the data.
        DataError: there is no such split, or a picture cannot be read.
    """
    for name, network in networks.items():
        fault = misfit(network, data.class_names, data.preprocessing)
        if fault:
            raise ConfigError(f"{name} {fault}")
    labels: list[int] = []
    answers: dict[str, list[int]] = {name: [] for name in networks}
    for batch in data.evaluation_loader(split):
        labels += batch.labels.tolist()
        for name, network in networks.items():
            output = network(batch.images.to(device_of(network)))
            answers[name] += output.logits.argmax(1).tolist()
    return Answers(labels, answers)


def recorded_answers(tables: Mapping[str, Path], data: ImageData, split: str) -> Answers:
    """Read what networks answered to the whole pictures when they were tested.

    A test has asked about every picture already, and on a large set that takes long.

    Args:
        tables: the per-image table of each network's test, `images-SPLIT.csv`.
        data: the pictures, in the order of the tables.
        split: which of them.

    Raises:
        DataError: a table cannot be read, or is of other pictures or classes.
    """
    table = data.table.split(split)
    wanted = [record.path for record in table.records]
    place = {name: index for index, name in enumerate(table.class_names)}
    by_network = {}
    for name, file in tables.items():
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                rows = [
                    (row["path"], place[row["predicted (raw)"]]) for row in csv.DictReader(opened)
                ]
        except (OSError, KeyError) as error:
            raise DataError(f"{file}: cannot be read ({error}); test the run again") from error
        if [path for path, _ in rows] != wanted:
            raise DataError(f"{file}: is of other pictures than {table.root}; test the run again")
        by_network[name] = [answer for _, answer in rows]
    return Answers(table.labels, by_network)


def device_of(network: AttentionNetwork) -> torch.device:
    """Where a network's weights lie."""
    return next(network.parameters()).device
