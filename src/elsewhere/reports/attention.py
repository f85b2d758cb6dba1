"""Where two networks look on the same images: sheets such as figures 1, 5 and 6 of the paper."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from elsewhere.data.image_data import ImageData
from elsewhere.data.images.dataset import collate
from elsewhere.data.images.transforms import denormalise
from elsewhere.models import AttentionNetwork
from elsewhere.reports.answers import (
    Answers,
    Chosen,
    Networks,
    Way,
    answer_split,
    choose_images,
    counts_text,
    device_of,
    rule_text,
)
from elsewhere.reports.pages import PictureRow
from elsewhere.structures import Batch
from elsewhere.visualization.comparison import Look
from elsewhere.visualization.sheet import Seen, attention_sheet

_CAPTION = (
    "From left to right: the picture and its true class; where {} and where {} looked, "
    "and what each answered to the whole picture, without crops. Attention is averaged over heads; "
    "each map is scaled by itself, so colours compare places within one map, not two maps."
)


class WaySheet(NamedTuple):
    """The images drawn from one of the ways in which two networks can answer.

    Attributes:
        way: which.
        title: the same with the networks' names, such as "CAL right, baseline wrong".
        total: how many images of the split are like that.
        shown: how many of them are on the sheet.
        sentence: both numbers in words; it says so where there are fewer than wanted.
        picture: the sheet, at two pixels a unit of layout; None where there is nothing to show.
    """

    way: Way
    title: str
    total: int
    shown: int
    sentence: str
    picture: UInt8[np.ndarray, "tall wide 3"] | None


class Looks(NamedTuple):
    """Sheets of where two networks look, and what must be said beside them.

    Attributes:
        rule: how the images were chosen.
        counts: images of the split by way, all four.
        summary: the counts in words.
        caption: how to read a sheet.
        sheets: one for each way that was asked for, in that order.
    """

    rule: str
    counts: dict[Way, int]
    summary: str
    caption: str
    sheets: tuple[WaySheet, ...]

    def rows(self) -> list[PictureRow]:
        """The sheets for a page, each under its heading; a sentence where there is no picture."""
        return [
            PictureRow(
                sheet.title,
                sheet.sentence,
                [] if sheet.picture is None else [(self.caption, sheet.picture)],
            )
            for sheet in self.sheets
        ]


def attention_sheets(
    networks: Networks,
    data: ImageData,
    split: str,
    *,
    answers: Answers | None = None,
    rows: int,
    columns: int = 2,
    ways: Sequence[Way] = ("gained", "lost"),
    seed: int = 0,
    heading: str = "",
) -> Looks:
    """Draw where a baseline and another network look, on images chosen by a stated rule.

    The paper shows images on which the baseline is wrong and CAL right, and does not say how they
    were chosen. Here they are drawn at random from all of that way, and a sheet of the opposite
    way, drawn likewise, stands beside it.

    Args:
        networks: two by name, the baseline first, both in eval mode; each stays where it is.
        data: the images, as the networks are tested on them.
        split: which of them.
        answers: what the networks answered, where that is known; they are asked if not given.
        rows: groups one below the other on a sheet.
        columns: groups side by side.
        ways: a sheet for each.
        seed: of the draw.
        heading: what stands before each sheet's title, such as the name of the data set.

    Raises:
        ConfigError: a network has other classes or another input than the data.
        DataError: there is no such split, or an image cannot be read.
    """
    answers = answers or answer_split(networks, data, split)
    chosen = {each.way: each for each in _choose(answers, each=rows * columns, seed=seed)}
    sheets = []
    for each in (chosen[way] for way in ways):
        sentence = _sentence(each, rows * columns, split, seed)
        title = f"{heading} · {each.title}" if heading else each.title
        seen = [see(networks, data, split, answers, row) for row in each.rows]
        drawn = attention_sheet(seen, columns=columns, title=title, note=sentence) if seen else None
        sheets.append(WaySheet(each.way, each.title, each.total, len(each.rows), sentence, drawn))
    counts = {way: each.total for way, each in chosen.items()}
    return Looks(
        rule_text(rows * columns, seed, len(answers.labels), [sheet.title for sheet in sheets]),
        counts,
        counts_text(counts, list(networks), f"split {split}"),
        _CAPTION.format(*networks),
        tuple(sheets),
    )


def see(
    networks: Networks,
    data: ImageData,
    split: str,
    answers: Answers,
    row: int,
    *,
    evidence: bool = False,
) -> Seen:
    """Look again at one image of a split, whose answers are known already."""
    batch = collate([data.dataset(split)[row]])
    names = readable_names(data.class_names)
    return Seen(
        picture=denormalise(batch.images[0], data.preprocessing).numpy(),
        true_class=names[int(batch.labels[0])],
        looks=[
            _look(name, network, batch, answers.by_network[name][row], names, evidence)
            for name, network in networks.items()
        ],
        true_box=tuple(batch.boxes[0].tolist()),
    )


def readable_name(name: str) -> str:
    """A name without a number before and underscores in it: "082.Ringed_Kingfisher"."""
    return re.sub(r"^\d+\.", "", name).replace("_", " ").strip()


def readable_names(names: Sequence[str]) -> tuple[str, ...]:
    """All classes by `readable_name`, or all as they are where two would become alike."""
    plain = tuple(map(readable_name, names))
    return plain if len(set(plain)) == len(names) and all(plain) else tuple(names)


@torch.no_grad()
def _look(
    name: str,
    network: AttentionNetwork,
    batch: Batch,
    answer: int,
    names: Sequence[str],
    evidence: bool,
) -> Look:
    output = network(batch.images.to(device_of(network)))
    target = torch.tensor([answer], device=output.logits.device)
    shares = _array(network.evidence(output, target)[0]) if evidence else None
    return Look(
        name,
        _array(output.attention[0]),
        shares,
        predicted=names[answer],
        confidence=float(output.logits.softmax(1)[0, answer]),
        correct=answer == int(batch.labels[0]),
    )


def _choose(answers: Answers, *, each: int, seed: int) -> list[Chosen]:
    first, second = answers.by_network
    right = answers.right
    return choose_images(right(first), right(second), names=(first, second), each=each, seed=seed)


def _sentence(chosen: Chosen, wanted: int, split: str, seed: int) -> str:
    if not chosen.total:
        return f"No picture of split {split} is of this way, so there is nothing to show."
    if chosen.total > wanted:
        return f"{wanted} of {chosen.total:,} such pictures, drawn at random (seed {seed})."
    if chosen.total == wanted:
        return f"All {chosen.total} such pictures of split {split}."
    there = f"there are only {chosen.total}" if chosen.total > 1 else "there is only one"
    return f"All such pictures of split {split}: {there}, fewer than the {wanted} asked for."


def _array(values: Tensor) -> Float[np.ndarray, "heads rows columns"]:
    array: np.ndarray = values.float().cpu().numpy()
    return array
