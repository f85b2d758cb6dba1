"""How many images, classes and identities the published data sets have, and how a copy differs.

Where the paper (Rao et al., ICCV 2021, sections 4.2 and 4.3) prints another number than the files
hold, both stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from elsewhere.data.records import DRAWN_NAME, RecordTable
from elsewhere.errors import ConfigError


class Count(NamedTuple):
    """One split of a published data set, as its files hold it and its usual readers use it.

    Distractors count as identities as they are labelled; None where all splits show the same
    classes. `note` is another number in circulation, for a remark.
    """

    images: int
    identities: int | None = None
    note: str = ""


@dataclass(frozen=True)
class PublishedSet:
    """What is published of a data set: counts by split, and how many classes and cameras.

    Classes are None of individuals, cameras 0 where images name none. `otherwise` has further
    numbers of training images with what explains them.
    """

    splits: Mapping[str, Count]
    classes: int | None = None
    cameras: int = 0
    otherwise: Mapping[int, str] = field(default_factory=dict)


def _classes(classes: int, **images: int) -> PublishedSet:
    return PublishedSet({split: Count(count) for split, count in images.items()}, classes)


_MSMT17 = PublishedSet(
    {"train": Count(30_248, 1_041), "query": Count(11_659, 3_060), "gallery": Count(82_161, 3_060)},
    cameras=15,
    otherwise={32_621: "the validation list's 2,373 are among them, the paper trains without"},
)
_VEHICLEID_TRAIN = Count(113_346, 13_164, "the paper prints 110,178 of 13,134")
PUBLISHED: Mapping[str, PublishedSet] = {
    "cub": _classes(200, train=5_994, test=5_794),
    "cars": _classes(196, train=8_144, test=8_041),
    "aircraft": _classes(100, train=6_667, test=3_333),
    "dogs": _classes(120, train=12_000, test=8_580),
    "nabirds": _classes(555, train=23_929, test=24_633),
    "flowers": _classes(102, train=1_020, val=1_020, test=6_149),
    "inat2017": _classes(5_089, train=579_184, test=95_986),
    "inat2018": _classes(8_142, train=437_513, test=24_426),
    "inat2019": _classes(1_010, train=265_213, test=3_030),
    "inat2021": _classes(10_000, train=2_686_843, test=100_000),
    "inat2021-mini": _classes(10_000, train=500_000, test=100_000),
    "market": PublishedSet(
        {
            "train": Count(12_936, 751, "the paper prints 12,968"),
            "query": Count(3_368, 750),
            "gallery": Count(15_913, 751, "19,732 with junk; the distractors count as one more"),
        },
        cameras=6,
    ),
    "duke": PublishedSet(
        {
            "train": Count(16_522, 702),
            "query": Count(2_228, 702),
            "gallery": Count(17_661, 1_110, "408 of these are seen by one camera only"),
        },
        cameras=8,
    ),
    "msmt17": _MSMT17,
    "msmt17-v1": _MSMT17,
    "msmt17-v2": _MSMT17,
    "veri": PublishedSet(
        {
            "train": Count(37_778, 576),
            "query": Count(1_678, 200),
            "gallery": Count(11_579, 200, "a table of the paper prints 11,587"),
        },
        cameras=20,
    ),
    "vehicleid-800": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(6_493, 800)}),
    "vehicleid-1600": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(13_377, 1_600)}),
    "vehicleid-2400": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(19_777, 2_400)}),
}
"""By name. Validation images that were drawn from those of training count as training."""


def count_remarks(name: str, table: RecordTable) -> tuple[str, ...]:
    """How a table differs from the published data set of that name, a line each.

    A smaller copy, such as a drawn one, differs in every number; that is said, of classes in one
    line, and is no error.

    Args:
        name: a name of `PUBLISHED`.
        table: the data set as it was read.

    Raises:
        ConfigError: no published data set has that name.
    """
    if name not in PUBLISHED:
        raise ConfigError(f"{name!r} is no published data set; these are {', '.join(PUBLISHED)}")
    published = PUBLISHED[name]
    if published.classes is not None and (table.root / DRAWN_NAME).is_file():
        counts = (f"{count.images:,} {_called(s)}" for s, count in published.splits.items())
        return (
            f"{name}: a drawn set of {len(table.class_names)} classes; the published one has "
            f"{published.classes}, with {' and '.join(counts)} images",
        )
    labels: dict[str, list[str]] = {split: [] for split in published.splits}
    for record in table.records:
        drawn = record.split == "val" and "val" not in published.splits
        labels.setdefault("train" if drawn else record.split, []).append(record.label)
    lines = [line for split in published.splits for line in _differences(published, split, labels)]
    if published.classes is None:
        cameras = len({record.camera for record in table.records} - {None})
        if cameras != published.cameras:
            lines.append(f"{cameras} cameras, published are {published.cameras}")
    else:
        classes = len({record.label for record in table.records})
        if classes != published.classes:
            lines.append(f"{classes:,} classes with images, published are {published.classes:,}")
    return tuple(f"{name}: {line}" for line in lines)


def _differences(published: PublishedSet, split: str, labels: Mapping[str, list[str]]) -> list[str]:
    """How the images and identities of one split differ."""
    count, what = published.splits[split], _called(split)
    images, identities = len(labels[split]), len(set(labels[split]))
    note = f" ({count.note})" if count.note else ""
    if split == "train" and images in published.otherwise:
        note = f" ({published.otherwise[images]})"
    lines = []
    if images != count.images:
        lines.append(f"{images:,} {what} images, published are {count.images:,}{note}")
    if count.identities not in (None, identities):
        lines.append(
            f"{identities:,} {what} identities, published are {count.identities:,}"
            + (note if images == count.images else "")
        )
    return lines


def _called(split: str) -> str:
    return {"train": "training", "val": "validation"}.get(split, split)
