"""How training and test differ in what the birds of a class look like and where they are (fig. 2).

Everything here is counted over images of one class. A class has few images, so part of every
difference is chance: what random splits of the same images would give stands beside it.
"""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from elsewhere.data.records import Record, RecordTable, enumerate_names
from elsewhere.data.sets.classes.cub import CubAttributes
from elsewhere.errors import ConfigError, DataError
from elsewhere.reproduce.sets import readable_name

TRAINING, TEST = ("train", "val"), ("test",)
"""Splits that count as training, be some of it drawn for validation, and as test."""

Table = Bool[np.ndarray, "images things"]


class Share(NamedTuple):
    """In how many images of one class something was seen.

    Attributes:
        name: of the attribute or environment.
        train: in how many training images, and of how many.
        test: the same of test images.
    """

    name: str
    train: tuple[int, int]
    test: tuple[int, int]

    @property
    def total(self) -> float:
        """Share of all images, 0 where there are none."""
        return (self.train[0] + self.test[0]) / max(self.train[1] + self.test[1], 1)

    @property
    def difference(self) -> float:
        """Share of training images less that of test images; NaN where a split has none."""
        (seen, of), (other, of_other) = self.train, self.test
        return seen / of - other / of_other if of and of_other else math.nan


class ClassBias(NamedTuple):
    """How training and test images of one class differ.

    Attributes:
        class_name: as the set calls it.
        images: how many training images and how many test images it has.
        frequent: attributes seen most often, most frequent first.
        different: of the others, those whose shares differ most, most different first.
        largest: largest difference of any attribute's shares, as a fraction; NaN where none can
            be compared.
        largest_by_chance: the same if the images were split at random, on average.
        splits: random splits that it is the average of.
        environments: most frequent first; empty where none is known.
        unknown: images without a known environment, training and test.
    """

    class_name: str
    images: tuple[int, int]
    frequent: tuple[Share, ...]
    different: tuple[Share, ...]
    largest: float
    largest_by_chance: float
    splits: int
    environments: tuple[Share, ...]
    unknown: tuple[int, int]


class EnvironmentDistance(NamedTuple):
    """How far training and test are apart in their environments, over the classes of a set.

    Attributes:
        mean: total variation distance between the two, in 0..1, averaged over classes; NaN where
            there is no class to average over.
        by_chance: the same if each class's images were split at random, on average.
        by_class: distance of each class that has known environments in both.
        left_out: classes that have not.
        unknown: images whose environment is not known.
    """

    mean: float
    by_chance: float
    by_class: dict[str, float]
    left_out: int
    unknown: int


def class_bias(
    attributes: CubAttributes,
    table: RecordTable,
    class_name: str,
    *,
    environments: Mapping[str, str] | None = None,
    most: int = 10,
    splits: int = 200,
) -> ClassBias:
    """Count how often each attribute and environment was seen in a class's two splits.

    Half of the attributes chosen are those seen in the largest share of all images of the class;
    those seen in every image or in none are left out. The other half are, of the rest, those whose
    shares in training and test differ most. Where two are alike, the set's order decides.

    Args:
        attributes: of `read_cub_attributes`.
        table: of `read_cub`, or one with some training images drawn for validation; these count
            as training.
        class_name: with or without its number, underscores and capitals: "Ringed Kingfisher".
        environments: of `read_environments`.
        most: attributes to choose.
        splits: random splits to compare with, the same every time.

    Raises:
        ConfigError: there is no such class.
        DataError: the attributes are not those of the table's images.
    """
    name = find_class(table.class_names, class_name)
    records = [r for r in table.records if r.label == name and r.split in TRAINING + TEST]
    trained, random = _trained(records), np.random.default_rng(0)
    seen, counted = _labels(attributes, table, records)
    shares = _shares(attributes.names, seen, counted, trained)
    gaps = [abs(share.difference) for share in shares if math.isfinite(share.difference)]
    return ClassBias(
        name,
        (int(trained.sum()), int((~trained).sum())),
        *_choose(shares, most),
        max(gaps, default=math.nan),
        _mean([_largest(seen, counted, random.permutation(trained)) for _ in range(splits)]),
        splits,
        *_around(records, environments or {}, trained),
    )


def environment_distance(
    table: RecordTable, environments: Mapping[str, str], *, splits: int = 20
) -> EnvironmentDistance:
    """Compare training and test in their environments, class by class.

    The paper shows one class and gives no such number. Few images make any two samples differ, so
    the same number for random splits stands beside it; only what goes beyond that is bias.
    """
    random = np.random.default_rng(0)
    by_class: dict[str, float] = {}
    chance = []
    by_label: dict[str, list[Record]] = {name: [] for name in table.class_names}
    for record in table.records:
        if record.split in TRAINING + TEST and record.path in environments:
            by_label[record.label].append(record)
    for name, records in by_label.items():
        trained = _trained(records)
        if trained.any() and not trained.all():
            _, seen, _ = _environments(records, environments)
            by_class[name] = _variation(seen, trained)
            chance += [_variation(seen, random.permutation(trained)) for _ in range(splits)]
    counted = [record for record in table.records if record.split in TRAINING + TEST]
    return EnvironmentDistance(
        _mean([*by_class.values()]),
        _mean(chance),
        by_class,
        len(by_label) - len(by_class),
        sum(record.path not in environments for record in counted),
    )


def find_class(names: Sequence[str], wanted: str) -> str:
    """The class that is meant: its number, underscores, hyphens and capitals may be left out.

    Raises:
        ConfigError: there is none, with those that come near, or more than one.
    """
    if wanted in names:
        return wanted
    plain = [_plain(name) for name in names]
    found = [name for name, each in zip(names, plain, strict=True) if each == _plain(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"{wanted!r} may be {enumerate_names(found)}: give the whole name")
    near = [names[plain.index(each)] for each in get_close_matches(_plain(wanted), plain, 3)]
    hint = f"did you mean {enumerate_names(near)}?" if near else f"it has {enumerate_names(names)}"
    raise ConfigError(f"the set has no class {wanted!r}; {hint}")


def _plain(name: str) -> str:
    return " ".join(readable_name(name.strip()).replace("-", " ").casefold().split())


def _trained(records: Sequence[Record]) -> Bool[np.ndarray, " images"]:
    """Whether each image is for training."""
    return np.array([record.split in TRAINING for record in records], dtype=np.bool_)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _labels(
    attributes: CubAttributes, table: RecordTable, records: Sequence[Record]
) -> tuple[Table, Table]:
    """Which attributes were seen in each image, and which labels were given, of any certainty."""
    row_of = {path: row for row, path in enumerate(attributes.paths)}
    for record in records:
        if record.path not in row_of:
            raise DataError(
                f"{table.root / record.path}: the attributes say nothing of it; read both from "
                "one folder"
            )
    rows = [row_of[record.path] for record in records]
    counted = attributes.certainty[rows] >= 1
    return attributes.present[rows] & counted, counted


def _environments(
    records: Sequence[Record], environments: Mapping[str, str]
) -> tuple[list[str], Table, Bool[np.ndarray, " images"]]:
    """The places that occur, by name; which image is in which; whether that is known."""
    where = [environments.get(record.path) for record in records]
    places = sorted({place for place in where if place is not None})
    seen = np.array([[at == place for place in places] for at in where], dtype=np.bool_)
    known = np.array([at is not None for at in where], dtype=np.bool_)
    return places, seen.reshape(len(records), len(places)), known


def _around(
    records: Sequence[Record],
    environments: Mapping[str, str],
    trained: Bool[np.ndarray, " images"],
) -> tuple[tuple[Share, ...], tuple[int, int]]:
    """Shares of environments, most frequent first; how many images of each split have none."""
    places, seen, known = _environments(records, environments)
    shares = _shares(places, seen, np.broadcast_to(known[:, None], seen.shape), trained)
    missing = (int((trained & ~known).sum()), int((~trained & ~known).sum()))
    return tuple(sorted(shares, key=lambda share: -share.total)), missing


def _shares(
    names: Sequence[str], seen: Table, counted: Table, trained: Bool[np.ndarray, " images"]
) -> list[Share]:
    sums = [(each[trained].sum(0), each[~trained].sum(0)) for each in (seen, counted)]
    (train, test), (of_train, of_test) = sums
    return [
        Share(name, (int(train[n]), int(of_train[n])), (int(test[n]), int(of_test[n])))
        for n, name in enumerate(names)
    ]


def _choose(shares: Sequence[Share], most: int) -> tuple[tuple[Share, ...], tuple[Share, ...]]:
    """By the rule of `class_bias`; sorting keeps the order of those alike."""
    varied = [share for share in shares if 0 < share.total < 1]
    frequent = sorted(varied, key=lambda share: -share.total)[: (most + 1) // 2]
    rest = [s for s in shares if s not in frequent and abs(s.difference) > 0]  # not NaN either
    different = sorted(rest, key=lambda share: -abs(share.difference))[: most // 2]
    return tuple(frequent), tuple(different)


def _gaps(
    seen: Table, counted: Table, trained: Bool[np.ndarray, " images"]
) -> Float[np.ndarray, " compared"]:
    """Sizes of the differences between shares, of those that can be compared."""
    of, of_rest = counted[trained].sum(0), counted[~trained].sum(0)
    both = (of > 0) & (of_rest > 0)
    share = seen[trained].sum(0)[both] / of[both]
    gaps: np.ndarray = np.abs(share - seen[~trained].sum(0)[both] / of_rest[both])
    return gaps


def _largest(seen: Table, counted: Table, trained: Bool[np.ndarray, " images"]) -> float:
    return float(_gaps(seen, counted, trained).max(initial=0.0))


def _variation(seen: Table, trained: Bool[np.ndarray, " images"]) -> float:
    """Total variation: half of the sum of all differences."""
    return float(_gaps(seen, np.ones_like(seen), trained).sum() / 2)
