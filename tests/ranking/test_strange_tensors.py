"""Tensors that hold no plain numbers end in one clear line of our own, wherever scores are made."""

import numpy as np
import pytest
import torch

import elsewhere
from elsewhere.errors import ElsewhereError

QUERY, GALLERY = torch.eye(4, 3), torch.eye(5, 3)
IDS = {"query_ids": [1, 2, 3, 4], "gallery_ids": [1, 2, 3, 4, 4]}
STRANGE = {
    "sparse": QUERY.to_sparse(),
    "rows": QUERY.to_sparse_csr(),
    "meta": QUERY.to("meta"),
    "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "eight bits": QUERY.to(torch.float8_e4m3fn),
    "complex": QUERY.to(torch.complex64),
    "no numbers": QUERY * torch.nan,
    "objects": np.array([[1, "a"]], dtype=object),
}
WORK = {
    "features": lambda odd: elsewhere.evaluate_ranking(odd, GALLERY, **IDS),
    "cosines": lambda odd: elsewhere.evaluate_ranking(odd, GALLERY, metric="cosine", **IDS),
    "gallery": lambda odd: elsewhere.evaluate_ranking(QUERY, odd, **IDS),
    "distances": lambda odd: elsewhere.evaluate_distances(odd, **IDS),
    "re-ranking": lambda odd: elsewhere.rerank(odd, GALLERY, k1=2, k2=1),
    "identities": lambda odd: elsewhere.evaluate_ranking(
        QUERY, GALLERY, query_ids=odd, gallery_ids=IDS["gallery_ids"]
    ),
}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("work", WORK)
def test_strange_values_are_named(kind, work):
    with pytest.raises(ElsewhereError) as error:
        WORK[work](STRANGE[kind])
    assert "aten::" not in str(error.value)
    assert "Internal error" not in str(error.value)


def test_features_too_small_to_be_told_from_zero_are_compared():
    tiny = QUERY * 1e-42
    ranking = elsewhere.evaluate_ranking(tiny, GALLERY * 1e-42, **IDS)
    assert 0 <= ranking.mAP <= 1
