"""Which pictures a comparison shows: chosen by a stated rule, never by hand."""

import random
from collections.abc import Sequence
from typing import NamedTuple


class Chosen(NamedTuple):
    """Pictures on which two models agree or differ in one way.

    Attributes:
        title: the way, such as "CAL right, baseline wrong".
        total: how many pictures of the split are like that.
        rows: the pictures drawn from them, in the order of the split.
    """

    title: str
    total: int
    rows: tuple[int, ...]


def choose_pictures(
    baseline_right: Sequence[bool],
    other_right: Sequence[bool],
    *,
    names: tuple[str, str] = ("baseline", "CAL"),
    each: int = 2,
    seed: int = 0,
) -> list[Chosen]:
    """Draw as many pictures from each of the four ways in which two models can answer.

    Args:
        baseline_right: one a picture: whether the first model answered right.
        other_right: the same of the second model.
        names: of the two models.
        each: pictures a way; fewer where there are fewer.
        seed: of the draw, which depends on nothing else.

    Returns:
        Differences first: second right, first right, both wrong, both right.
    """
    first, second = names
    ways = (
        (f"{second} right, {first} wrong", False, True),
        (f"{first} right, {second} wrong", True, False),
        ("Both wrong", False, False),
        ("Both right", True, True),
    )
    draw = random.Random(seed)
    answers = list(zip(baseline_right, other_right, strict=True))
    chosen = []
    for title, one, two in ways:
        rows = [row for row, answer in enumerate(answers) if answer == (one, two)]
        drawn = sorted(draw.sample(rows, min(each, len(rows))))
        chosen.append(Chosen(title[0].upper() + title[1:], len(rows), tuple(drawn)))
    return chosen


def rule_text(each: int, seed: int, images: int) -> str:
    """The rule of `choose_pictures` in words, to stand beside the pictures."""
    return (
        f"Of {images:,} pictures, up to {each} were drawn at random (seed {seed}) from each of the "
        "four ways in which the two models can answer. None was picked by hand."
    )
