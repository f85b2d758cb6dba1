import numpy as np
import pytest
from sklearn.cluster import HDBSCAN

from elsewhere.errors import DataError
from elsewhere.gallery.clustering import cluster_images, group, reranked_distances
from elsewhere.gallery.entries import Entry


def entries_of(labels):
    return [Entry(str(row), label, None, None, f"/{row}", f"{row}", 1, 1, {})
            for row, label in enumerate(labels)]  # fmt: skip


def individuals(counts, spread):
    """Unit vectors round a direction for each individual, and whose they are."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(len(counts), 64))
    whose = np.repeat(np.arange(len(counts)), counts)
    vectors = centres[whose] + spread * rng.normal(size=(len(whose), 64))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), whose


def test_individuals_are_told_apart():
    vectors, whose = individuals(range(40, 28, -1), 0.9)
    names = [f"ind {number}" for number in whose]
    found = cluster_images(entries_of(names), lambda keys: vectors[[int(k) for k in keys]], 2)
    assert (found.found, found.individuals) == (12, 12)
    assert found.agreement == pytest.approx(1, abs=0.02)
    same = (whose == np.array(found.groups)) | (np.array(found.groups) == -1)
    assert same.mean() > 0.99  # groups are numbered by size, as the individuals are
    assert found.as_dict()["images"][0]["group"] == 0


def test_agreement_is_of_the_images_that_have_a_name():
    vectors, _ = individuals([20, 20], 0.9)
    names = ["a" if row < 3 else None for row in range(40)]
    names[39] = "a"  # of the other individual, so that the groups disagree
    found = cluster_images(entries_of(names), lambda keys: vectors[[int(k) for k in keys]], 3)
    assert found.individuals == 1
    assert found.agreement == 0
    nobody = cluster_images(entries_of([None] * 40), lambda _: vectors, 3)
    assert (nobody.individuals, nobody.agreement) == (None, None)


def test_groups_are_those_of_hdbscan_over_distances_that_are_the_same_both_ways():
    vectors, _ = individuals([8, 5, 5, 3, 2, 2, 1], 0.5)
    distances = reranked_distances(vectors)
    np.testing.assert_array_equal(distances, distances.T)
    assert (np.diag(distances) == 0).all()
    groups, sure = group(distances, 2)
    plain = HDBSCAN(min_cluster_size=2, metric="precomputed", copy=True).fit(distances)
    assert ((groups[:, None] == groups) == (plain.labels_[:, None] == plain.labels_)).all()
    np.testing.assert_array_equal(sure, plain.probabilities_)
    counts = np.bincount(groups[groups >= 0])
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize(("images", "least"), [(2, 2), (5, 1), (5, 6)])
def test_what_cannot_be_grouped_is_refused(images, least):
    vectors = np.eye(images)
    with pytest.raises(DataError):
        cluster_images(entries_of([None] * images), lambda _: vectors, least)
