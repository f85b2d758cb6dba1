"""How many images and identities the published data sets have, and how a copy differs.

Where the paper (Rao et al., ICCV 2021, sections 4.2 and 4.3) prints another number than the files
hold, both stand here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from elsewhere.data.records import RecordTable
from elsewhere.errors import ConfigError


class Count(NamedTuple):
    """One split of a published data set.

    Attributes:
        images: how many images its files hold and its usual readers use.
        identities: how many identities these show, distractors counted as labelled.
        note: another number in circulation, for a remark; empty for none.
    """

    images: int
    identities: int
    note: str = ""


@dataclass(frozen=True)
class PublishedSet:
    """What is published of a data set.

    Attributes:
        splits: counts by split.
        cameras: how many cameras there are; 0 where images name none.
        otherwise: further numbers of training images with what explains them.
    """

    splits: Mapping[str, Count]
    cameras: int
    otherwise: Mapping[int, str] = field(default_factory=dict)


_MSMT17 = PublishedSet(
    {"train": Count(30_248, 1_041), "query": Count(11_659, 3_060), "gallery": Count(82_161, 3_060)},
    cameras=15,
    otherwise={32_621: "the validation list's 2,373 are among them, the paper trains without"},
)
_VEHICLEID_TRAIN = Count(113_346, 13_164, "the paper prints 110,178 of 13,134")
PUBLISHED: Mapping[str, PublishedSet] = {
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
    "vehicleid-800": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(6_493, 800)}, 0),
    "vehicleid-1600": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(13_377, 1_600)}, 0),
    "vehicleid-2400": PublishedSet({"train": _VEHICLEID_TRAIN, "test": Count(19_777, 2_400)}, 0),
}
"""By name. Validation images that were drawn from the training identities count as training."""


def count_remarks(name: str, table: RecordTable) -> tuple[str, ...]:
    """How a table differs from the published data set of that name, a line each.

    A smaller copy, such as a drawn one, differs in every number; that is said, and is no error.

    Args:
        name: a name of `PUBLISHED`.
        table: the data set as it was read.

    Raises:
        ConfigError: no published data set has that name.
    """
    if name not in PUBLISHED:
        raise ConfigError(f"{name!r} is no published data set; these are {', '.join(PUBLISHED)}")
    published = PUBLISHED[name]
    lines = []
    for split, count in published.splits.items():
        parts = {split, "val"} if split == "train" else {split}
        records = [record for record in table.records if record.split in parts]
        what = "training" if split == "train" else split
        lines.extend(_differences(f"{name}: ", what, count, published, [r.label for r in records]))
    cameras = len({record.camera for record in table.records} - {None})
    if cameras != published.cameras:
        lines.append(f"{name}: {cameras} cameras, published are {published.cameras}")
    return tuple(lines)


def _differences(
    start: str, what: str, count: Count, published: PublishedSet, labels: list[str]
) -> list[str]:
    images, identities = len(labels), len(set(labels))
    note = f" ({count.note})" if count.note else ""
    if what == "training" and images in published.otherwise:
        note = f" ({published.otherwise[images]})"
    lines = []
    if images != count.images:
        lines.append(f"{start}{images:,} {what} images, published are {count.images:,}{note}")
    if identities != count.identities:
        lines.append(
            f"{start}{identities:,} {what} identities, published are {count.identities:,}"
            + (note if images == count.images else "")
        )
    return lines
