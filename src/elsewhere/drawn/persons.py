"""Drawn persons: what they wear, and which of it look-alikes differ in."""

from dataclasses import dataclass

from elsewhere.drawn.canvas import Colour
from elsewhere.drawn.chance import draw_traits

COLOURS: dict[str, Colour] = {
    "black": (0.11, 0.11, 0.13), "grey": (0.52, 0.53, 0.55), "white": (0.94, 0.94, 0.92),
    "navy": (0.12, 0.18, 0.40), "blue": (0.20, 0.46, 0.86), "red": (0.83, 0.15, 0.15),
    "green": (0.18, 0.56, 0.28), "yellow": (0.97, 0.80, 0.16), "brown": (0.46, 0.30, 0.19),
    "pink": (0.94, 0.56, 0.70), "orange": (0.95, 0.50, 0.12), "teal": (0.10, 0.58, 0.60),
}  # fmt: skip
HAIR: dict[str, Colour] = {
    "black": (0.10, 0.08, 0.08), "brown": (0.36, 0.22, 0.13), "blond": (0.90, 0.74, 0.38),
    "red": (0.72, 0.30, 0.12), "grey": (0.72, 0.72, 0.72),
}  # fmt: skip
SKIN: dict[str, Colour] = {
    "pale": (0.96, 0.80, 0.69), "tan": (0.82, 0.61, 0.45), "brown": (0.58, 0.39, 0.27),
    "dark": (0.36, 0.23, 0.16),
}  # fmt: skip
_ACCENTS = ("white", "yellow", "red", "blue", "black", "green", "pink")
OPTIONS: dict[str, tuple[str, ...]] = {
    "upper": ("black", "grey", "white", "navy", "red", "green", "yellow", "teal"),
    "pattern": (
        *("plain",) * 6,
        *(f"{colour} {kind}" for kind in ("stripes", "band", "dots") for colour in _ACCENTS[:4]),
    ),
    "sleeves": ("long", "short"),
    "hem": ("short", "short", "long"),
    "lower": ("black", "grey", "navy", "brown", "blue", "white"),
    "cut": ("trousers", "trousers", "shorts", "skirt", "long skirt"),
    "shoes": ("black", "white", "red", "brown", "yellow", "blue"),
    "hair": tuple(
        f"{colour} {cut}" for cut in ("short hair", "long hair", "bun") for colour in HAIR
    ),
    "hat": (
        *("none",) * 12,
        *(f"{colour} {kind}" for kind in ("cap", "beanie") for colour in _ACCENTS),
    ),
    "bag": (
        *("none",) * 9,
        *(
            f"{colour} {kind}"
            for kind in ("backpack", "shoulder bag", "handbag")
            for colour in ("black", "red", "yellow", "brown", "blue")
        ),
    ),
    "skin": tuple(SKIN),
    "build": ("slim", "medium", "broad"),
}
SMALL = ("pattern", "shoes", "hair", "hat", "bag", "cut", "sleeves")


@dataclass(frozen=True)
class Person:
    """Everything by which a drawn person is known again.

    Attributes:
        upper: colour of the jacket, a key of `COLOURS`.
        pattern: "plain", or colour and kind of what is on the jacket.
        sleeves: "long" or "short".
        hem: "long" for a coat.
        lower: colour of trousers or skirt.
        cut: trousers, shorts, skirt or long skirt.
        shoes: their colour.
        hair: colour and cut.
        hat: "none", or colour and kind.
        bag: "none", or colour and kind.
        skin: a key of `SKIN`.
        build: slim, medium or broad.
    """

    upper: str
    pattern: str
    sleeves: str
    hem: str
    lower: str
    cut: str
    shoes: str
    hair: str
    hat: str
    bag: str
    skin: str
    build: str


def person_of(seed: int, number: int, lookalikes: float = 0.6) -> Person:
    """Person `number` of a set; see `draw_traits` for how look-alikes come about."""
    return Person(**draw_traits(OPTIONS, SMALL, seed=seed, number=number, lookalikes=lookalikes))


def worn(words: str) -> tuple[Colour, str]:
    """Colour and kind of a thing such as "red shoulder bag"."""
    colour, _, kind = words.partition(" ")
    return COLOURS[colour], kind
