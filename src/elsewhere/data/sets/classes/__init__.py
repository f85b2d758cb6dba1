"""Readers of published data sets of look-alike classes: birds, cars, aircraft and others."""

from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.data.sets.classes.birds import read_cub, read_nabirds
from elsewhere.data.sets.classes.coco import read_inat
from elsewhere.data.sets.classes.cub import (
    CubAttributes,
    read_cub_attributes,
    read_cub_parts,
    read_environments,
)
from elsewhere.data.sets.classes.matlab import read_cars, read_dogs, read_flowers
from elsewhere.data.sets.classes.reading import (
    CATEGORY_SETS,
    FoundSet,
    find_category_set,
    read_categories,
    read_images,
)

__all__ = [
    "CATEGORY_SETS",
    "CubAttributes",
    "FoundSet",
    "find_category_set",
    "read_aircraft",
    "read_cars",
    "read_categories",
    "read_cub",
    "read_cub_attributes",
    "read_cub_parts",
    "read_dogs",
    "read_environments",
    "read_flowers",
    "read_images",
    "read_inat",
    "read_nabirds",
]
