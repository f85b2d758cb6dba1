"""Pictures made by our own generators, identical for a seed on every machine.

A set is drawn into a folder by a value that says all about it: `Birds(species=4).write(folder)`,
`Cub`, `Market` and their like in the layouts of the field's sets. `LAYOUTS` lists them all.
`draw_bird`, `draw_person` and `draw_vehicle` draw single pictures. `DrawnBirds` and
`DrawnIndividuals` are the data of recipes.
"""

from typing import TYPE_CHECKING

from elsewhere.drawn.birds import draw_bird
from elsewhere.drawn.layouts import LAYOUTS, Layout
from elsewhere.drawn.layouts.aircraft import Aircraft
from elsewhere.drawn.layouts.birds import Birds, Cub
from elsewhere.drawn.layouts.drawn_set import DrawnSet
from elsewhere.drawn.layouts.individuals import Duke, Individuals, Market, Msmt17
from elsewhere.drawn.layouts.vehicles import Cars, OldCars, VehicleId, Veri
from elsewhere.drawn.person_drawing import draw_person
from elsewhere.drawn.vehicle_drawing import draw_vehicle
from elsewhere.late import late

if TYPE_CHECKING:
    from elsewhere.drawn.datamodules import DrawnBirds, DrawnIndividuals

__all__ = [
    "LAYOUTS",
    "Aircraft",
    "Birds",
    "Cars",
    "Cub",
    "DrawnBirds",
    "DrawnIndividuals",
    "DrawnSet",
    "Duke",
    "Individuals",
    "Layout",
    "Market",
    "Msmt17",
    "OldCars",
    "VehicleId",
    "Veri",
    "draw_bird",
    "draw_person",
    "draw_vehicle",
]

# the data of recipes need torch
_known, __getattr__, _dir = late(
    __name__, {"elsewhere.drawn.datamodules": "DrawnBirds DrawnIndividuals"}
)
