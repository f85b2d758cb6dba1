"""Who queries whom in a test of re-identification, and on what."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from elsewhere.data.junk import JunkRule
from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import ConfigError, DataError


class Sides(NamedTuple):
    """Who is looked for among whom, in one trial: images that ask, and images that are searched."""

    query: Sequence[Record]
    gallery: Sequence[Record]


class Trial(NamedTuple):
    """One way of asking.

    Attributes:
        query: rows of the table that ask.
        gallery: rows of the table that are searched.
        junk: pairs of a place in `query` and a place in `gallery` that must not meet: such a
            gallery image counts neither as right nor as wrong for this query.
    """

    query: Int64[Tensor, " queries"]
    gallery: Int64[Tensor, " gallery"]
    junk: Int64[Tensor, "pairs 2"]

    def sides(self, table: RecordTable) -> Sides:
        """The records that ask, and those that are searched."""
        return Sides(*([table.records[row] for row in rows.tolist()] for rows in self[:2]))


class Protocol(ABC):
    """A rule that makes trials of a table; figures are the mean over the trials.

    Attributes:
        uses_cameras: leave out, for each query, images of its identity by its own camera.
    """

    uses_cameras: bool = False

    @property
    @abstractmethod
    def name(self) -> str:
        """What results are stored under; two protocols of one name are the same protocol."""

    @abstractmethod
    def trials(self, table: RecordTable, seed: int) -> list[Trial]:
        """Make the trials of a test set.

        Args:
            table: the set's images.
            seed: of the draws, where the protocol draws.

        Raises:
            DataError: the table cannot be tested so.
        """


def copies_in(trial: Trial, table: RecordTable) -> Int64[Tensor, "pairs 2"]:
    """Pairs of a query and another gallery image with the same bytes, as places in a trial."""
    place_of = [{row: n for n, row in enumerate(side.tolist())} for side in trial[:2]]
    pairs = [
        (place_of[0][a], place_of[1][b])
        for group in table.copies
        for a in group
        for b in group
        if a != b and a in place_of[0] and b in place_of[1]
    ]
    return torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2)


class QueryGallery(Protocol):
    """The images of splits query and gallery, as a data set divides them.

    Args:
        cameras: leave out images of the query's identity by the query's camera, as all published
            scores of sets with cameras do.
    """

    def __init__(self, cameras: bool = True) -> None:
        self.uses_cameras = cameras

    @property
    def name(self) -> str:
        """What results are stored under."""
        return "query-gallery" + _cameras(self.uses_cameras)

    def trials(self, table: RecordTable, seed: int) -> list[Trial]:  # noqa: ARG002
        """Make the one trial there is.

        Raises:
            DataError: the table has no queries or no gallery.
        """
        sides = {
            side: [row for row, record in enumerate(table.records) if record.part == side]
            for side in ("query", "gallery")
        }
        for side, rows in sides.items():
            if not rows:
                raise DataError(
                    f"{table.root}: no images in split {side!r}; its splits: "
                    f"{', '.join(table.splits) or 'none'}"
                )
        return [Trial(_rows(sides["query"]), _rows(sides["gallery"]), _NO_PAIRS)]


class EachAgainstRest(Protocol):
    """Every image asks all others.

    Args:
        junk: what else a query is not scored by.
        cameras: leave out images of the query's identity by the query's camera.
    """

    def __init__(self, junk: JunkRule | None = None, cameras: bool = False) -> None:
        self.junk = junk
        self.uses_cameras = cameras

    @property
    def name(self) -> str:
        """What results are stored under."""
        rule = f", {self.junk.name}" if self.junk else ""
        return "each-against-rest" + _cameras(self.uses_cameras) + rule

    def trials(self, table: RecordTable, seed: int) -> list[Trial]:  # noqa: ARG002
        """Make the one trial there is; every image is junk to itself.

        Raises:
            DataError: there are fewer than two images, or an attribute of the junk rule is missing.
        """
        if len(table) < 2:
            raise DataError(f"{table.root}: {len(table)} image to test with, none to find")
        rows = torch.arange(len(table))
        junk = rows[:, None].expand(-1, 2)
        if self.junk is not None:
            junk = torch.cat([junk, torch.from_numpy(self.junk.pairs(table))])
        return [Trial(rows, rows, junk.contiguous())]


class KPerIdentity(Protocol):
    """Draw some images of each identity, several times over, and let the others ask.

    With one image each in the gallery and ten draws it is the protocol of VehicleID. An identity
    with no more images than are drawn is drawn whole, and so asks nothing, but disturbs others.
    Which images are drawn depends on the seed and on the images' paths alone.

    Args:
        k: images drawn of each identity.
        draws: number of trials.
        drawn: what the drawn images are. `query` is the reverse of VehicleID's protocol: the rest
            of an identity is then found in the gallery, which is far easier.

    Raises:
        ConfigError: k or draws is below 1.
    """

    def __init__(
        self, k: int = 1, draws: int = 10, drawn: Literal["gallery", "query"] = "gallery"
    ) -> None:
        if k < 1 or draws < 1:
            raise ConfigError(f"k={k}, draws={draws}: at least 1 each, please")
        self.k = k
        self.draws = draws
        self.drawn = drawn

    @property
    def name(self) -> str:
        """What results are stored under."""
        draws = f"{self.draws} draw" + ("s" if self.draws > 1 else "")
        if self.drawn == "gallery":
            return f"k-per-identity, {self.k} in the gallery, {draws}"
        return f"k-per-identity, {self.k} as query, {draws} (reverse of VehicleID's)"

    def trials(self, table: RecordTable, seed: int) -> list[Trial]:
        """Draw the trials.

        Raises:
            DataError: no image is left beside the drawn ones.
        """
        return [self._trial(table, mix_seed("protocol", seed, n)) for n in range(self.draws)]

    def _trial(self, table: RecordTable, seed: int) -> Trial:
        rows: dict[str, list[tuple[bytes, int]]] = {}
        for row, record in enumerate(table.records):
            lot = sha256(f"{seed}/{record.path}".encode("utf-8", "surrogateescape")).digest()
            rows.setdefault(record.label, []).append((lot, row))
        drawn = {row for lots in rows.values() for _, row in sorted(lots)[: self.k]}
        rest = [row for row in range(len(table)) if row not in drawn]
        if not rest:
            raise DataError(
                f"{table.root}: no identity has more than {self.k} test images, so drawing "
                f"{self.k} of each leaves none; set the protocol's k lower or add images"
            )
        both = _rows(rest), _rows(sorted(drawn))
        query, gallery = both if self.drawn == "gallery" else both[::-1]
        return Trial(query, gallery, _NO_PAIRS)


_NO_PAIRS = torch.empty(0, 2, dtype=torch.int64)


def _rows(rows: Sequence[int]) -> Int64[Tensor, " rows"]:
    return torch.tensor(rows, dtype=torch.int64)


def _cameras(used: bool) -> str:
    return ", other cameras" if used else ""


_SEARCHED = ("query", "gallery")
_VEHICLEID = ("vehicleid-800", "vehicleid-1600", "vehicleid-2400")


class TestSet(NamedTuple):
    """Images that are tested together: of split query and gallery, or all of one pool."""

    table: RecordTable
    protocol: Protocol

    @property
    def cameras(self) -> bool:
        """Whether images of the query's identity by its own camera are left out."""
        return self.protocol.uses_cameras

    def trials(self, seed: int) -> list[Trial]:
        """The protocol's trials, in none of which a query finds a copy of itself."""
        trials = []
        for trial in self.protocol.trials(self.table, seed):
            junk = torch.cat([trial.junk, copies_in(trial, self.table)])
            copied = len(junk) > len(trial.junk)
            trials.append(trial._replace(junk=torch.unique(junk, dim=0)) if copied else trial)
        return trials


TestSet.__test__ = False  # type: ignore[attr-defined]  # a name that pytest would take for a test


def find_test_sets(
    name: str, table: RecordTable, protocol: Protocol | None = None
) -> dict[str, TestSet]:
    """Find the test sets of a data set: test, or query with gallery, and each of these with -X.

    They are called as the data set, or NAME-X. Without a protocol, each is tested as fits it;
    cameras are minded where every image has one.
    """
    parts: dict[str, list[Record]] = {}
    for record in table.records:
        if record.part in ("test", *_SEARCHED):
            parts.setdefault(record.split.partition("-")[2], []).append(record)
    found: dict[str, TestSet] = {}
    for further, records in sorted(parts.items()):
        kinds = {record.part for record in records}
        if "test" in kinds and len(kinds) > 1:
            raise DataError(
                f"{table.root}: images of split test beside query and gallery; name one of them "
                "otherwise, such as test-pool"
            )
        part = part_of(table, records)
        fitting = protocol or _fitting_protocol(name, part)
        found[f"{name}-{further}" if further else name] = TestSet(part, fitting)
    return found


def part_of(table: RecordTable, records: Iterable[Record]) -> RecordTable:
    """Some records of a table, with the classes that occur among them."""
    chosen = tuple(records)
    return RecordTable(table.root, chosen, class_names_of(chosen))


def has_cameras(table: RecordTable) -> bool:
    """Whether each image names its camera."""
    return all(record.camera is not None for record in table.records)


def _fitting_protocol(name: str, part: RecordTable) -> Protocol:
    if part.records[0].part in _SEARCHED:
        return QueryGallery(has_cameras(part))
    if name in _VEHICLEID:
        return KPerIdentity()
    return EachAgainstRest(cameras=has_cameras(part))
