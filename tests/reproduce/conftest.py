"""Results of runs as `elsewhere test` writes them, with numbers that can be told apart."""

import pytest

from elsewhere.reproduce.collected import collect
from elsewhere.reproduce.experiments import EXPERIMENTS
from elsewhere.reproduce.paper import printed_table


def classified(top1, seed=0, overlap=0.5, **versions):
    """The result of a classifier; `top1` of all views together, the raw view worse by 0.1."""
    views = {"raw": top1 - 0.1, "together": top1}
    return {
        "format": 1, "recipe": "r", "method": "m", "seed": seed,
        "versions": {"torch": "2.15.0", **versions}, "classes": ["a", "b"],
        "training": {"epochs": 1, "steps": 1, "seconds": 1.0, "images": 4},
        "protocol": {"views": ["raw"], "effect": None, "selected_on": None},
        "splits": {
            "test": {
                "images": 10,
                "accuracy": {name: {"top1": value, "top5": 1.0} for name, value in views.items()},
                "balanced_accuracy": top1, "per_class": [], "confusions": [], "effect": None,
                "calibration": None,
                "localization": {
                    "images": 10, "attention_inside": 0.4, "evidence_inside": None, "box_area": 0.3,
                    "iou": {"0.1": overlap - 0.1, "0.3": overlap, "0.5": overlap - 0.2},
                    "iou_padded": {"0.1": overlap - 0.15, "0.3": overlap - 0.05, "0.5": overlap},
                },
            }
        },
    }  # fmt: skip


def retrieved(mean_precision, rank1, seed=0, sets=("market",), vector="embedding"):
    """The result of a re-identification; Rank-5 is better by 0.2, pooled vectors worse by 0.3."""

    def score(less):
        cmc = {"1": rank1 - less, "5": rank1 + 0.2 - less}
        return {"mAP": mean_precision - less, "mAP_interval": [0.1, 0.9], "mINP": 0.1, "cmc": cmc,
                "cmc_curve": [], "rank1_interval": [0.1, 0.9], "spread": None}  # fmt: skip

    each = {
        "protocol": "query-gallery", "queries": 4, "gallery": 8, "identities": 2,
        "without_match": 0, "draws": 1, "vectors": {vector: score(0.0), "pooled": score(0.3)},
        "reranked": None, "verification": None, "worst": [],
    }  # fmt: skip
    return {
        "format": 1, "task": "reidentification", "recipe": "r", "method": "m", "seed": seed,
        "versions": {"torch": "2.15.0"}, "identities": 4,
        "training": {"epochs": 1, "steps": 1, "seconds": 1.0, "images": 4}, "selected_on": None,
        "retrieval_vector": vector, "mirror": True, "metric": "euclidean",
        "sets": dict.fromkeys(sets, each),
    }  # fmt: skip


@pytest.fixture
def table5():
    """Table 5 with two seeds of three rows, one row that failed and one that was not run."""
    results = {
        ("Baseline", "cub"): {0: classified(0.80, 0, 0.5), 1: classified(0.90, 1, 0.6)},
        ("+ CAL", "cub"): {0: classified(0.84, 0, 0.7), 1: classified(0.96, 1, 0.8)},
        ("+ Attention Dropout", "cub"): {1: classified(0.85, 1, 0.4)},
    }
    reasons = {("+ Entropy Regularization", "cub"): "failed: no space left"}
    return collect(
        EXPERIMENTS["table5"], results, reasons, printed=printed_table("table5"), drawn=False
    )


@pytest.fixture
def table1():
    """Table 1 on drawn birds; the other sets are not there."""
    results = {("Baseline", "cub"): {0: classified(0.5)}, ("Baseline + CAL", "cub"): {}}
    missing = {
        (row, name): f"{name} is not there"
        for row in ("Baseline", "Baseline + CAL")
        for name in ("cars", "aircraft")
    }
    return collect(
        EXPERIMENTS["table1"], results, missing, printed=printed_table("table1"), drawn=True
    )
