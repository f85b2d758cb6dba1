"""Aeroplanes that differ in small parts only: who makes them, their families and variants."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from elsewhere.errors import DataError

MAKERS = {"low": "Kestrel", "high": "Marabou"}
FAMILIES = {"two": "Twin", "four": "Quad", "rear": "Aft", "propellers": "Prop"}


@dataclass(frozen=True)
class Aeroplane:
    """A variant of an aeroplane: the four things that tell it from the others.

    Attributes:
        engines: Under the wings, at the rear, or with propellers.
        tail: Where the tailplane sits, at the fuselage or on top of the fin.
        length: Of the fuselage against its height; a long one has more windows.
        winglets: Whether the tips of the wings are turned up.
    """

    engines: Literal["two", "four", "rear", "propellers"]
    tail: Literal["low", "high"] = "low"
    length: Literal["short", "long"] = "short"
    winglets: bool = False

    @property
    def maker(self) -> str:
        """Who makes it, by the tail."""
        return MAKERS[self.tail]

    @property
    def family(self) -> str:
        """Maker and engines, such as "Kestrel Twin"."""
        return f"{self.maker} {FAMILIES[self.engines]}"

    @property
    def name(self) -> str:
        """The variant, such as "Kestrel Twin-300W"."""
        number = {"short": "100", "long": "300"}[self.length]
        return f"{self.family}-{number}{'W' if self.winglets else ''}"


ALL_AEROPLANES: tuple[Aeroplane, ...] = tuple(
    Aeroplane(engines, tail, length, winglets)  # type: ignore[arg-type]
    for tail, engines, length, winglets in product(
        MAKERS, FAMILIES, ("short", "long"), (False, True)
    )
)


def aeroplanes(count: int = 8) -> tuple[Aeroplane, ...]:
    """The first `count` variants; each four are one family.

    Raises:
        DataError: Fewer than 2 or more than 32 are asked for.
    """
    if not 2 <= count <= len(ALL_AEROPLANES):
        raise DataError(
            f"drawn aircraft: {count} variants cannot be drawn; ask for 2 to {len(ALL_AEROPLANES)}"
        )
    return ALL_AEROPLANES[:count]
