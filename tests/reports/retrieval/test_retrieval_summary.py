import csv
import io
import math

import pytest
import torch

from elsewhere.data.protocols import Sides
from elsewhere.data.records import Record
from elsewhere.metrics.intervals import bootstrap_interval
from elsewhere.metrics.pairs import PairSimilarities
from elsewhere.metrics.verification import roc
from elsewhere.reports.retrieval.summary import (
    queries_table,
    score_of,
    summarize_pairs,
    summarize_set,
    thin_curve,
    worst_queries,
)
from elsewhere.structures import Ranking


def ranking(first_match, precision, ranks=6):
    """A ranking by its first matches; 0 for a query without one."""
    first = torch.tensor(first_match)
    average = torch.tensor(precision, dtype=torch.float64).masked_fill(first == 0, math.nan)
    known = first[first > 0]
    cmc = torch.stack([(known <= k).double().mean() for k in range(1, ranks + 1)])
    return Ranking(
        mAP=float(average.nanmean()),
        mINP=float(average.nanmean()) / 2,
        cmc=cmc,
        average_precision=average,
        inverse_penalty=average / 2,
        first_match=first,
        matches=(first > 0).long() * 3,
    )


@pytest.fixture
def one():
    return ranking([1, 1, 3, 0, 7], [1.0, 0.8, 0.25, 0.0, 0.1])


@pytest.fixture
def sides():
    query = [Record(f"q{row}.png", "aabbc"[row], "query", camera="1") for row in range(5)]
    gallery = [Record(f"g{row}.png", "abcd"[row % 4], "gallery", camera="2") for row in range(8)]
    return Sides(query, gallery)


def test_figures_of_one_ranking(one):
    score = score_of([one], [["a", "a", "b", "b", "c"]])
    assert score["mAP"] == pytest.approx((1 + 0.8 + 0.25 + 0.1) / 4)
    assert score["mINP"] == pytest.approx(score["mAP"] / 2)
    assert score["cmc"] == {"1": 0.5, "5": 0.75}, "rank 10 was not counted"
    assert score["cmc_curve"] == [0.5, 0.5, 0.75, 0.75, 0.75, 0.75]
    assert score["spread"] is None
    expected = bootstrap_interval(one.average_precision, groups=["a", "a", "b", "b", "c"])
    assert score["mAP_interval"] == list(expected)
    hits = torch.tensor([1, 1, 0, math.nan, 0])
    assert score["rank1_interval"] == list(bootstrap_interval(hits, groups=list("aabbc")))


def test_intervals_are_by_identity_where_it_is_known(one):
    by_query = score_of([one])["mAP_interval"]
    assert by_query != score_of([one], [list("aabbc")])["mAP_interval"]


def test_several_draws_are_averaged(one):
    other = ranking([1, 1, 1, 2, 2], [0.9, 0.9, 0.9, 0.5, 0.5])
    score = score_of([one, other], [list("aabbc")] * 2)
    means, firsts = (one.mAP, other.mAP), (0.5, 0.6)
    assert score["mAP"] == pytest.approx(sum(means) / 2)
    assert score["cmc"]["1"] == pytest.approx(0.55)
    half = math.sqrt(2) / 2
    assert score["spread"]["mAP"] == pytest.approx(abs(means[0] - means[1]) * half)
    assert score["spread"]["rank1"] == pytest.approx(abs(firsts[0] - firsts[1]) * half)
    assert score["mAP_interval"][0] < score["mAP"] < score["mAP_interval"][1]


def test_one_set_in_full(one, sides):
    pairs = PairSimilarities(*(torch.tensor(v, dtype=torch.float64) for v in ([0.9], [0.1, 0.95])))
    result = summarize_set(
        "query-gallery",
        [sides],
        {"embedding": [one], "neck": [one]},
        "embedding",
        reranked=[one],
        pairs=pairs,
        threshold=0.5,
        worst=2,
    )
    assert (result["queries"], result["gallery"], result["identities"]) == (5, 8, 3)
    assert (result["without_match"], result["draws"]) == (1, 1)
    assert list(result["vectors"]) == ["embedding", "neck"]
    assert result["reranked"]["mAP"] == pytest.approx(one.mAP)
    assert [each["path"] for each in result["worst"]] == ["q4.png", "q2.png"]
    assert result["worst"][0]["first_match"] == 7
    assert result["verification"]["calibrated"] == {
        "threshold": 0.5,
        "false_positive_rate": 0.5,
        "true_positive_rate": 1.0,
    }
    assert result["verification"]["rates"] == {"0.1": None, "0.01": None, "0.001": None}


def test_queries_without_a_match_are_not_the_worst(one):
    assert worst_queries(one, 10) == [4, 2, 1, 0]
    assert worst_queries(ranking([1, 1, 1], [0.5, 0.2, 0.2]), 2) == [1, 2], "equals in order"


def test_pairs_of_one_kind_give_no_verification():
    nothing, some = torch.empty(0, dtype=torch.float64), torch.rand(3, dtype=torch.float64)
    assert summarize_pairs(PairSimilarities(nothing, some)) is None
    assert summarize_pairs(PairSimilarities(some, nothing)) is None


@pytest.mark.parametrize("shift", [0.0, 1.0, 9.0])
def test_a_thinned_curve_lies_on_the_whole_one(shift):
    generator = torch.Generator().manual_seed(0)
    same, different = (torch.randn(4000, generator=generator).double() for _ in range(2))
    points = roc(same + shift, different)
    thin = thin_curve(points)
    assert 2 <= len(thin) <= 202
    assert (thin[0], thin[-1]) == ([0, 0], [1, 1])
    assert thin == sorted(thin)
    whole = set(zip(*(part.tolist() for part in points[1:]), strict=True))
    assert {tuple(point) for point in thin} <= whole
    if shift == 1:
        assert sum(0 < point[0] < 0.01 for point in thin) > 20, "small rates are not lost"


def test_every_query_is_a_line(one, sides):
    nearest = torch.tensor([[0, 4], [1, 0], [2, 3], [-1, -1], [7, -1]])
    rows = list(csv.DictReader(io.StringIO(queries_table([sides], [one], [nearest]))))
    assert len(rows) == 5
    assert rows[0] == {
        "draw": "1",
        "path": "q0.png",
        "identity": "a",
        "camera": "1",
        "matches": "3",
        "first match": "1",
        "average precision": "1.000000",
        "inverse penalty": "0.500000",
        "nearest 1": "g0.png",
        "identity 1": "a",
        "nearest 2": "g4.png",
        "identity 2": "a",
    }
    assert (rows[3]["matches"], rows[3]["average precision"], rows[3]["nearest 1"]) == ("0", "", "")
    assert (rows[4]["nearest 1"], rows[4]["nearest 2"]) == ("g7.png", "")


def test_draws_stand_below_each_other(one, sides):
    nearest = torch.zeros(5, 1, dtype=torch.long)
    text = queries_table([sides, sides], [one, one], [nearest, nearest])
    assert [row["draw"] for row in csv.DictReader(io.StringIO(text))] == ["1"] * 5 + ["2"] * 5
