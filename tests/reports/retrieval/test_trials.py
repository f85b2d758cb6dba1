import itertools
from pathlib import Path

import pytest
import torch

from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, QueryGallery, TestSet
from elsewhere.data.records import Record, RecordTable
from elsewhere.reports.retrieval.trials import (
    Searched,
    choose_queries,
    found_for,
    trial_pairs,
)
from elsewhere.structures import Ranking


def table(*records):
    names = tuple(dict.fromkeys(record.label for record in records))
    return RecordTable(Path("/nowhere"), records, names)


@pytest.fixture
def market():
    """Two individuals, and two pictures of nobody in particular."""
    rows = [
        ("a", "1"),
        ("b", "1"),
        ("a", "1"),
        ("a", "2"),
        ("b", "2"),
        ("0000", "2"),
        ("0000", "1"),
    ]
    return table(
        *(
            Record(f"{n}.png", label, "query" if n < 2 else "gallery", camera=camera)
            for n, (label, camera) in enumerate(rows)
        )
    )


def ranking(precision, matches):
    precision = torch.tensor(precision, dtype=torch.float64)
    matches = torch.tensor(matches)
    precision[matches == 0] = torch.nan
    return Ranking(0.5, 0.5, torch.ones(3).double(), precision, precision, matches, matches)


def test_sides_are_the_records_that_ask_and_are_searched(market):
    (trial,) = QueryGallery().trials(market, 0)
    sides = trial.sides(market)
    assert [record.path for record in sides.query] == ["0.png", "1.png"]
    assert [record.path for record in sides.gallery] == [f"{n}.png" for n in range(2, 7)]


def test_pairs_are_of_those_asked_for_and_of_two_cameras(market):
    vectors = torch.eye(7)
    for row, other in ((0, 3), (2, 3), (1, 4)):
        vectors[row, other] = 0.1 + row
    trials = QueryGallery().trials(market, 0)
    pairs = trial_pairs(TestSet(market, QueryGallery()), trials, vectors)
    lengths = vectors / vectors.norm(dim=1, keepdim=True)
    expected = sorted(float(lengths[a] @ lengths[b]) for a, b in ((0, 3), (2, 3), (1, 4)))
    assert sorted(pairs.same.tolist()) == pytest.approx(expected)
    assert len(pairs.different) == 3 * 2, "no pair with a distractor"
    without = TestSet(market, QueryGallery(cameras=False))
    assert len(trial_pairs(without, trials, vectors).same) == 4


def test_what_a_trial_leaves_out_is_no_pair():
    pool = table(*(Record(f"{n}.png", "aabb"[n], "test") for n in range(4)))
    vectors = torch.eye(4)
    tested = TestSet(pool, EachAgainstRest())
    (trial,) = tested.trials(0)
    assert len(trial_pairs(tested, [trial], vectors).different) == 4
    junk = torch.cat([trial.junk, torch.tensor([[0, 2], [2, 0], [0, 1]])])
    fewer = trial_pairs(tested, [trial._replace(junk=junk)], vectors)
    assert (len(fewer.same), len(fewer.different)) == (1, 3)


def test_pairs_of_several_draws_are_counted_once():
    pool = table(*(Record(f"{n}.png", "aaabbb"[n], "test") for n in range(6)))
    trials = KPerIdentity(k=1, draws=3).trials(pool, 0)
    pairs = trial_pairs(TestSet(pool, KPerIdentity()), trials, torch.eye(6))
    assert (len(pairs.same), len(pairs.different)) == (6, 9)


def test_the_worst_and_some_others_are_chosen():
    answers = ranking([0.9, 0.1, 0.5, 0.0, 0.2, 1.0, 1.0, 0.7], [1, 1, 1, 0, 1, 1, 1, 1])
    groups, rule = choose_queries(answers, worst=2, drawn=3, seed=1)
    last, some = groups.values()
    assert last == [1, 4]
    assert set(some) <= {0, 2, 5, 6, 7}
    assert len(set(some)) == 3
    assert some == sorted(some)
    assert "Of 7 queries with a match, the 2 with the lowest" in rule
    assert "3 of the others, drawn at random (seed 1)" in rule
    assert choose_queries(answers, worst=2, drawn=3, seed=1) == (groups, rule)
    others = {
        tuple(choose_queries(answers, worst=2, drawn=3, seed=seed)[0]["Drawn at random"])
        for seed in range(9)
    }
    assert len(others) > 2
    assert others <= set(itertools.combinations((0, 2, 5, 6, 7), 3))


def test_fewer_queries_than_wanted():
    groups, _ = choose_queries(ranking([0.4, 0.0], [1, 0]), worst=3, drawn=3)
    assert [*groups.values()] == [[0], []]


def test_what_was_found_is_named_by_its_row(market):
    (trial,) = QueryGallery().trials(market, 0)
    vectors = torch.zeros(7, 2)
    vectors[:, 0] = 1
    vectors[3] = torch.tensor([0.0, 2.0])
    nearest = torch.tensor([[1, 0, -1], [4, -1, -1]])
    searched = Searched(market, trial, ranking([0.5, 0.5], [2, 1]), nearest, vectors)
    assert found_for(searched, 0) == [(3, pytest.approx(0.0)), (2, pytest.approx(1.0))]
    assert [found.row for found in found_for(searched, 1)] == [6]
