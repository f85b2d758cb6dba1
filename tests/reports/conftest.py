import pytest


def _split(top1):
    views = {"raw": top1, "mirror": top1 - 0.01, "together": top1 + 0.02}
    return {
        "images": 480,
        "accuracy": {view: {"top1": value, "top5": 0.97} for view, value in views.items()},
        "balanced_accuracy": top1 - 0.005,
        "per_class": [
            {"class": "finch & wren", "images": 240, "top1": top1},
            {"class": "tit", "images": 240, "top1": top1 - 0.1},
        ],
        "confusions": [{"true": "tit", "predicted": "finch & wren", "images": 17}],
        "effect": {"logit": 3.21, "probability": 0.456},
        "localization": {
            "images": 480,
            "iou": {"0.1": 0.312, "0.5": 0.287},
            "attention_inside": 0.331,
            "evidence_inside": 0.734,
            "box_area": 0.251,
        },
        "calibration": {"error": 0.081, "temperature": 1.4, "error_after": 0.032},
    }


def _run(method="baseline", seed=0, biased=0.9, unbiased=0.7):
    return {
        "format": 1,
        "recipe": "birds",
        "method": method,
        "seed": seed,
        "versions": {"torch": "2.15.0"},
        "classes": ["finch & wren", "tit"],
        "training": {"epochs": 12, "steps": 360, "seconds": 41.5, "images": 960},
        "protocol": {
            "views": ["raw", "mirror"],
            "effect": {"intervention": "random", "draws": 4, "seed": 0},
            "selected_on": "val",
        },
        "splits": {"test": _split(biased), "test-unbiased": _split(unbiased)},
    }


@pytest.fixture
def run():
    """A maker of results: `run(method, seed, biased, unbiased)`."""
    return _run
