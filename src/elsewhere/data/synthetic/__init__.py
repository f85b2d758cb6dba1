"""Pictures made by our own generators, identical for a seed on every machine.

`write_birds` writes a data set of drawn birds, `draw_bird` draws a single one. `write_cub`,
`write_cars` and `write_aircraft` write classes in published layouts. `write_individuals`
writes drawn persons or vehicles as one's own data, `write_market` and its like write them in the
layouts of the field's data sets; `draw_person` and `draw_vehicle` draw a single one.
"""

from elsewhere.data.synthetic.aeroplanes import draw_aeroplane
from elsewhere.data.synthetic.birds import DrawnBird, draw_bird
from elsewhere.data.synthetic.cameras import Camera, camera_of
from elsewhere.data.synthetic.dataset import (
    BirdSettings,
    draw_numbered,
    own_scene,
    write_birds,
)
from elsewhere.data.synthetic.garage import Vehicle, vehicle_of
from elsewhere.data.synthetic.hangar import Aeroplane, aeroplanes
from elsewhere.data.synthetic.individuals import IndividualSettings, Shot, draw_shot, shots_of
from elsewhere.data.synthetic.layouts import (
    write_aircraft,
    write_cars,
    write_cub,
    write_duke,
    write_individuals,
    write_market,
    write_msmt17,
    write_vehicleid,
    write_veri,
)
from elsewhere.data.synthetic.persons import draw_person
from elsewhere.data.synthetic.scenes import SCENES, Scene
from elsewhere.data.synthetic.shots import DrawnIndividual
from elsewhere.data.synthetic.showroom import CarModel, car_models, car_of
from elsewhere.data.synthetic.taxonomy import Species, species
from elsewhere.data.synthetic.vehicles import draw_vehicle
from elsewhere.data.synthetic.wardrobe import Person, person_of

__all__ = [
    "SCENES",
    "Aeroplane",
    "BirdSettings",
    "Camera",
    "CarModel",
    "DrawnBird",
    "DrawnIndividual",
    "IndividualSettings",
    "Person",
    "Scene",
    "Shot",
    "Species",
    "Vehicle",
    "aeroplanes",
    "camera_of",
    "car_models",
    "car_of",
    "draw_aeroplane",
    "draw_bird",
    "draw_numbered",
    "draw_person",
    "draw_shot",
    "draw_vehicle",
    "own_scene",
    "person_of",
    "shots_of",
    "species",
    "vehicle_of",
    "write_aircraft",
    "write_birds",
    "write_cars",
    "write_cub",
    "write_duke",
    "write_individuals",
    "write_market",
    "write_msmt17",
    "write_vehicleid",
    "write_veri",
]
