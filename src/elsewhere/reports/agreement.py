"""How answers agree with what folders or lists say of the images."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from elsewhere.reports.wording import percent

_SHOWN = 3
"""Confusions that are named."""


class Agreement(NamedTuple):
    """Answers beside known classes.

    Attributes:
        right: images whose first class is the one they are filed under.
        wrong: the others of which that class is known.
        unknown: images whose folder or list names no class that the model has.
        by_class: share of each class's images that are right, by class.
        confusions: class, answer and how often, most often first.
    """

    right: int
    wrong: int
    unknown: int
    by_class: dict[str, float]
    confusions: list[tuple[str, str, int]]

    @property
    def micro(self) -> float:
        """Share of the images that are right."""
        return self.right / (self.right + self.wrong)

    @property
    def macro(self) -> float:
        """Mean over the classes of the share that is right."""
        return sum(self.by_class.values()) / len(self.by_class)

    def lines(self) -> list[str]:
        """What to print of it."""
        first = (
            f"{self.right} right, {self.wrong} wrong of {self.right + self.wrong} images whose "
            f"class is known: {percent(self.micro)} % of images, {percent(self.macro)} % as the "
            f"mean over {len(self.by_class)} classes"
        )
        others = f"; {self.unknown} other images are under no class of the model"
        worst = [f"{c} taken for {a} ({n})" for c, a, n in self.confusions[:_SHOWN]]
        return [
            first + (others if self.unknown else ""),
            *(["most often confused: " + ", ".join(worst)] if worst else []),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `elsewhere predict --json` writes them."""
        return self._asdict() | {"micro": self.micro, "macro": self.macro}


def agreement_of(pairs: Sequence[tuple[str | None, str]]) -> Agreement | None:
    """Compare the known class of each image, None for none, with its answer.

    Returns:
        None where no class is known.
    """
    known = [(label, answer) for label, answer in pairs if label is not None]
    if not known:
        return None
    total = Counter(label for label, _ in known)
    right = Counter(label for label, answer in known if label == answer)
    confused = Counter(pair for pair in known if pair[0] != pair[1])
    return Agreement(
        right.total(),
        confused.total(),
        len(pairs) - len(known),
        {label: right[label] / count for label, count in sorted(total.items())},
        [(label, answer, count) for (label, answer), count in confused.most_common()],
    )
