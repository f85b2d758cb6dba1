"""Search over blocks, against a plain loop over all pairs."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elsewhere.ranking import nearest
from elsewhere.retrieval import Embeddings, Share, StoreSettings, unit_vectors
from elsewhere.retrieval.answers import number_individuals
from elsewhere.retrieval.shards import write_shard
from elsewhere.retrieval.similarity import most_similar
from elsewhere.retrieval.store import schema
from elsewhere.structures import Preprocessing


def write_store(folder, vectors, labels, shard=10):
    """A store on disk whose vectors are given."""
    made = StoreSettings("f", "embedding", False, Preprocessing((8, 8), (8, 8)), vectors.shape[1])
    rows = []
    for first in range(0, len(vectors), shard):
        name = f"embeddings-{first // shard:05d}.safetensors"
        part = vectors[first : first + shard]
        write_shard(folder / name, part, [], made.digest, Share())
        rows += [{"shard": name, "row": row, "path": str(first + row)} for row in range(len(part))]
    for row, label in zip(rows, labels, strict=True):
        row["label"] = label
    return Embeddings(folder, made, pa.Table.from_pylist(rows, schema()))


def draw(rows, size, seed):
    """Vectors in all directions."""
    rng = np.random.default_rng(seed)
    return unit_vectors(rng.standard_normal((rows, size), dtype=np.float32))


def few_directions(rng, rows, kinds=7, size=5):
    """Many equal vectors, so that ties are the rule."""
    vectors = rng.normal(size=(kinds, size)).astype(np.float32)
    return unit_vectors(vectors)[rng.integers(0, kinds, rows)]


def by_loops(queries, gallery, labels, k, left_out):
    """Nearest pictures, and nearest individuals by their best picture: (similarity, row)."""
    found = []
    for query, skipped in zip(queries.astype(np.float64), left_out, strict=True):
        similar = [
            (float(query @ row), place)
            for place, row in enumerate(gallery.astype(np.float64))
            if place not in skipped
        ]
        similar.sort(key=lambda each: (-round(each[0], 5), each[1]))
        best = {}
        for value, place in similar:
            if labels[place] is not None:
                best.setdefault(labels[place], (value, place))
        found.append((similar[:k], list(best.values())[:k]))
    return found


def search(store, queries, k, left_out=None, block=2**14):
    """The nearest images and individuals of a store, of which so many are looked at at a time."""
    blocks = (vectors for _, vectors in store.blocks(block))
    individuals = number_individuals(store)
    return most_similar(queries, blocks, store.vectors, individuals, k, left_out, chunk=block)


def check(nearby, expected):
    for similarities, rows, pairs in zip(*map(np.ndarray.tolist, nearby), expected, strict=True):
        count = len(pairs)
        assert rows == [place for _, place in pairs] + [-1] * (len(rows) - count)
        assert similarities[:count] == pytest.approx([value for value, _ in pairs], abs=2e-7)
        assert similarities[count:] == [-np.inf] * (len(rows) - count)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    images=st.integers(1, 40),
    k=st.integers(1, 45),
    block=st.integers(1, 45),
    known=st.floats(0, 1),
)
def test_any_block_gives_what_loops_over_all_pairs_give(seed, images, k, block, known):
    rng = np.random.default_rng(seed)
    gallery, queries = few_directions(rng, images), few_directions(rng, 3)
    labels = [f"ind {rng.integers(6)}" if rng.random() < known else None for _ in range(images)]
    left_out = [set(rng.integers(0, images, rng.integers(3)).tolist()) for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        store = write_store(Path(folder), gallery, labels)
        images_found, individuals = search(store, queries, k, left_out, block)
    expected = by_loops(queries, gallery, labels, k, left_out)
    check(images_found, [pictures for pictures, _ in expected])
    check(individuals, [best for _, best in expected])
    assert individuals.rows.shape[1] == min(k, len(set(labels) - {None}))


def test_many_queries_find_what_the_ranking_ranks(tmp_path):
    """More queries than are multiplied at once, without ties."""
    gallery, queries = draw(300, 24, seed=3), draw(150, 24, seed=4)
    labels = [None] * 300
    store = write_store(tmp_path, gallery, labels, shard=64)
    images, individuals = search(store, queries, 9, block=37)
    expected = nearest(queries, gallery, 9, metric="cosine")
    np.testing.assert_array_equal(images.rows, expected.indices)
    wanted = 1 - expected.distances.numpy()
    np.testing.assert_allclose(images.similarities, wanted, atol=2e-7, rtol=0)
    assert individuals.rows.shape == (150, 0)


def test_vectors_are_looked_at_where_they_lie_and_only_candidates_are_read(tmp_path, monkeypatch):
    gallery = draw(500, 16, seed=2)
    store = write_store(tmp_path, gallery, ["a", "b"] * 250)
    blocks = [vectors for _, vectors in store.blocks(8)]
    assert [len(vectors) for vectors in blocks] == [8, 2] * 50
    assert not any(vectors.flags.owndata for vectors in blocks)
    read = []
    vectors = Embeddings.vectors
    monkeypatch.setattr(
        Embeddings, "vectors", lambda self, rows: read.append(len(rows)) or vectors(self, rows)
    )
    search(store, gallery[:1], 3, block=8)
    assert sum(read) < 10


def test_what_float32_cannot_tell_apart_is_told_apart(tmp_path):
    """Similarities that differ by less than float32 adds up to, and more candidates than sought."""
    rng = np.random.default_rng(4)
    base = rng.normal(size=256)
    gallery = unit_vectors(base + 1e-7 * rng.normal(size=(300, 256))).astype(np.float32)
    query = unit_vectors(base + 0.3 * rng.normal(size=(1, 256))).astype(np.float32)
    labels = [f"ind {row % 7}" for row in range(300)]
    store = write_store(tmp_path, gallery, labels)
    grid = [
        np.rint(each.astype(np.float64) * 2.0**26).astype(int).tolist() for each in (query, gallery)
    ]
    exact = [sum(a * b for a, b in zip(grid[0][0], row, strict=True)) for row in grid[1]]
    order = sorted(range(300), key=lambda row: (-exact[row], row))
    images, individuals = search(store, query, 20, block=64)
    assert images.rows[0].tolist() == order[:20]
    best = {}
    for row in order:
        best.setdefault(row % 7, row)
    assert individuals.rows[0].tolist() == list(best.values())
    values = [exact[row] / 2.0**52 for row in order[:20]]
    assert images.similarities[0].tolist() == values


def test_similarities_are_equal_to_the_bit_whatever_the_block(tmp_path):
    gallery = draw(60, 2048, seed=1)
    store = write_store(tmp_path, gallery, ["a", "b"] * 30)
    queries = draw(70, 2048, seed=2)
    whole = search(store, queries, 60)
    for block, part in ((1, slice(0, 5)), (7, slice(None)), (59, slice(64, 65))):
        found = search(store, queries[part], 60, block=block)
        for one, other in zip(found, whole, strict=True):
            assert np.array_equal(one.similarities, other.similarities[part])
            assert np.array_equal(one.rows, other.rows[part])
