"""Every figure of a card is one of the run's own result, with an interval derived by hand."""

from math import comb

import pytest
import yaml
from tests.cli.trained import write_bundle
from tests.retrieval.individuals import write_bundle as write_embedding

import elsewhere
from elsewhere.cli import main
from elsewhere.errors import DataError
from elsewhere.reports.result import write_result
from elsewhere.reports.statistics import share_interval

RUN = {
    "recipe": "birds",
    "method": "CAL",
    "seed": 3,
    "versions": {"torch": "2.15.0"},
    "training": {"epochs": 12, "steps": 360, "seconds": 41.5, "images": 960},
}


@pytest.fixture
def classes(tmp_path):
    """A run of classification as it lies on disk."""
    folder = tmp_path / "runs" / "birds" / "seed-3"
    write_bundle(folder / "bundle")
    views = {"raw": 0.75, "mirror": 0.5, "together": 0.85}
    split = {
        "images": 20,
        "accuracy": {view: {"top1": share, "top5": 0.95} for view, share in views.items()},
        "balanced_accuracy": 0.7,
        "per_class": [],
        "confusions": [],
        "effect": None,
        "localization": None,
        "calibration": None,
        "against": {"chance": 0.25, "untrained": 0.4},
    }
    protocol = {"views": ["raw", "mirror"], "effect": None, "selected_on": "val"}
    result = {**RUN, "classes": ["a"], "protocol": protocol, "splits": {"test": split}}
    write_result(folder / "result.json", result)
    return folder


@pytest.fixture
def individuals(tmp_path):
    folder = tmp_path / "runs" / "herd" / "seed-3"
    write_embedding(folder / "bundle")
    score = {
        "mAP": 0.625,
        "mAP_interval": [0.5, 0.75],
        "mINP": 0.3,
        "cmc": {"1": 0.8125, "5": 0.9},
        "cmc_curve": [0.8125],
        "rank1_interval": [0.6, 0.9],
        "spread": None,
    }
    one = {
        "protocol": "query-gallery",
        "queries": 16,
        "gallery": 90,
        "identities": 8,
        "without_match": 0,
        "draws": 1,
        "vectors": {"embedding": score},
        "reranked": None,
        "verification": None,
        "worst": [],
    }
    facts = {
        "task": "reidentification",
        "identities": 30,
        "selected_on": "val",
        "retrieval_vector": "embedding",
    }
    result = {**RUN, **facts, "mirror": False, "metric": "cosine", "sets": {"test": one}}
    write_result(folder / "result.json", result)
    return folder


def card_of(folder, capsys):
    words = ["push", str(folder), "me/birds", "--licence=mit", "--card"]
    assert main(words) == 0
    _, front, body = capsys.readouterr().out.split("---\n", 2)
    return yaml.safe_load(front), body


def test_a_classifiers_card_tells_figures_intervals_protocol_and_limits(classes, capsys):
    front, body = card_of(classes, capsys)
    assert (front["license"], front["pipeline_tag"]) == ("mit", "image-classification")
    (model,) = front["model-index"]
    (measured,) = model["results"]
    figures = {each["name"]: each["value"] for each in measured["metrics"]}
    assert figures == {"top-1, raw": 0.75, "top-1, together": 0.85}
    assert "| test | raw | 20 | 75.0 [50.9, 91.3] | 95.0 |" in body
    assert "| test | chance | 20 | 25.0 | – |" in body
    assert "Checkpoints were chosen on validation pictures" in body
    assert "Trained on 960 images, by the recipe birds." in body
    assert "seed 3: 12 epochs, 360 steps" in body
    assert "It answers with one of its classes, whatever it is shown." in body
    assert str(classes) not in body


def test_a_card_of_individuals_tells_the_results_own_intervals(individuals, capsys):
    front, body = card_of(individuals, capsys)
    values = {
        each["name"]: each["value"] for each in front["model-index"][0]["results"][0]["metrics"]
    }
    assert values == {"mAP": 0.625, "Rank-1": 0.8125}
    assert "62.5<br>[50.0, 75.0]" in body
    assert "Ada" not in body  # nobody's name is told
    assert "ask them first" in body


def test_a_result_that_cannot_be_read_stops_the_card(classes):
    (classes / "result.json").write_text('{"format": 1')
    with pytest.raises(DataError, match="no whole JSON"):
        elsewhere.open_model(classes, "cpu").model_card("me/birds", "mit")


@pytest.mark.parametrize(("hits", "of"), [(15, 20), (0, 7), (7, 7), (1, 300)])
def test_the_interval_of_a_share_leaves_out_what_would_be_too_unlikely(hits, of):
    """At each end, what was seen or anything further out has 2.5 % by the binomial itself."""
    low, high = share_interval(hits, of)

    def chance(counts, share):
        return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in counts)

    if hits:
        assert chance(range(hits, of + 1), low) == pytest.approx(0.025, abs=1e-9)
    if hits < of:
        assert chance(range(hits + 1), high) == pytest.approx(0.025, abs=1e-9)
    assert 0 <= low <= hits / of <= high <= 1
