"""Ranking by the field's rule: against plain loops, in blocks of any size, with ties."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ranking.clusters import clustered
from tests.reference import ranking as reference

from elsewhere import Ranking, evaluate_distances, evaluate_ranking
from elsewhere.errors import DataError
from elsewhere.ranking import match_ranks, nearest
from elsewhere.ranking.features import distinct_rows


@st.composite
def galleries(draw, whole=True):
    """Small sets with many ties, few identities and cameras, and junk."""
    queries, images, size = (draw(st.integers(1, high)) for high in (6, 12, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = np.random.default_rng(seed)
    draws = (generator.integers(1, 4, (rows, size)) for rows in (queries, images))
    if not whole:
        draws = (generator.normal(size=(rows, size + 1)) for rows in (queries, images))
    query, gallery = (rows.astype(np.float32) for rows in draws)
    rules = {
        "query_ids": generator.integers(0, 3, queries),
        "gallery_ids": generator.integers(0, 4, images),
    }
    if draw(st.booleans()):
        rules["query_cameras"] = generator.integers(0, 2, queries)
        rules["gallery_cameras"] = generator.integers(0, 2, images)
    if draw(st.booleans()):
        pairs = np.argwhere(generator.random((queries, images)) < 0.2)
        rules["junk"] = np.concatenate([pairs, pairs[:1]])
    return query, gallery, rules


def slow(distances, rules, ranks=50):
    cameras = None
    if "query_cameras" in rules:
        cameras = (rules["query_cameras"], rules["gallery_cameras"])
    junk = {tuple(pair) for pair in np.asarray(rules.get("junk", [])).tolist()}
    return reference.score(
        distances, list(rules["query_ids"]), list(rules["gallery_ids"]), cameras, junk, ranks
    )


def check(result: Ranking, expected: reference.Scores):
    assert result.first_match.tolist() == expected.first_match
    assert result.matches.tolist() == expected.matches
    np.testing.assert_allclose(result.average_precision, expected.average_precision, rtol=1e-12)
    np.testing.assert_allclose(result.inverse_penalty, expected.inverse_penalty, rtol=1e-12)
    np.testing.assert_allclose(result.cmc, expected.cmc, rtol=1e-12)
    assert result.mAP == pytest.approx(expected.mean_average_precision, rel=1e-12)
    assert result.mINP == pytest.approx(expected.mean_inverse_penalty, rel=1e-12)


def same(left: Ranking, right: Ranking):
    for name, value in left._asdict().items():
        np.testing.assert_array_equal(value, getattr(right, name), name)


class TestAgainstLoops:
    @given(galleries(), st.integers(1, 20))
    @settings(max_examples=60, deadline=None)
    def test_distances_with_ties(self, gallery, ranks):
        query, images, rules = gallery
        distances = reference.distances(query, images, "euclidean", normalize=False)
        expected = slow(distances, rules, ranks)
        if not any(expected.matches):
            with pytest.raises(DataError, match="no query has a match"):
                evaluate_distances(distances, **rules, ranks=ranks)
            return
        check(evaluate_distances(distances, **rules, ranks=ranks), expected)

    @given(galleries(), st.sampled_from([1, 7, None]))
    @settings(max_examples=60, deadline=None)
    def test_features_with_ties(self, gallery, block):
        query, images, rules = gallery
        expected = slow(reference.distances(query, images, "euclidean", normalize=False), rules)
        if any(expected.matches):
            check(evaluate_ranking(query, images, **rules, block=block), expected)

    @given(
        galleries(whole=False),
        st.sampled_from(["euclidean", "cosine"]),
        st.booleans(),
        st.sampled_from([np.float16, np.float32, np.float64]),
    )
    @settings(max_examples=60, deadline=None)
    def test_features_of_every_kind(self, gallery, metric, normalize, kind):
        query, images, rules = gallery
        query, images = query.astype(kind), images.astype(kind)
        # copies are ties however lengths round
        images[len(images) // 2] = images[0]
        distances = reference.distances(query, images, metric, normalize)
        distances[:, len(images) // 2] = distances[:, 0]
        expected = slow(distances, rules)
        if any(expected.matches):
            result = evaluate_ranking(query, images, **rules, metric=metric, normalize=normalize)
            check(result, expected)

    @given(
        galleries(whole=False),
        st.integers(1, 15),
        st.sampled_from(["euclidean", "cosine"]),
        st.sampled_from([1, 5, None]),
    )
    @settings(max_examples=60, deadline=None)
    def test_nearest(self, gallery, k, metric, block):
        query, images, rules = gallery
        images[-1] = images[0]
        distances = reference.distances(query, images, metric, normalize=False)
        distances[:, -1] = distances[:, 0]
        found = nearest(query, images, k, **rules, metric=metric, block=block)
        cameras = None
        if "query_cameras" in rules:
            cameras = (rules["query_cameras"], rules["gallery_cameras"])
        junk = {tuple(pair) for pair in np.asarray(rules.get("junk", [])).tolist()}
        for row in range(len(query)):
            columns = reference.left_in(
                row, list(rules["query_ids"]), list(rules["gallery_ids"]), cameras, junk
            )
            order = reference.order(distances[row], columns)[:k]
            missing = k - len(order)
            assert found.indices[row].tolist() == order + [-1] * missing
            expected = [*distances[row][order], *[math.inf] * missing]
            np.testing.assert_allclose(found.distances[row], expected, atol=1e-7)


class TestTheRule:
    def test_a_case_by_hand(self):
        """Right at ranks 1 and 3 of 4, one of its own camera in front of them."""
        result = evaluate_distances(
            np.array([[0.1, 0.2, 0.3, 0.4, 0.5]]),
            query_ids=["red"],
            gallery_ids=["red", "red", "blue", "red", "nobody"],
            query_cameras=[1],
            gallery_cameras=[1, 2, 1, 3, 1],
            ranks=10,
        )
        assert result.average_precision.tolist() == [(1 + 2 / 3) / 2]
        assert result.mINP == 2 / 3
        assert result.cmc.tolist() == [1.0] * 5
        assert result.first_match.tolist() == [1]

    def test_a_query_without_a_match_takes_no_part(self):
        distances = torch.tensor([[1.0, 2.0], [1.0, 2.0]])
        result = evaluate_distances(distances, query_ids=[0, 9], gallery_ids=[0, 1])
        assert result.mAP == result.mINP == 1
        assert result.cmc.tolist() == [1, 1]
        assert result.average_precision.isnan().tolist() == [False, True]
        assert (result.first_match.tolist(), result.matches.tolist()) == ([1, 0], [1, 0])

    def test_all_queries_of_one_set_against_the_rest(self):
        features, _, _ = clustered()
        ids = torch.arange(40) // 4
        diagonal = torch.arange(40)[:, None].expand(-1, 2)
        rules = {"query_ids": ids, "gallery_ids": ids, "junk": diagonal}
        numbers = features.numpy()
        distances = reference.distances(numbers, numbers, "cosine", normalize=False)
        expected = slow(distances, rules | {"query_ids": ids.numpy(), "gallery_ids": ids.numpy()})
        check(evaluate_ranking(features, features, **rules, metric="cosine"), expected)
        assert (nearest(features, features, 39, junk=diagonal).indices >= 0).all()

    def test_labels_may_be_words_tensors_or_arrays(self):
        query, gallery, rules = clustered()
        expected = evaluate_ranking(query, gallery, **rules)
        words = {name: [f"label {value}" for value in values] for name, values in rules.items()}
        same(evaluate_ranking(query.numpy(), gallery.numpy(), **words), expected)
        arrays = {name: values.numpy().astype(np.uint8) for name, values in rules.items()}
        same(evaluate_ranking(query, gallery, **arrays), expected)

    def test_infinite_distances_come_last_in_order(self):
        result = evaluate_distances(
            torch.tensor([[math.inf, 1.0, math.inf, -math.inf]]),
            query_ids=[0],
            gallery_ids=[0, 1, 1, 0],
        )
        assert result.average_precision.tolist() == [(1 + 2 / 3) / 2]

    def test_the_given_matrix_is_left_alone(self):
        distances = torch.rand(3, 4)
        before = distances.clone()
        evaluate_distances(distances, query_ids=[0, 1, 2], gallery_ids=[0, 1, 2, 0])
        assert torch.equal(distances, before)


class TestCopies:
    @pytest.mark.parametrize("kind", [torch.float16, torch.float32, torch.float64])
    def test_one_of_each_kind_is_found(self, kind):
        rows = torch.randn(30, 9).to(kind)
        rows[[4, 11, 29]] = rows[2].clone()
        rows[7] = rows[1].clone()
        first, kinds = distinct_rows(rows)
        assert sorted(first.tolist()) == sorted(set(range(30)) - {4, 7, 11, 29})
        assert torch.equal(rows[first][kinds], rows)


class TestTheSameResult:
    @pytest.mark.parametrize("normalize", [False, True])
    def test_in_blocks_of_any_size(self, normalize):
        query, gallery, rules = clustered()
        gallery[200:] = gallery[:100]  # copies, far apart
        expected = evaluate_ranking(query, gallery, **rules, normalize=normalize)
        found = nearest(query, gallery, 20, **rules, normalize=normalize)
        for block in (7, 64, 10_000):
            kinds = {"normalize": normalize, "block": block}
            same(evaluate_ranking(query, gallery, **rules, **kinds), expected)
            again = nearest(query, gallery, 20, **rules, **kinds)
            assert torch.equal(again.indices, found.indices)
            torch.testing.assert_close(again.distances, found.distances, rtol=1e-12, atol=0)

    @pytest.mark.gpu
    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    @pytest.mark.parametrize("normalize", [False, True])
    def test_on_a_gpu(self, normalize):
        query, gallery, rules = clustered()
        gallery[200:] = gallery[:100]
        expected = evaluate_ranking(query, gallery, **rules, normalize=normalize)
        found = evaluate_ranking(query.cuda(), gallery.cuda(), **rules, normalize=normalize)
        same(found, expected)
        rows = nearest(query, gallery, 20, **rules, normalize=normalize)
        again = nearest(query.cuda(), gallery.cuda(), 20, **rules, normalize=normalize)
        assert torch.equal(again.indices, rows.indices)

    @pytest.mark.parametrize("images", [40, 900])
    def test_copies_are_ties_across_a_border_of_blocks(self, images):
        """A wrong copy in front of a right one comes first, behind it, after."""
        generator = torch.Generator().manual_seed(0)
        query, gallery, noise = (torch.randn(n, 257, generator=generator) for n in (1, images, 1))
        gallery[35] = gallery[3] = query[0] + 0.1 * noise[0]
        ids = torch.full((images,), 1)
        ids[35] = 0
        for block in range(1, images + 3, images // 13):
            result = evaluate_ranking(query, gallery, query_ids=[0], gallery_ids=ids, block=block)
            assert result.first_match.tolist() == [2]
            ids_turned = ids.flip(0)
            result = evaluate_ranking(
                query, gallery.flip(0), query_ids=[0], gallery_ids=ids_turned, block=block
            )
            assert result.first_match.tolist() == [1]

    def test_equal_features_everywhere(self):
        query, gallery, rules = clustered(queries=20, images=3000)
        query[:], gallery[:] = query[0], query[0]
        expected = evaluate_distances(torch.zeros(20, 3000), **rules)
        same(evaluate_ranking(query, gallery, **rules, block=512), expected)
        same(evaluate_ranking(query, gallery, **rules, normalize=True), expected)
        assert nearest(query, gallery, 4).indices.tolist() == [[0, 1, 2, 3]] * 20

    @pytest.mark.parametrize("precision", ["medium", "high"])
    def test_whatever_precision_products_have(self, precision):
        query, gallery, rules = clustered(size=256)
        expected = evaluate_ranking(query, gallery, **rules)
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision(precision)
        try:
            same(evaluate_ranking(query, gallery, **rules), expected)
        finally:
            torch.set_float32_matmul_precision(before)


class TestManyMatches:
    """Blocks are wider there, and measured in float64 from the first where little is clear."""

    @pytest.mark.parametrize("size", [4, 300])
    @pytest.mark.parametrize("kinds", [{}, {"metric": "cosine"}])
    def test_equal_those_of_loops(self, size, kinds):
        generator = torch.Generator().manual_seed(0)
        query, gallery = (torch.randn(n, size, generator=generator) for n in (30, 700))
        gallery[500:600] = gallery[:100]
        rules = {
            "query_ids": torch.arange(30) % 3,
            "gallery_ids": torch.randint(0, 4, (700,), generator=generator),
            "query_cameras": torch.arange(30) % 5,
            "gallery_cameras": torch.arange(700) % 5,
            "junk": torch.randint(0, 30, (300, 2), generator=generator),
        }
        metric = kinds.get("metric", "euclidean")
        distances = reference.distances(query.numpy(), gallery.numpy(), metric, False)
        distances[:, 500:600] = distances[:, :100]
        result = evaluate_ranking(query, gallery, **rules, **kinds)
        numbers = {name: values.numpy() for name, values in rules.items()}
        assert torch.bincount(rules["gallery_ids"])[:3].min() > 128
        check(result, slow(distances, numbers))
        same(evaluate_ranking(query, gallery, **rules, **kinds, block=50), result)

    def test_estimates_that_leave_all_in_doubt(self, monkeypatch):
        """So near to each other that products in float32 tell nothing apart, and are given up."""
        estimated = []
        estimates = match_ranks.estimates
        monkeypatch.setattr(
            match_ranks, "estimates", lambda *sides: estimated.append(1) or estimates(*sides)
        )
        generator = torch.Generator().manual_seed(0)
        gallery = torch.randn(900, 64, generator=generator)
        gallery[:400] = 10 + 1e-4 * gallery[:400]  # far from the centre, near to each other
        rules = {"query_ids": torch.arange(4) % 2, "gallery_ids": torch.arange(900) % 3}
        distances = reference.distances(
            gallery[:4].double().numpy(), gallery.double().numpy(), "euclidean", normalize=False
        )
        check(evaluate_ranking(gallery[:4], gallery, **rules, block=100), slow(distances, rules))
        assert len(estimated) == 1


class TestHardNumbers:
    def exactly(self, query, gallery, rules, **kinds):
        distances = reference.distances(
            query.double().numpy(), gallery.double().numpy(), "euclidean", **kinds
        )
        check(evaluate_ranking(query, gallery, **rules, **kinds), slow(distances, rules))

    @pytest.mark.parametrize("offset", [1e3, 1e5])
    def test_a_common_offset(self, offset):
        query, gallery, rules = clustered()
        self.exactly(query + offset, gallery + offset, rules, normalize=False)

    def test_a_common_offset_in_float64_with_length_one(self):
        query, gallery, rules = clustered()
        query, gallery = query.double() + 1e4, gallery.double() + 1e4
        self.exactly(query, gallery, rules, normalize=True)

    @pytest.mark.parametrize("scale", [1e-30, 1e30])
    @pytest.mark.parametrize("normalize", [False, True])
    def test_sizes_whose_squares_overflow_or_vanish(self, scale, normalize):
        query, gallery, rules = clustered()
        expected = evaluate_ranking(query, gallery, **rules, normalize=normalize)
        found = evaluate_ranking(query * scale, gallery * scale, **rules, normalize=normalize)
        assert found.mAP == pytest.approx(expected.mAP, abs=1e-6)

    def test_one_image_far_from_the_rest(self):
        query, gallery, rules = clustered()
        gallery[17] *= 1e6
        self.exactly(query, gallery, rules, normalize=False)

    def test_float64_is_ranked_in_float64(self):
        """Differences that float32 cannot see decide."""
        query = torch.zeros(1, 4, dtype=torch.float64)
        gallery = torch.ones(3, 4, dtype=torch.float64)
        gallery += torch.tensor([[2e-12], [1e-12], [0]])
        result = evaluate_ranking(query, gallery, query_ids=[0], gallery_ids=[0, 1, 1])
        assert result.first_match.tolist() == [3]

    def test_differences_below_the_rounding_of_products(self):
        """Thousands of images so near to the match that products in float32 take them for it."""
        generator = torch.Generator().manual_seed(0)
        query = torch.randn(5, 64, generator=generator)
        gallery = torch.ones(1, 64) + 3e-7 * torch.randn(2000, 64, generator=generator)
        ids = torch.arange(2000) % 50
        rules = {"query_ids": torch.arange(5), "gallery_ids": ids}
        self.exactly(query, gallery, rules, normalize=False)
