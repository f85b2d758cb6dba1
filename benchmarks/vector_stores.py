"""Places that keep vectors and search them, each behind the same few calls."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from elsewhere.gallery.database import Action, LeftOut
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.local import LocalDatabase
from elsewhere.retrieval import Embeddings, Share, StoreSettings
from elsewhere.retrieval.answers import number_individuals
from elsewhere.retrieval.shards import shard_name, write_shard
from elsewhere.retrieval.similarity import most_similar
from elsewhere.retrieval.store import schema
from elsewhere.structures import Preprocessing


class Own:
    """A gallery in its two files."""

    def __init__(self, folder: Path, size: int) -> None:
        self.database = LocalDatabase(folder / "herd.db")
        if self.database.settings() is None:
            self.database.create({"dimension": size})
        self.action = Action.now("add")

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        entries = [Entry(key, f"ind {int(key) % 5000}", f"c{int(key) % 6}", None, f"/{key}.jpg",
                         f"{key}.jpg", 1, 1, {}) for key in keys]  # fmt: skip
        self.database.add(entries, vectors, self.action)

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        (hits,) = self.database.nearest(vector[None], k, [], [LeftOut()])
        return [Path(hit.path).stem for hit in hits.images]

    def keys(self) -> list[str]:
        return [entry.key for entry in self.database.entries()]


class Store:
    """What `elsewhere embed` writes: shards of 1,024 vectors, and a table."""

    def __init__(self, folder: Path, size: int) -> None:
        made = Preprocessing((8, 8), (8, 8))
        self.folder = folder
        self.settings = StoreSettings("f", "embedding", False, made, size)
        self.rows: list[dict] = []

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        for start in range(0, len(keys), 1024):
            name = shard_name(Share(), len(self.rows))
            part = vectors[start : start + 1024]
            write_shard(self.folder / name, part, [], self.settings.digest, Share())
            for row, key in enumerate(keys[start : start + 1024]):
                label = f"ind {int(key) % 5000}"
                self.rows.append({"shard": name, "row": row, "path": key, "label": label})

    def finish(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_pylist(self.rows, schema())
        self.store = Embeddings(self.folder, self.settings, table)
        self.individuals = number_individuals(self.store)

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        blocks = (block for _, block in self.store.blocks(2**14))
        read, individuals = self.store.vectors, self.individuals
        images, _ = most_similar(vector[None], blocks, read, individuals, k)
        return [self.rows[row]["path"] for row in images.rows[0].tolist()]


class MilvusLite:
    """Milvus Lite in a local file, comparing every vector, or by HNSW."""

    kind = "FLAT"
    params: dict = {}  # noqa: RUF012 - of the class

    def __init__(self, folder: Path, size: int) -> None:
        from pymilvus import DataType, MilvusClient

        self.client = MilvusClient(str(folder / "milvus.db"))
        if not self.client.has_collection("images"):
            schema = self.client.create_schema()
            schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=64)
            schema.add_field("label", DataType.VARCHAR, max_length=64)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=size)
            index = self.client.prepare_index_params()
            index.add_index("vector", index_type=self.kind, metric_type="IP", params=self.params)
            self.client.create_collection("images", schema=schema, index_params=index)

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        rows = [{"key": key, "label": f"ind {int(key) % 5000}", "vector": vector}
                for key, vector in zip(keys, vectors, strict=True)]  # fmt: skip
        self.client.upsert("images", rows)

    def finish(self) -> None:
        self.client.flush("images")
        self.client.release_collection("images")
        self.client.load_collection("images")

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        (found,) = self.client.search("images", [vector.tolist()], limit=k, output_fields=["label"],
                                      search_params={"params": {"ef": 256}})  # fmt: skip
        return [hit["key"] if "key" in hit else hit["id"] for hit in found]

    def keys(self) -> list[str]:
        self.client.load_collection("images")
        pages = self.client.query_iterator("images", batch_size=1000, output_fields=["key"])
        found: list[str] = []
        while page := pages.next():
            found += [row["key"] for row in page]
        return found


class MilvusLiteHnsw(MilvusLite):
    """By an index."""

    kind, params = "HNSW", {"M": 32, "efConstruction": 200}


class Lance:
    """LanceDB in a local folder, comparing every vector."""

    def __init__(self, folder: Path, size: int) -> None:
        import lancedb
        import pyarrow as pa

        self.schema = pa.schema([("key", pa.string()), ("label", pa.string()),
                                 ("vector", pa.list_(pa.float32(), size))])  # fmt: skip
        self.table = lancedb.connect(str(folder)).create_table(
            "images", schema=self.schema, exist_ok=True
        )

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        import pyarrow as pa

        flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
        labels = [f"ind {int(key) % 5000}" for key in keys]
        table = pa.table([pa.array(keys), pa.array(labels), flat], schema=self.schema)
        self.table.merge_insert("key").when_not_matched_insert_all().execute(table)

    def finish(self) -> None:
        self.table.optimize()

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        found = self.table.search(vector).distance_type("dot").limit(k).select(["key", "label"])
        return [row["key"] for row in found.to_list()]

    def keys(self) -> list[str]:
        return list(self.table.to_arrow()["key"].to_pylist())


class FaissFlat:
    """faiss in memory, written to a file at the end: no database."""

    def __init__(self, folder: Path, size: int) -> None:
        self.file = folder / "faiss.index"
        self.index = self.make(size)

    def make(self, size: int):
        import faiss

        return faiss.IndexFlatIP(size)

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        del keys
        self.index.add(np.ascontiguousarray(vectors))

    def finish(self) -> None:
        import faiss

        faiss.write_index(self.index, str(self.file))

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        return [f"{row:09}" for row in self.index.search(vector[None], k)[1][0]]


class FaissHnsw(FaissFlat):
    """By an index."""

    def make(self, size: int):
        import faiss

        index = faiss.IndexHNSWFlat(size, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 200, 256
        return index


class Flat:
    """A float32 product with a matrix on disk, mapped into memory, and the k largest."""

    def __init__(self, folder: Path, size: int) -> None:
        self.file, self.size = folder / "vectors.bin", size

    def add(self, keys: Sequence[str], vectors: np.ndarray) -> None:
        del keys
        with self.file.open("ab") as file:
            file.write(vectors.tobytes())

    def finish(self) -> None:
        mapped = np.memmap(self.file, np.float32, "c").reshape(-1, self.size)
        self.matrix = torch.from_numpy(mapped)

    def query(self, vector: np.ndarray, k: int) -> list[str]:
        found = (self.matrix @ torch.from_numpy(vector)).topk(k).indices
        return [f"{row:09}" for row in found.tolist()]


WAYS = {
    "flat scan, mapped": Flat,
    "elsewhere gallery": Own,
    "elsewhere embed, search": Store,
    "Milvus Lite, FLAT": MilvusLite,
    "Milvus Lite, HNSW": MilvusLiteHnsw,
    "LanceDB, flat": Lance,
    "faiss, flat": FaissFlat,
    "faiss, HNSW": FaissHnsw,
}
