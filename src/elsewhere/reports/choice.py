"""Which pictures a comparison shows: chosen by a stated rule, never by hand."""

import random
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Way = Literal["gained", "lost", "neither", "both"]
"""How two models can answer one picture: only the second is right, only the first, none, both."""


class Chosen(NamedTuple):
    """Pictures on which two models agree or differ in one way.

    Attributes:
        title: the way, such as "CAL right, baseline wrong".
        total: how many pictures of the split are like that.
        rows: the pictures drawn from them, in the order of the split.
        way: the same without the models' names.
    """

    title: str
    total: int
    rows: tuple[int, ...]
    way: Way


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
    """The rule of `choose_pictures` in words, to stand beside the pictures.

    Args:
        each: pictures a way.
        seed: of the draw.
        images: how many there are to draw from.
        titles: of the ways that are shown; all four if not given.
    """
    ways = "the four ways in which the two models can answer"
    if titles:
        ways = f"these ways in which the two models can answer: {'; '.join(titles)}"
    return (
        f"Of {images:,} pictures, up to {each} were drawn at random (seed {seed}) from each of "
        f"{ways}. None was picked by hand."
    )


def counts_text(counts: Mapping[Way, int], names: tuple[str, str], place: str) -> str:
    """How many pictures there are of each way, in words.

    Args:
        counts: pictures by way.
        names: of the two models.
        place: what the pictures are of, such as "split test".
    """
    first, second = names
    return (
        f"Of the {sum(counts.values()):,} pictures of {place}, {second} alone is right on "
        f"{counts['gained']:,}, {first} alone on {counts['lost']:,}; both are right on "
        f"{counts['both']:,} and both wrong on {counts['neither']:,}."
    )
