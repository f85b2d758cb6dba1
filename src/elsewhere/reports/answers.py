"""What two networks answered over a split, and which of its images a comparison shows.

Images are chosen by a stated rule, never by hand.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from elsewhere.data.image_data import ImageData
from elsewhere.errors import ConfigError, DataError, plain
from elsewhere.models import AttentionNetwork
from elsewhere.reports.spreadsheet import said_in
from elsewhere.tasks.transfer import misfit

Networks = Mapping[str, AttentionNetwork]
"""Two by name, the baseline first; in eval mode, on any device."""

Way = Literal["gained", "lost", "neither", "both"]
"""How two models can answer one image: only the second is right, only the first, none, both."""


class Answers(NamedTuple):
    """What networks answered over a split, as class indices in the order of its table.

    Attributes:
        labels: the right answers.
        by_network: each network's.
    """

    labels: list[int]
    by_network: dict[str, list[int]]

    def right(self, name: str) -> list[bool]:
        """Whether a network was right, image by image."""
        pairs = zip(self.by_network[name], self.labels, strict=True)
        return [answer == label for answer, label in pairs]


class Chosen(NamedTuple):
    """Images on which two models agree or differ in one way.

    Attributes:
        title: the way, such as "CAL right, baseline wrong".
        total: how many images of the split are like that.
        rows: the images drawn from them, in the order of the split.
        way: the same without the models' names.
    """

    title: str
    total: int
    rows: tuple[int, ...]
    way: Way


@torch.no_grad()
def answer_split(networks: Networks, data: ImageData, split: str) -> Answers:
    """Ask networks about every image of a split, in batches of the data's `test_batch_size`.

    Raises:
        ConfigError: a network has other classes or another input than the data.
        DataError: there is no such split, or an image cannot be read.
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
    """Read what networks answered to the whole images when they were tested.

    A test has asked about every image already, and on a large set that takes long.

    Args:
        tables: the per-image table of each network's test, `images-SPLIT.csv`.
        data: the images, in the order of the tables.
        split: which of them.

    Raises:
        DataError: a table cannot be read, or is of other images or classes.
    """
    table = data.table.split(split)
    wanted = [plain(record.path) for record in table.records]
    place = {plain(name): index for index, name in enumerate(table.class_names)}
    by_network = {}
    for name, file in tables.items():
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                rows = [
                    (said_in(row["path"]), place[said_in(row["predicted (raw)"])])
                    for row in csv.DictReader(opened)
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


def choose_images(
    baseline_right: Sequence[bool],
    other_right: Sequence[bool],
    *,
    names: tuple[str, str] = ("baseline", "CAL"),
    each: int = 2,
    seed: int = 0,
) -> list[Chosen]:
    """Draw as many images from each of the four ways in which two models can answer.

    Args:
        baseline_right: one an image: whether the first model answered right.
        other_right: the same of the second model.
        names: of the two models.
        each: images a way; fewer where there are fewer.
        seed: of the draw, which depends on nothing else.

    Returns:
        Differences first: second right, first right, both wrong, both right.
    """
    first, second = names
    ways: tuple[tuple[Way, str, bool, bool], ...] = (
        ("gained", f"{second} right, {first} wrong", False, True),
        ("lost", f"{first} right, {second} wrong", True, False),
        ("neither", "Both wrong", False, False),
        ("both", "Both right", True, True),
    )
    draw = random.Random(seed)
    answers = list(zip(baseline_right, other_right, strict=True))
    chosen = []
    for way, title, one, two in ways:
        rows = [row for row, answer in enumerate(answers) if answer == (one, two)]
        drawn = sorted(draw.sample(rows, min(each, len(rows))))
        chosen.append(Chosen(title[0].upper() + title[1:], len(rows), tuple(drawn), way))
    return chosen


def rule_text(each: int, seed: int, images: int, titles: Sequence[str] = ()) -> str:
    """The rule of `choose_images` in words, to stand beside the pictures."""
    ways = "the four ways in which the two models can answer"
    if titles:
        ways = f"these ways in which the two models can answer: {'; '.join(titles)}"
    return (
        f"Of {images:,} pictures, up to {each} were drawn at random (seed {seed}) from each of "
        f"{ways}. None was picked by hand."
    )


def counts_text(counts: Mapping[Way, int], names: Sequence[str], place: str) -> str:
    """How many images there are of each way, in words."""
    first, second = names
    return (
        f"Of the {sum(counts.values()):,} pictures of {place}, {second} alone is right on "
        f"{counts['gained']:,}, {first} alone on {counts['lost']:,}; both are right on "
        f"{counts['both']:,} and both wrong on {counts['neither']:,}."
    )
