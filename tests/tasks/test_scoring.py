"""Scoring a table's vectors by a protocol."""

from pathlib import Path

import pytest
import torch

from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, QueryGallery, TestSet
from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.ranking import evaluate_ranking
from elsewhere.tasks import scoring


def table(*splits: str) -> RecordTable:
    records = tuple(
        Record(f"{number}.jpg", str(number % 5), split, camera=str(number % 3))
        for number, split in enumerate(splits)
    )
    return RecordTable(Path("set"), records, class_names_of(records))


def vectors(count: int) -> torch.Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("splits", "protocol"),
    [
        (["query"] * 20 + ["gallery"] * 40, QueryGallery()),
        (["query", "gallery", "gallery"] * 20, QueryGallery()),
        (["test"] * 60, EachAgainstRest(cameras=True)),
        (["test"] * 60, KPerIdentity(draws=2)),
    ],
)
def test_every_trial_is_ranked_by_its_own_rows(splits, protocol):
    images, rows = table(*splits), vectors(len(splits))
    scored = scoring.score(rows, TestSet(images, protocol))
    assert len(scored) == len(protocol.trials(images, scoring.PROTOCOL_SEED))
    for trial, ranking in scored:
        sides = {"query": trial.query.tolist(), "gallery": trial.gallery.tolist()}
        rules = {f"{s}_ids": [images.records[r].label for r in own] for s, own in sides.items()}
        if protocol.uses_cameras:
            rules |= {
                f"{s}_cameras": [images.records[r].camera for r in own] for s, own in sides.items()
            }
        query, gallery = rows[trial.query], rows[trial.gallery]
        wanted = evaluate_ranking(query, gallery, **rules, junk=trial.junk, normalize=True)
        assert ranking.mAP == wanted.mAP
        assert torch.equal(ranking.first_match, wanted.first_match)


def test_a_gallery_that_lies_in_one_piece_is_not_copied():
    rows = vectors(10)
    assert scoring._chosen(rows, torch.arange(3, 9)).data_ptr() == rows[3].data_ptr()
    for scattered in (torch.tensor([1, 2, 5]), torch.tensor([4]), torch.tensor([3, 2])):
        assert torch.equal(scoring._chosen(rows, scattered), rows[scattered])


@pytest.mark.parametrize("cameras", [False, True])
def test_candidates_are_the_gallery_less_what_is_left_out(cameras):
    images = table(*["test"] * 40)
    rule = EachAgainstRest(cameras=cameras).trials(images, 0)[0]
    more = torch.tensor([[0, 5], [0, 5], [0, 15], [3, 4]])  # twice, by one camera, and another
    trial = rule._replace(query=rule.query[:10], junk=torch.cat([rule.junk[:10], more]))
    pairs = set(map(tuple, trial.junk.tolist()))
    expected = []
    for query in range(10):
        asks, counted = images.records[query], 0
        for place, found in enumerate(images.records):
            by_itself = cameras and (found.label, found.camera) == (asks.label, asks.camera)
            counted += (query, place) not in pairs and not by_itself
        expected.append(counted)
    assert (
        scoring.candidates(TestSet(images, EachAgainstRest(cameras=cameras)), trial).tolist()
        == expected
    )


@pytest.mark.parametrize("protocol", [QueryGallery(cameras=False), EachAgainstRest()])
def test_noise_finds_none_of_its_copies(tmp_path, protocol):
    """Vectors that know nothing but the bytes would find every copy, and nothing else."""
    records, known = [], []
    pool = isinstance(protocol, EachAgainstRest)
    for number in range(40):
        for side in ("query", "gallery"):
            path = f"{side}-{number}.jpg" if number % 2 else f"{number}.jpg"  # a copy, or itself
            if side == "query" or number % 2 or not pool:
                (tmp_path / path).write_bytes(b"noise %d" % number)
                records.append(Record(path, str(number % 4), "test" if pool else side))
                known.append(number)
    images = RecordTable(tmp_path, tuple(records), class_names_of(records))
    (scored,) = scoring.score(torch.eye(40)[known], TestSet(images, protocol))
    wanted = [  # counted one by one: the first place of a match where all others are equally far
        next(
            place
            for place, other in enumerate(
                (b for b in scored.trial.gallery.tolist() if known[b] != known[a]), start=1
            )
            if records[other].label == records[a].label
        )
        for a in scored.trial.query.tolist()
    ]
    assert scored.ranking.first_match.tolist() == wanted
