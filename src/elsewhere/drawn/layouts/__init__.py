"""Every set that can be drawn into a folder, under the name that the command line has for it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.matlab import read_cars
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.individuals.market import read_duke, read_market
from elsewhere.data.sets.individuals.msmt17 import read_msmt17
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.vehicles import read_vehicleid, read_veri
from elsewhere.data.sets.splitting import ALONE
from elsewhere.drawn.layouts.aircraft import Aircraft
from elsewhere.drawn.layouts.birds import Birds, Cub
from elsewhere.drawn.layouts.drawn_set import DrawnSet
from elsewhere.drawn.layouts.individuals import Duke, Individuals, Market, Msmt17
from elsewhere.drawn.layouts.vehicles import Cars, OldCars, VehicleId, Veri


class Layout(NamedTuple):
    """A drawn set in a layout on disk.

    Attributes:
        meaning: what is drawn, and what it is laid out like.
        noun: what its classes are.
        usual: the set with the usual options; `dataclasses.replace` gives it others.
        read: reads what was written.
    """

    meaning: str
    noun: str
    usual: DrawnSet
    read: Callable[[Path], RecordTable]


_read_birds = partial(read_images, group=ALONE)
_read_own = partial(read_own, val=0.0, test=0.0)
_own = "with labels.csv, as one's own data"
LAYOUTS: dict[str, Layout] = {
    "birds": Layout(
        "look-alike birds with labels.csv, for classification", "species", Birds(), _read_birds
    ),
    "persons": Layout(f"persons {_own}", "persons", Individuals("persons"), _read_own),
    "vehicles": Layout(f"vehicles {_own}", "vehicles", Individuals("vehicles"), _read_own),
    "market": Layout("persons laid out like Market-1501", "persons", Market(), read_market),
    "duke": Layout("persons laid out like DukeMTMC-reID", "persons", Duke(), read_duke),
    "msmt17": Layout(
        "persons laid out like MSMT17, version 1", "persons", Msmt17(version=1), read_msmt17
    ),
    "msmt17-v2": Layout(
        "persons laid out like MSMT17, version 2", "persons", Msmt17(version=2), read_msmt17
    ),
    "veri": Layout("vehicles laid out like VeRi-776", "vehicles", Veri(), read_veri),
    "vehicleid": Layout(
        "vehicles laid out like VehicleID",
        "vehicles",
        VehicleId(),
        partial(read_vehicleid, size=2400),
    ),
    "cub": Layout("birds laid out like CUB-200-2011", "species", Cub(), read_cub),
    "cars": Layout(
        "models of cars laid out like Stanford Cars, with devkit", "models", Cars(), read_cars
    ),
    "cars-old": Layout(
        "models of cars laid out like Stanford Cars, with car_ims", "models", OldCars(), read_cars
    ),
    "aircraft": Layout("birds laid out like FGVC-Aircraft", "variants", Aircraft(), read_aircraft),
}
