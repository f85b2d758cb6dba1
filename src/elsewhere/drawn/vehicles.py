"""Drawn vehicles: what they look like, what look-alikes differ in, and the outline of each type.

A vehicle's own coordinates: it is about one unit long, x runs towards its front, y down, and the
wheels stand at y = 0.
"""

from dataclasses import dataclass

from elsewhere.drawn.canvas import Colour
from elsewhere.drawn.chance import draw_traits
from elsewhere.drawn.shapes import Point

PAINTS: dict[str, Colour] = {
    "yellow": (0.95, 0.77, 0.14), "orange": (0.93, 0.48, 0.13), "green": (0.19, 0.48, 0.30),
    "grey": (0.54, 0.56, 0.59), "red": (0.79, 0.14, 0.15), "blue": (0.17, 0.39, 0.76),
    "white": (0.94, 0.94, 0.92), "golden": (0.80, 0.68, 0.42), "brown": (0.42, 0.28, 0.20),
    "black": (0.13, 0.13, 0.15),
}  # fmt: skip
# The numbers that VeRi-776 gives colours and types; of its types an MPV is not drawn.
COLOUR_NUMBERS = {name: number for number, name in enumerate(PAINTS, start=1)}
TYPE_NUMBERS = {
    "sedan": 1, "suv": 2, "van": 3, "hatchback": 4, "pickup": 6, "bus": 7, "truck": 8,
    "estate": 9,
}  # fmt: skip
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
SILL = -0.055


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


@dataclass(frozen=True)
class Outline:
    """The outline of a type of vehicle.

    Attributes:
        body: Convex outline of the lower part, from its rear end over the top to the front.
        cabin: Convex outline of the upper part, likewise; empty where there is none.
        windows: Windows as (left, right) on the cabin's bottom line, in order.
        glass: Bottom and top of the windows.
        wheels: Where the axles are.
        radius: Of the wheels.
        doors: Rear door's left, the line between the doors, front door's right.
        roof: Left and right of what lies on the roof, and its height.
    """

    body: tuple[Point, ...]
    cabin: tuple[Point, ...]
    windows: tuple[tuple[float, float], ...]
    glass: tuple[float, float]
    wheels: tuple[float, ...]
    radius: float
    doors: tuple[float, float, float]
    roof: tuple[float, float, float]


def _body(rear: float, top: float, nose: float, bonnet: float, front: float) -> tuple[Point, ...]:
    return (
        (rear, SILL), (rear, top + 0.02), (rear + 0.03, top), (nose, top), (front - 0.03, bonnet),
        (front, bonnet + 0.04), (front, SILL),
    )  # fmt: skip


OUTLINES: dict[str, Outline] = {
    "sedan": Outline(
        _body(-0.49, -0.205, 0.22, -0.175, 0.49),
        ((-0.36, -0.2), (-0.25, -0.315), (0.07, -0.315), (0.23, -0.2)),
        ((-0.30, -0.09), (-0.07, 0.17)), (-0.208, -0.297), (-0.29, 0.30), 0.077,
        (-0.24, -0.08, 0.14), (-0.22, 0.05, -0.315),
    ),
    "estate": Outline(
        _body(-0.49, -0.205, 0.22, -0.175, 0.49),
        ((-0.485, -0.2), (-0.44, -0.325), (0.05, -0.325), (0.22, -0.2)),
        ((-0.45, -0.29), (-0.27, -0.09), (-0.07, 0.16)), (-0.208, -0.305), (-0.29, 0.30), 0.077,
        (-0.24, -0.08, 0.14), (-0.40, 0.03, -0.325),
    ),
    "hatchback": Outline(
        _body(-0.42, -0.215, 0.20, -0.185, 0.43),
        ((-0.41, -0.21), (-0.33, -0.345), (0.04, -0.345), (0.21, -0.21)),
        ((-0.36, -0.12), (-0.10, 0.15)), (-0.22, -0.325), (-0.26, 0.26), 0.08,
        (-0.22, -0.11, 0.13), (-0.29, 0.02, -0.345),
    ),
    "suv": Outline(
        _body(-0.47, -0.24, 0.22, -0.215, 0.47),
        ((-0.465, -0.235), (-0.42, -0.375), (0.06, -0.375), (0.22, -0.235)),
        ((-0.43, -0.29), (-0.27, -0.09), (-0.07, 0.16)), (-0.245, -0.355), (-0.28, 0.29), 0.092,
        (-0.24, -0.08, 0.14), (-0.38, 0.04, -0.375),
    ),
    "van": Outline(
        _body(-0.48, -0.23, 0.36, -0.195, 0.48),
        ((-0.478, -0.225), (-0.47, -0.445), (0.17, -0.445), (0.37, -0.225)),
        ((0.10, 0.31),), (-0.235, -0.40), (-0.29, 0.31), 0.08,
        (-0.30, -0.02, 0.24), (-0.42, 0.14, -0.445),
    ),
    "pickup": Outline(
        _body(-0.49, -0.215, 0.25, -0.195, 0.49),
        ((-0.10, -0.21), (-0.08, -0.35), (0.12, -0.35), (0.26, -0.21)),
        ((-0.065, 0.06), (0.075, 0.21)), (-0.22, -0.33), (-0.29, 0.31), 0.087,
        (-0.08, 0.06, 0.22), (-0.07, 0.11, -0.35),
    ),
    "bus": Outline(
        ((-0.5, SILL), (-0.5, -0.40), (-0.48, -0.42), (0.46, -0.42), (0.485, -0.40), (0.5, -0.2),
         (0.5, SILL)),
        (),
        ((-0.46, -0.31), (-0.29, -0.14), (-0.12, 0.03), (0.05, 0.20), (0.22, 0.33), (0.36, 0.47)),
        (-0.23, -0.37), (-0.30, 0.27), 0.072, (-0.28, -0.06, 0.16), (-0.35, 0.3, -0.42),
    ),
    "truck": Outline(
        ((0.17, SILL), (0.17, -0.36), (0.19, -0.38), (0.40, -0.38), (0.475, -0.22), (0.49, -0.19),
         (0.49, SILL)),
        ((-0.5, -0.115), (-0.5, -0.46), (0.14, -0.46), (0.14, -0.115)),
        ((0.25, 0.43),), (-0.235, -0.345), (-0.36, -0.22, 0.33), 0.075,
        (-0.40, -0.1, 0.10), (0.20, 0.38, -0.38),
    ),
}  # fmt: skip
