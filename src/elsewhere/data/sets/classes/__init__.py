"""Readers of published data sets of look-alike classes: birds, cars, aircraft and others."""

from elsewhere.data.sets.classes.aircraft import read_aircraft
from elsewhere.data.sets.classes.cars import read_cars
from elsewhere.data.sets.classes.coco import read_inat
from elsewhere.data.sets.classes.counts import (
    PUBLISHED_CLASSES,
    PublishedClasses,
    class_count_remarks,
)
from elsewhere.data.sets.classes.cub import (
    CubAttributes,
    read_cub,
    read_cub_attributes,
    read_cub_parts,
    read_environments,
)
from elsewhere.data.sets.classes.dogs import read_dogs
from elsewhere.data.sets.classes.flowers import read_flowers
from elsewhere.data.sets.classes.nabirds import read_nabirds
from elsewhere.data.sets.classes.reading import (
    CATEGORY_SETS,
    FoundSet,
    find_category_set,
    read_categories,
)

__all__ = [
    "CATEGORY_SETS",
    "PUBLISHED_CLASSES",
    "CubAttributes",
    "FoundSet",
    "PublishedClasses",
    "class_count_remarks",
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
    "read_inat",
    "read_nabirds",
]
