import numpy as np
import pytest


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((3, 24, 24)).astype(np.float32)


@pytest.fixture
def maps():
    return np.random.default_rng(1).random((5, 6, 6)).astype(np.float32)
