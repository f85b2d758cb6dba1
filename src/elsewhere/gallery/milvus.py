"""A gallery on a Milvus server or cluster, where many machines add and search.

Two collections: images, each under the hash of its content, and history. Milvus knows no
transactions: what is going to be done is written into the history first, so that undoing finds it
whenever a process dies; an image is whole or not there.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from elsewhere.errors import CheckpointError, ConfigError, ElsewhereError, one_line
from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.database import (
    NOTHING,
    Action,
    Change,
    Event,
    Held,
    Hits,
    LeftOut,
    State,
)
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.milvus_rows import (
    EVENT,
    IMAGE,
    as_event,
    as_row,
    expression,
    from_event,
    from_row,
    keys_expression,
    rule_expression,
)
from elsewhere.retrieval.answers import Found
from elsewhere.retrieval.similarity import on_grid

EXACT = 1_000_000
"""Images up to which every vector is compared; beyond, an index is built."""
_HNSW = {"M": 32, "efConstruction": 200}
_DEPTH = 256
"""Candidates that the index keeps while it searches, at least."""
_MOST, _SPARE, _PAGE = 16_384, 16, 1000
_PLACE = re.compile(r"(https?://[^/#?]+)(?:/([A-Za-z_][A-Za-z0-9_]*))?/?")

_NOISY = ("pymilvus.client.iterator.query_iterator", "pymilvus.orm.iterator")
"""Loggers that warn at every query of Milvus Lite, which tells pymilvus no time of its own."""


class MilvusDatabase:
    """A gallery on a server.

    Attributes:
        place: the server's address, and behind a slash the gallery's name there.
    """

    def __init__(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if not found:
            raise ConfigError(f"{place}: write a server as http://HOST:19530/NAME, NAME in letters")
        self.place = place
        self._address = found[1]
        name = found[2] or "gallery"
        self._images, self._history = f"{name}_images", f"{name}_history"

    @cached_property
    def _client(self) -> Any:
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise ElsewhereError(
                "a gallery on a server needs pymilvus: pip install 'elsewhere[gallery]'"
            ) from error
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        return MilvusClient(self._address, timeout=60)

    def settings(self) -> dict[str, Any] | None:
        """What the gallery was made with; None where there is no gallery yet."""
        with self._asking() as client:
            if not client.has_collection(self._history):
                return None
            rows = client.query(self._history, ids=["settings"], output_fields=["document"])
        found: dict[str, Any] | None = json.loads(rows[0]["document"]) if rows else None
        return found

    def create(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Make a gallery; where another process was quicker, its settings come back."""
        with self._asking() as client:
            for name, fields, size in (
                (self._images, IMAGE, settings["dimension"]),
                (self._history, EVENT, 2),
            ):
                if not client.has_collection(name):
                    self._make(name, fields, size)
            there = self.settings()
            if there is None:
                document = json.dumps(dict(settings), ensure_ascii=False)
                row = {"number": "settings", "document": document, "key": "", "vector": [0.0, 1.0]}
                client.upsert(self._history, [row])
        return self.settings() or dict(settings)

    def find(self, keys: Sequence[str]) -> dict[str, Held]:
        """What is known of images, removed ones too, by key."""
        rows = self._rows(keys_expression("key", keys)) if keys else []
        return {row["key"]: from_row(row) for row in rows}

    def find_paths(self, paths: Sequence[str]) -> dict[str, list[Held]]:
        """The same by the paths that they were added by."""
        found: dict[str, list[Held]] = {}
        for start in range(0, len(paths), _PAGE):
            part = paths[start : start + _PAGE]
            for row in self._rows(keys_expression("path", part)):
                found.setdefault(row["path"], []).append(from_row(row))
        return found

    def add(
        self, entries: Sequence[Entry], vectors: Float[np.ndarray, "images size"], action: Action
    ) -> int:
        """Add images that are not there; says how many were not. Removed ones come back."""
        known = self.find([entry.key for entry in entries])
        rows, changes = [], []
        now = time.time_ns()
        for place, (entry, vector) in enumerate(zip(entries, vectors.tolist(), strict=True)):
            held = known.get(entry.key)
            if held is not None and held.present:
                continue
            before = held.state if held else State(False, None)
            label = entry.label or before.label
            changes.append(Change(entry.key, before, State(True, label)))
            rows.append(as_row(entry._replace(label=label), vector, now + place))
            known[entry.key] = Held(entry, True)
        self._write(rows, changes, action)
        self._index_where_large()
        return len(changes)

    def change(self, changes: Sequence[Change], action: Action) -> None:
        """Change the states of images."""
        states = {change.key: change.after for change in changes}
        rows = self._rows(keys_expression("key", list(states)), vectors=True) if states else []
        for row in rows:
            after = states[row["key"]]
            row |= {"present": after.present, "label": after.label or ""}
        self._write(rows, changes, action)

    def entries(
        self, conditions: Sequence[Condition] = (), *, removed: bool = False
    ) -> list[Entry]:
        """The images that fulfil conditions, in the order of adding; perhaps removed ones too."""
        rows = self._rows(expression(conditions, removed))
        return [from_row(row).entry for row in sorted(rows, key=lambda row: row["added"])]

    def count(
        self,
        conditions: Sequence[Condition] = (),
        most: int | None = None,
        *,
        removed: bool = False,
    ) -> int:
        """How many images fulfil conditions, counted no further than to `most`."""
        count = self._count(expression(conditions, removed))
        return count if most is None else min(count, most)

    def columns(self) -> list[str]:
        """What lists have said of the images that are there, besides what is known of every one."""
        return sorted({name for entry in self.entries() for name in entry.columns})

    def vectors(self, keys: Sequence[str]) -> Float[np.ndarray, "images size"]:
        """Vectors of images, of length one."""
        rows = self._rows(keys_expression("key", keys), vectors=True)
        found = {row["key"]: row["vector"] for row in rows}
        return np.array([found[key] for key in keys], np.float32)

    def nearest(
        self,
        queries: Float[np.ndarray, "queries size"],
        k: int,
        conditions: Sequence[Condition],
        left_out: Sequence[LeftOut],
    ) -> list[Hits]:
        """The nearest images and individuals of each query."""
        found = []
        for query, rule in zip(queries, left_out, strict=True):
            where = " and ".join([expression(conditions), *rule_expression(rule)])
            images = self._search(query, k + _SPARE, where)
            named = self._named(query, k, f'{where} and label != ""')
            counts = {each.name: 0 for each in [*images[:k], *named]}
            for name in filter(None, counts):
                counts[name] = self._count(f"{where} and label == {json.dumps(name)}")
            found.append(Hits(*(tuple(each._replace(images=counts[each.name]) for each in side)
                                for side in (images[:k], named))))  # fmt: skip
        return found

    def history(self) -> list[Event]:
        """Everything that was ever done, the oldest first."""
        fields = ["number", "document"]
        rows = self._pages(self._history, 'number != "settings"', fields)
        return [from_event(row) for row in sorted(rows, key=lambda row: row["number"])]

    def forget(self, keys: Sequence[str]) -> None:
        """Wipe images out, their vectors and history with them; nobody can undo it."""
        if not keys:  # no list of ids would be taken for a mistake
            return
        with self._asking() as client:
            client.delete(self._images, ids=list(keys))
            client.delete(self._history, filter=keys_expression("key", keys))
        self._write([], [NOTHING] * len(keys), Action.now("forget"))

    def search_words(self) -> str:
        """How `nearest` searches now."""
        with self._asking() as client:
            kind = client.describe_index(self._images, "vector")["index_type"]
        if kind == "FLAT":
            return "exact: Milvus compares every vector"
        return f"by Milvus's index {kind} ({_HNSW}, {_DEPTH} candidates): near, not exact"

    def _make(self, name: str, fields: Mapping[str, tuple[str, int]], size: int) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        for number, (field, (kind, length)) in enumerate(fields.items()):
            more = {"max_length": length} if length else {}
            schema.add_field(field, getattr(DataType, kind), is_primary=number == 0, **more)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=size)
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        made = {"schema": schema, "index_params": index, "consistency_level": "Strong"}
        self._client.create_collection(name, **made)

    def _write(
        self, rows: Sequence[Mapping[str, Any]], changes: Sequence[Change], action: Action
    ) -> None:
        first = time.time_ns()
        events = [as_event(first + n, Event(action, change)) for n, change in enumerate(changes)]
        with self._asking() as client:
            for name, several in ((self._history, events), (self._images, rows)):
                for start in range(0, len(several), _PAGE):
                    client.upsert(name, list(several[start : start + _PAGE]))

    def _rows(self, where: str, vectors: bool = False) -> list[dict[str, Any]]:
        fields = [*IMAGE, "vector"] if vectors else [*IMAGE]
        return self._pages(self._images, where, fields)

    def _pages(self, name: str, where: str, fields: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with self._asking() as client:
            pages = client.query_iterator(
                name, batch_size=_PAGE, filter=where, output_fields=fields
            )
            while page := pages.next():
                found.extend(page)
            pages.close()
        return found

    def _count(self, where: str) -> int:
        with self._asking() as client:
            rows = client.query(self._images, filter=where, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def _search(self, query: np.ndarray, limit: int, where: str) -> list[Found]:
        """The nearest images; of what the server found, similarities are computed anew."""
        limit = min(limit, _MOST)
        with self._asking() as client:
            (found,) = client.search(
                self._images, [query.tolist()], filter=where, limit=limit,
                output_fields=[*IMAGE, "vector"],
                search_params={"params": {"ef": max(_DEPTH, limit)}},
            )  # fmt: skip
        rows = [{**hit["entity"], "key": hit["entity"].get("key", hit.get("key"))} for hit in found]
        if not rows:
            return []
        vectors = on_grid(np.array([row["vector"] for row in rows], np.float32))
        exact = (vectors * on_grid(query[None])).sum(axis=1).clip(-1, 1).tolist()
        hits = [(from_row(row).entry.found(value), row["added"])
                for row, value in zip(rows, exact, strict=True)]  # fmt: skip
        hits.sort(key=lambda pair: (-pair[0].similarity, pair[1]))
        return [hit for hit, _ in hits]

    def _named(self, query: np.ndarray, k: int, where: str) -> list[Found]:
        """The best image of each of the nearest individuals."""
        limit = k + _SPARE
        while True:
            hits = self._search(query, limit, where)
            best = {hit.name: hit for hit in reversed(hits)}
            if len(best) >= k + 1 or len(hits) < limit or limit >= _MOST:
                return sorted(best.values(), key=hits.index)[:k]
            limit = min(8 * limit, _MOST)

    def _index_where_large(self) -> None:
        """Have the server build an index once comparing every vector takes too long."""
        with self._asking() as client:
            count = int(client.get_collection_stats(self._images)["row_count"])
            if count <= EXACT or client.describe_index(self._images, "vector")["index_type"] != (
                "FLAT"
            ):
                return
            index = client.prepare_index_params()
            index.add_index("vector", index_type="HNSW", metric_type="IP", params=_HNSW)
            client.release_collection(self._images)
            client.drop_index(self._images, "vector")
            client.create_index(self._images, index)
            client.load_collection(self._images)

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        try:
            yield self._client
        except (ElsewhereError, AssertionError):
            raise
        except (KeyError, IndexError, json.JSONDecodeError) as error:
            raise CheckpointError(f"{self.place}: no gallery, or damaged ({error!r})") from error
        except Exception as error:  # pymilvus and grpc have families of their own
            raise ElsewhereError(
                f"{self.place}: {one_line(str(error))[:200]}; see that the server runs there"
            ) from error
