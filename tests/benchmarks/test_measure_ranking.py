"""The ranking benchmark at a tiny size."""

import importlib
import sys
from pathlib import Path

import pytest
import torch

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
HAS_PEAKS = Path("/proc/self/clear_refs").exists()


@pytest.fixture
def bench(monkeypatch):
    """Import benchmarks as their scripts do: from their own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == BENCHMARKS:
            del sys.modules[name]


def test_ranking(bench):
    module = bench("measure_ranking")
    case = module.Case(60, 400, 32, identities=15, distractors=40, cameras=3)
    result = module.measure(case, 2)
    clustered, structureless = result["clustered"], result["structureless"]
    assert clustered["evaluation ÷ product in blocks"]["cpu"]["median"] > 0
    assert structureless["evaluation ÷ full sort"]["wall"]["median"] > 0
    assert clustered["every eleventh query"]["difference of mAP"] < 1e-6
    assert clustered["scores"]["mAP"] > 2 * structureless["scores"]["mAP"]
    once = module.once(module.clustered(case), case)
    assert once["scores"] == clustered["scores"]


def test_matches(bench):
    result = bench("measure_ranking").measure_matches(2, (300,), (20, 100), queries=12)
    for matches in (20, 100):
        clustered = result[f"300 images, {matches} matches, clustered"]
        assert clustered["evaluation ÷ sorting each block"]["cpu"]["median"] > 0
        assert clustered["mAP"] > result[f"300 images, {matches} matches, structureless"]["mAP"]


@pytest.mark.skipif(not HAS_PEAKS, reason="only Linux tells and forgets the peak of a process")
def test_memory_beyond(bench):
    assert 60 < bench("measure_ranking").beyond(lambda: torch.ones(2**24)) < 100


def test_distractors_are_nobody_s_match(bench):
    galleries = bench("galleries")
    case = galleries.Case(60, 400, 32, identities=15, distractors=40, cameras=3)
    labels = galleries.clustered(case).labels
    assert (labels["gallery_ids"] == 15).sum() == 40
    assert labels["query_ids"].max() < 15
