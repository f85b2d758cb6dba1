"""Drawn classes and individuals in the layouts, on disk, of the field's data sets."""

from elsewhere.data.synthetic.layouts.aircraft import write_aircraft
from elsewhere.data.synthetic.layouts.cars import write_cars
from elsewhere.data.synthetic.layouts.cub import write_cub
from elsewhere.data.synthetic.layouts.duke import write_duke
from elsewhere.data.synthetic.layouts.market import write_market
from elsewhere.data.synthetic.layouts.msmt17 import write_msmt17
from elsewhere.data.synthetic.layouts.own import write_individuals
from elsewhere.data.synthetic.layouts.vehicleid import write_vehicleid
from elsewhere.data.synthetic.layouts.veri import write_veri

__all__ = [
    "write_aircraft",
    "write_cars",
    "write_cub",
    "write_duke",
    "write_individuals",
    "write_market",
    "write_msmt17",
    "write_vehicleid",
    "write_veri",
]
