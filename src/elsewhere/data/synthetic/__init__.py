"""Pictures made by our own generators, identical for a seed on every machine.

`write_birds` writes a data set of drawn birds, `draw_bird` draws a single one.
"""

from elsewhere.data.synthetic.birds import DrawnBird, draw_bird
from elsewhere.data.synthetic.dataset import (
    BirdSettings,
    draw_numbered,
    own_scene,
    write_birds,
)
from elsewhere.data.synthetic.scenes import SCENES, Scene
from elsewhere.data.synthetic.taxonomy import Species, species

__all__ = [
    "SCENES",
    "BirdSettings",
    "DrawnBird",
    "Scene",
    "Species",
    "draw_bird",
    "draw_numbered",
    "own_scene",
    "species",
    "write_birds",
]
