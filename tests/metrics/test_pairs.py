import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from elsewhere.errors import DataError
from elsewhere.metrics.pairs import pair_similarities


def slow_pairs(vectors, identities, cameras=None, junk=()):
    """Every pair in a loop, by the words of the docstring."""
    same, different = [], []
    for a, b in itertools.combinations(range(len(identities)), 2):
        if (a, b) in junk or (b, a) in junk:
            continue
        x, y = vectors[a].tolist(), vectors[b].tolist()
        lengths = math.sqrt(sum(v * v for v in x)) * math.sqrt(sum(v * v for v in y))
        cosine = sum(p * q for p, q in zip(x, y, strict=True)) / lengths if lengths else 0.0
        one_camera = cameras is not None and cameras[a] is not None and cameras[a] == cameras[b]
        if identities[a] != identities[b]:
            different.append(cosine)
        elif not one_camera:
            same.append(cosine)
    return sorted(same), sorted(different)


def assert_alike(found, expected):
    for one, other in zip(found[:2], expected, strict=True):
        assert sorted(one.tolist()) == pytest.approx(other, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_pair_is_compared(data):
    images = data.draw(st.integers(0, 14))
    identities = data.draw(st.lists(st.sampled_from("abcd"), min_size=images, max_size=images))
    cameras = data.draw(
        st.none() | st.lists(st.sampled_from(["1", "2", None]), min_size=images, max_size=images)
    )
    row = st.integers(0, max(images - 1, 0))
    junk = data.draw(st.lists(st.tuples(row, row), max_size=4)) if images else []
    vectors = torch.randn(images, 5, generator=torch.Generator().manual_seed(images))
    pairs = torch.tensor(junk, dtype=torch.long).reshape(-1, 2)
    found = pair_similarities(vectors, identities, cameras, junk=pairs)
    assert_alike(found, slow_pairs(vectors, identities, cameras, junk))


def test_a_sample_repeats_nothing_and_is_seeded():
    images = 120
    angles = torch.rand(images, 1, dtype=torch.float64) * 3
    vectors = torch.cat([angles.cos(), angles.sin()], dim=1)
    identities = [row % 3 for row in range(images)]
    every = pair_similarities(vectors, identities)
    some = pair_similarities(vectors, identities, most=200, seed=1)
    assert [len(each) for each in some] == [200, 200, 200]
    for part, whole in zip(some[:2], every[:2], strict=True):
        assert len(part.unique()) > 190
        assert set(part.tolist()) <= set(whole.tolist())
    again = pair_similarities(vectors, identities, most=200, seed=1)
    other = pair_similarities(vectors, identities, most=200, seed=2)
    assert torch.equal(again.different, some.different)
    assert not torch.equal(other.different, some.different)
    assert float(some.different.mean()) == pytest.approx(float(every.different.mean()), abs=0.1)


def test_one_large_identity_does_not_fill_memory():
    images = 60_000
    vectors = torch.ones(images, 1)
    found = pair_similarities(vectors, [0] * (images - 1) + [1], most=1000)
    assert len(found.same) == 1000
    assert len(found.different) < 10


def test_a_zero_vector_is_like_no_other():
    found = pair_similarities(torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), ["a", "a", "b"])
    assert found.same.tolist() == [0]
    assert sorted(found.different.tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("vectors", "identities", "cameras", "message"),
    [
        ([[1.0], [math.nan]], ["a", "b"], None, "1 of 2 vectors are not finite, first row 1"),
        ([[1.0]], ["a", "b"], None, "1 vectors, but 2 identities"),
        ([[1.0]], ["a"], ["1", "2"], "1 vectors, but 2 cameras"),
    ],
)
def test_bad_input_is_one_clear_line(vectors, identities, cameras, message):
    with pytest.raises(DataError, match=message):
        pair_similarities(torch.tensor(vectors), identities, cameras)
