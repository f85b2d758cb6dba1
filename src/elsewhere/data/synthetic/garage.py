"""What drawn vehicles look like, and which of it look-alikes differ in."""

from dataclasses import dataclass

from elsewhere.data.synthetic.canvas import Colour
from elsewhere.data.synthetic.traits import draw_traits

PAINTS: dict[str, Colour] = {
    "yellow": (0.95, 0.77, 0.14),
    "orange": (0.93, 0.48, 0.13),
    "green": (0.19, 0.48, 0.30),
    "grey": (0.54, 0.56, 0.59),
    "red": (0.79, 0.14, 0.15),
    "blue": (0.17, 0.39, 0.76),
    "white": (0.94, 0.94, 0.92),
    "golden": (0.80, 0.68, 0.42),
    "brown": (0.42, 0.28, 0.20),
    "black": (0.13, 0.13, 0.15),
}
# The numbers that VeRi-776 gives colours and types; of its types an MPV is not drawn.
COLOUR_NUMBERS = {name: number for number, name in enumerate(PAINTS, start=1)}
TYPE_NUMBERS = {
    "sedan": 1,
    "suv": 2,
    "van": 3,
    "hatchback": 4,
    "pickup": 6,
    "bus": 7,
    "truck": 8,
    "estate": 9,
}
_ACCENTS = ("white", "black", "red", "yellow", "blue")
OPTIONS: dict[str, tuple[str, ...]] = {
    "colour": ("grey", "white", "black", "red", "blue", "yellow", "green", "brown"),
    "type": tuple(TYPE_NUMBERS),
    "rims": ("silver spokes", "silver discs", "black discs", "white rings", "golden spokes"),
    "stripe": (
        *("none",) * 10,
        *(f"{colour} {kind}" for kind in ("stripe", "sill") for colour in _ACCENTS),
    ),
    "sticker": (
        *("none",) * 10,
        *(f"{colour} {place} sticker" for place in ("front", "rear") for colour in _ACCENTS),
    ),
    "roof": ("none", "none", "none", "rack", "box", "white lights"),
    "tint": ("clear", "clear", "dark"),
    "repair": ("none", "none", "none", "rust", "grey door", "black door", "white door"),
    "bumper": ("painted", "black"),
}
SMALL = ("rims", "stripe", "sticker", "roof", "repair", "tint", "bumper")


@dataclass(frozen=True)
class Vehicle:
    """Everything by which a drawn vehicle is known again.

    Attributes:
        colour: a key of `PAINTS`.
        type: a key of `TYPE_NUMBERS`.
        rims: colour and kind of the wheels.
        stripe: "none", or colour and kind of the line along the side.
        sticker: "none", or colour and place.
        roof: what is on the roof.
        tint: of the windows.
        repair: "none", "rust", or a door in another colour.
        bumper: "painted" or "black".
    """

    colour: str
    type: str
    rims: str
    stripe: str
    sticker: str
    roof: str
    tint: str
    repair: str
    bumper: str


def vehicle_of(seed: int, number: int, lookalikes: float = 0.6) -> Vehicle:
    """Vehicle `number` of a set; see `draw_traits` for how look-alikes come about."""
    return Vehicle(**draw_traits(OPTIONS, SMALL, seed=seed, number=number, lookalikes=lookalikes))
