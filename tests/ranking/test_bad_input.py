"""What rankings refuse, in one line each."""

import math

import numpy as np
import pytest
import torch
from tests.ranking.clusters import clustered

from elsewhere import evaluate_distances, evaluate_ranking, rerank
from elsewhere.errors import DataError
from elsewhere.ranking import nearest


class TestBadInput:
    def refuse(self, match, query=None, gallery=None, **changes):
        features = clustered()
        query = features[0] if query is None else query
        gallery = features[1] if gallery is None else gallery
        with pytest.raises(DataError, match=match) as caught:
            evaluate_ranking(query, gallery, **(features[2] | changes))
        assert "\n" not in str(caught.value)

    def test_labels(self):
        self.refuse("query: 3 identities for 40 images", query_ids=[1, 2, 3])
        self.refuse("gallery: 1 cameras for 300 images", gallery_cameras=[1])
        self.refuse("cameras of the gallery are given, of the query not", query_cameras=None)
        self.refuse("words in one of query and gallery", query_ids=["a"] * 40)
        self.refuse(
            "query cameras: one whole number or one word", query_cameras=np.array([None] * 40)
        )
        self.refuse("query identities: one whole number", query_ids=torch.rand(40))
        self.refuse("no query has a match", query_ids=torch.arange(40) + 99)
        self.refuse("ranks is 0", ranks=0)

    def test_junk(self):
        self.refuse("junk names gallery row 300; there are rows 0 to 299", junk=[(0, 300)])
        self.refuse("junk names query row -1", junk=[(-1, 0)])
        self.refuse(r"junk of shape \(1, 3\)", junk=np.zeros((1, 3), dtype=int))
        ragged = np.array([(0, 1), (2,)], dtype=object)  # as a list of them becomes
        for junk in (np.array([("a", "b")]), np.array([(0, None)]), ragged):
            self.refuse("junk: no whole numbers", junk=junk)
        self.refuse(r"junk of shape \(\)", junk=np.array(5))
        self.refuse("junk: a tensor that is sparse", junk=torch.zeros(1, 2).to_sparse())

    def test_features(self):
        query, gallery, _ = clustered()
        self.refuse(r"query: features of shape \(0, 32\)", query=query[:0])
        self.refuse(r"gallery: features of shape \(32,\)", gallery=gallery[0])
        self.refuse("32 numbers per image, gallery features 30", gallery=gallery[:, :30])
        self.refuse("query: features of type torch.bool", query=query > 0)

    @pytest.mark.parametrize("normalize", [False, True])
    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_what_is_not_finite(self, value, normalize):
        query, gallery, _ = clustered()
        query[4, 3] = value
        self.refuse("query: features are NaN or infinite in row 4;", query, normalize=normalize)
        gallery[torch.arange(1, 100, 7), 2] = value
        self.refuse("in row 1, 8, 15, 22, 29 …;", None, gallery, normalize=normalize)

    def test_no_direction(self):
        query, gallery, rules = clustered()
        gallery[[7, 250]] = 0
        self.refuse("gallery: features are zero, .* in row 7, 250;", None, gallery, normalize=True)
        assert evaluate_ranking(query, gallery, **rules).mAP > 0
        with pytest.raises(DataError, match=r"gallery: features are zero, .* in row 7, 250;"):
            rerank(query, gallery, normalize=True)
        with pytest.raises(DataError, match=r"query: features are zero, .* in row 7, 250;"):
            rerank(gallery, None, normalize=True)
        assert rerank(query, gallery).isfinite().all()

    def test_distances(self):
        distances = torch.rand(3, 4)
        distances[2, 1] = math.nan
        with pytest.raises(DataError, match="NaN in row 2"):
            evaluate_distances(distances, query_ids=[0, 1, 2], gallery_ids=[0, 1, 2, 3])

    def test_arrays_that_run_backwards_and_read_only_ones(self):
        query, gallery, rules = clustered()
        backwards = gallery.numpy()[::-1]
        turned = {
            name: labels.flip(0) if name.startswith("gallery") else labels
            for name, labels in rules.items()
        }
        usual = evaluate_ranking(query, gallery, **rules)
        assert evaluate_ranking(query.numpy(), backwards, **turned).mAP == pytest.approx(usual.mAP)
        told = rerank(query, backwards.copy())
        torch.testing.assert_close(rerank(query, backwards), told)

    def test_what_holds_no_numbers(self):
        words = np.array([["a", "b"]])
        with pytest.raises(DataError, match="query: features cannot be read"):
            evaluate_ranking(words, words, query_ids=[0], gallery_ids=[0])
        with pytest.raises(DataError, match="query: features cannot be read"):
            rerank(words, words)

    def test_nearest(self):
        query, gallery, rules = clustered()
        with pytest.raises(DataError, match="k is 0"):
            nearest(query, gallery, 0)
        with pytest.raises(DataError, match=r"k is 1000000000; ask for 1 to \d+ images"):
            nearest(query, gallery, 10**9)
        with pytest.raises(DataError, match="identities are given of one"):
            nearest(query, gallery, 1, query_ids=rules["query_ids"])
        with pytest.raises(DataError, match="cameras are given, identities are not"):
            nearest(query, gallery, 1, query_cameras=rules["query_cameras"])
