"""Species that differ in small parts only."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from elsewhere.data.synthetic.palette import CROWNS
from elsewhere.errors import DataError


@dataclass(frozen=True)
class Species:
    """A kind of bird: the four parts that tell it from the others.

    Attributes:
        crown: Colour of the top of the head, a key of `CROWNS`.
        wing: Pattern of the wing.
        beak: Length of the beak.
        tail: Shape of the tail.
    """

    crown: str
    wing: Literal["barred", "spotted"] = "barred"
    beak: Literal["short", "long"] = "short"
    tail: Literal["round", "forked"] = "round"

    @property
    def name(self) -> str:
        """A name that describes the parts, such as "long-billed red-crowned barwing"."""
        words = ["fork-tailed"] if self.tail == "forked" else []
        words += ["long-billed"] if self.beak == "long" else []
        wing = {"barred": "barwing", "spotted": "spotwing"}[self.wing]
        return " ".join([*words, f"{self.crown}-crowned", wing])

    @property
    def slug(self) -> str:
        """The name as a folder."""
        return self.name.replace(" ", "-")


ALL_SPECIES: tuple[Species, ...] = tuple(
    Species(crown, wing, beak, tail)  # type: ignore[arg-type]
    for tail, beak, wing, crown in product(
        ("round", "forked"), ("short", "long"), ("barred", "spotted"), CROWNS
    )
)


def species(count: int = 8) -> tuple[Species, ...]:
    """The first `count` species.

    Eight are four crown colours × two wing patterns; sixteen add long beaks, thirty-two forked
    tails. The first ones stay the same however many are asked for.

    Raises:
        DataError: Fewer than 2 or more than 32 are asked for.
    """
    if not 2 <= count <= len(ALL_SPECIES):
        raise DataError(
            f"drawn birds: {count} species cannot be drawn; ask for 2 to {len(ALL_SPECIES)}"
        )
    return ALL_SPECIES[:count]
