"""Models of drawn cars: what all cars of a model share, and what each has of its own."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from elsewhere.data.synthetic.canvas import choice
from elsewhere.data.synthetic.garage import OPTIONS, Vehicle
from elsewhere.errors import DataError

_TYPES = (("sedan", "suv", "hatchback", "pickup"), ("estate", "van", "bus", "truck"))
YEARS = {"painted": 2012, "black": 2007}


@dataclass(frozen=True)
class CarModel:
    """A class of cars; the others of the same type differ from it in small parts only.

    Attributes:
        type: a type of vehicle.
        rims: colour and kind of the wheels.
        bumper: "painted" or "black".
    """

    type: str
    rims: str
    bumper: str

    @property
    def name(self) -> str:
        """Trim, type and year, such as "Silver Spokes Sedan 2012"."""
        return f"{self.rims.title()} {self.type.capitalize()} {YEARS[self.bumper]}"


ALL_MODELS: tuple[CarModel, ...] = tuple(
    CarModel(type_, rims, bumper)
    for types, bumper, rims in product(_TYPES, YEARS, OPTIONS["rims"])
    for type_ in types
)


def car_models(count: int = 8) -> tuple[CarModel, ...]:
    """The first `count` models: four types with one kind of wheels, then with the next.

    Raises:
        DataError: Fewer than 2 or more than 80 are asked for.
    """
    if not 2 <= count <= len(ALL_MODELS):
        raise DataError(
            f"drawn cars: {count} models cannot be drawn; ask for 2 to {len(ALL_MODELS)}"
        )
    return ALL_MODELS[:count]


def car_of(model: CarModel, generator: np.random.Generator) -> Vehicle:
    """One car of a model; the generator draws its colour, its windows and what is on its roof."""
    return Vehicle(
        colour=choice(generator, OPTIONS["colour"]),
        type=model.type,
        rims=model.rims,
        stripe="none",
        sticker="none",
        roof=choice(generator, OPTIONS["roof"]),
        tint=choice(generator, OPTIONS["tint"]),
        repair="none",
        bumper=model.bumper,
    )
