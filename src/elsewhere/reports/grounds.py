"""What the figures of a result stand against, and what is promised by them rests on."""

from typing import Any, TypedDict


class Untrained(TypedDict):
    """The backbone before it was trained on these images: how it was scored, and what that took.

    `scores` are by split or set: how many `images`, and `top1`, or `mAP` and `rank1`.
    """

    how: str
    images: int
    seconds: float
    scores: dict[str, dict[str, Any]]


class Against(TypedDict):
    """What a top-1 stands against: guessing, and the untrained backbone (null where unknown)."""

    chance: float
    untrained: float | None


class RankingFigures(TypedDict):
    """Shares in 0..1."""

    mAP: float
    rank1: float


class RankingAgainst(TypedDict):
    """What a ranking stands against: a random order, and the untrained backbone's (or null)."""

    chance: RankingFigures
    untrained: RankingFigures | None


class OwnThreshold(TypedDict):
    """By whom the network's own threshold was set; without one where they were too few.

    `by` names the sets: `val`, and of a small herd the tests as well. `same` and `different` count
    pairs; `interval` is of 95 %, of the false positive rate among new individuals.
    """

    by: list[str]
    individuals: int
    same: int
    different: int
    threshold: float | None
    false_positive_rate: float | None
    interval: list[float] | None


class Promise(TypedDict):
    """From which confidence on answers are promised to be right; null where none can be promised.

    Of `images` held out, `sure` reach it, and `right` of these are right.
    """

    unsure_below: float | None
    images: int
    sure: int
    right: int


class FamiliarityResult(TypedDict):
    """When an image is called unlike anything trained on, and the share of each split that is.

    The threshold was set by the `images` of all these splits together.
    """

    threshold: float
    images: int
    flagged: dict[str, float]


def selection_remark(selected_on: str | None, held_out: str) -> str:
    """What the checkpoint was chosen by, and what that means for the figures.

    Args:
        selected_on: the split that it was chosen on; None for the last one.
        held_out: what split val holds and the tests do not.
    """
    if selected_on is None:
        return "The last checkpoint was taken, whatever it scored."
    if selected_on == "val":
        return f"Checkpoints were chosen on {held_out}."
    return "Checkpoints were chosen on the test pictures, which flatters every number."


def untrained_remark(untrained: Untrained | None) -> list[str]:
    """How the untrained backbone was scored, and what that took; nothing where it was not."""
    if untrained is None:
        return []
    return [
        f"Untrained backbone: {untrained['how']}; {untrained['images']:,} images in "
        f"{untrained['seconds']:,.0f} s, once before training."
    ]
