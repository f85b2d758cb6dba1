"""What a re-identification set is tested on, and by which protocol."""

from collections.abc import Iterable
from typing import NamedTuple

from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, Protocol, QueryGallery
from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.errors import DataError

_SEARCHED = ("query", "gallery")


class TestSet(NamedTuple):
    """Images that are tested together.

    Attributes:
        table: its images, of split query and gallery or all of one pool.
        protocol: who queries whom.
    """

    table: RecordTable
    protocol: Protocol


def find_test_sets(
    name: str, table: RecordTable, protocol: Protocol | None = None
) -> dict[str, TestSet]:
    """Find the test sets of a data set: test, or query with gallery, and each of these with -X.

    Args:
        name: what the data set is called; its test sets are called so, or NAME-X.
        table: the data set.
        protocol: how all are tested; by default what fits each of them. Cameras are minded where
            every image has one.

    Raises:
        DataError: the same test set is given both as a pool and as query with gallery.
    """
    parts: dict[str, list[Record]] = {}
    for record in table.records:
        kind, _, further = record.split.partition("-")
        if kind in ("test", *_SEARCHED):
            parts.setdefault(further, []).append(record)
    found: dict[str, TestSet] = {}
    for further, records in sorted(parts.items()):
        kinds = {record.split.partition("-")[0] for record in records}
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
    if part.records[0].split.partition("-")[0] in _SEARCHED:
        return QueryGallery(has_cameras(part))
    if name.startswith("vehicleid-"):
        return KPerIdentity()
    return EachAgainstRest(cameras=has_cameras(part))
