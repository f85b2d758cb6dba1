import pytest


def _score(rank1=0.8, mean=0.6, spread=None):
    return {
        "mAP": mean,
        "mAP_interval": [mean - 0.05, mean + 0.04],
        "mINP": mean / 2,
        "cmc": {"1": rank1, "5": rank1 + 0.1, "10": rank1 + 0.12, "20": rank1 + 0.14},
        "cmc_curve": [rank1 + 0.01 * k for k in range(12)],
        "rank1_interval": [rank1 - 0.03, rank1 + 0.02],
        "spread": spread,
    }


def _set(mean=0.6, protocol="query-gallery", draws=1):
    spread = {"mAP": 0.011, "rank1": 0.022} if draws > 1 else None
    return {
        "protocol": protocol,
        "queries": 336,
        "gallery": 1591,
        "identities": 75,
        "without_match": 2,
        "draws": draws,
        "vectors": {
            "embedding": _score(mean + 0.2, mean, spread),
            "pooled": _score(mean + 0.1, mean - 0.1, spread),
            "neck": _score(mean + 0.15, mean - 0.05, spread),
            "logits": _score(mean, mean - 0.2, spread),
        },
        "reranked": _score(mean + 0.25, mean + 0.1, spread),
        "verification": {
            "same": 1200,
            "different": 9000,
            "area": 0.97,
            "equal_error_rate": 0.08,
            "rates": {
                "0.1": {
                    "threshold": 0.3,
                    "false_positive_rate": 0.1,
                    "true_positive_rate": 0.95,
                },
                "0.01": {
                    "threshold": 0.5,
                    "false_positive_rate": 0.01,
                    "true_positive_rate": 0.71,
                },
                "0.001": None,
            },
            "calibrated": {
                "threshold": 0.48,
                "false_positive_rate": 0.013,
                "true_positive_rate": 0.74,
            },
            "curve": [[0.0, 0.0], [0.0, 0.3], [0.001, 0.5], [0.01, 0.71], [0.1, 0.95], [1.0, 1.0]],
        },
        "worst": [
            {
                "path": "query/0007 & <b>.jpg",
                "identity": "0007",
                "average_precision": 0.021,
                "first_match": 48,
            }
        ],
    }


def _run(method="baseline", seed=0, mean=0.6, sets=None):
    return {
        "format": 1,
        "task": "reidentification",
        "recipe": "drawn-persons",
        "method": method,
        "seed": seed,
        "versions": {"torch": "2.15.0"},
        "identities": 120,
        "training": {"epochs": 12, "steps": 360, "seconds": 41.5, "images": 960},
        "selected_on": "val",
        "retrieval_vector": "embedding",
        "mirror": True,
        "metric": "cosine",
        "sets": {"test": _set(mean)} if sets is None else sets,
    }


@pytest.fixture
def run():
    """A maker of results: `run(method, seed, mean, sets)`."""
    return _run


@pytest.fixture
def measured():
    """A maker of what was measured on a set: `measured(mean, protocol, draws)`."""
    return _set
