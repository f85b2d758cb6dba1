"""Readers of published data sets of look-alike classes: birds, cars, aircraft and others."""

from elsewhere.data.categories.aircraft import read_aircraft
from elsewhere.data.categories.cars import read_cars
from elsewhere.data.categories.counts import (
    PUBLISHED_CLASSES,
    PublishedClasses,
    class_count_remarks,
)
from elsewhere.data.categories.cub import read_cub
from elsewhere.data.categories.cub_details import (
    CubAttributes,
    read_cub_attributes,
    read_cub_parts,
)
from elsewhere.data.categories.dogs import read_dogs
from elsewhere.data.categories.environments import read_environments
from elsewhere.data.categories.flowers import read_flowers
from elsewhere.data.categories.inat import read_inat
from elsewhere.data.categories.nabirds import read_nabirds
from elsewhere.data.categories.reading import (
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
