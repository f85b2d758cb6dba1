"""How many images and classes the published data sets have, and how a copy differs."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from elsewhere.data.records import DRAWN_NAME, RecordTable
from elsewhere.errors import ConfigError


class PublishedClasses(NamedTuple):
    """What is published of a data set of classes.

    Attributes:
        classes: how many classes it has.
        images: how many images each split has.
    """

    classes: int
    images: Mapping[str, int]


PUBLISHED_CLASSES: Mapping[str, PublishedClasses] = {
    "cub": PublishedClasses(200, {"train": 5_994, "test": 5_794}),
    "cars": PublishedClasses(196, {"train": 8_144, "test": 8_041}),
    "aircraft": PublishedClasses(100, {"train": 6_667, "test": 3_333}),
    "dogs": PublishedClasses(120, {"train": 12_000, "test": 8_580}),
    "nabirds": PublishedClasses(555, {"train": 23_929, "test": 24_633}),
    "flowers": PublishedClasses(102, {"train": 1_020, "val": 1_020, "test": 6_149}),
    "inat2017": PublishedClasses(5_089, {"train": 579_184, "test": 95_986}),
    "inat2018": PublishedClasses(8_142, {"train": 437_513, "test": 24_426}),
    "inat2019": PublishedClasses(1_010, {"train": 265_213, "test": 3_030}),
    "inat2021": PublishedClasses(10_000, {"train": 2_686_843, "test": 100_000}),
    "inat2021-mini": PublishedClasses(10_000, {"train": 500_000, "test": 100_000}),
}
"""By name. Validation images that were drawn from training count as training."""


def class_count_remarks(name: str, table: RecordTable) -> tuple[str, ...]:
    """How a table differs from the published data set of that name, a line each.

    A drawn copy differs in everything, and one line says so.

    Args:
        name: a name of `PUBLISHED_CLASSES`.
        table: the data set as it was read.

    Raises:
        ConfigError: no published data set has that name.
    """
    if name not in PUBLISHED_CLASSES:
        names = ", ".join(PUBLISHED_CLASSES)
        raise ConfigError(f"{name!r} is no published data set; these are {names}")
    published = PUBLISHED_CLASSES[name]
    if (table.root / DRAWN_NAME).is_file():
        counts = " and ".join(f"{n:,} {_called(split)}" for split, n in published.images.items())
        return (
            f"{name}: a drawn set of {len(table.class_names)} classes; the published one has "
            f"{published.classes}, with {counts} images",
        )
    found = Counter(record.split for record in table.records)
    if "val" not in published.images:
        found["train"] += found["val"]
    lines = [
        f"{name}: {found[split]:,} {_called(split)} images, published are {count:,}"
        for split, count in published.images.items()
        if found[split] != count
    ]
    classes = len({record.label for record in table.records})
    if classes != published.classes:
        lines.append(
            f"{name}: {classes:,} classes with images, published are {published.classes:,}"
        )
    return tuple(lines)


def _called(split: str) -> str:
    return {"train": "training", "val": "validation"}.get(split, split)
