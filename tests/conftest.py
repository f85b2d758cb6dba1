"""Shapes and types in the package's signatures are checked while tests run."""

import os
import random
import signal
import sys

import pytest
from hypothesis import HealthCheck, settings

already = sorted(name for name in sys.modules if name.split(".")[0] == "elsewhere")
if already:
    raise RuntimeError(f"imported before their signatures could be checked: {already}")
from tests.network import refuse_other_machines, require_that_nobody_asked  # noqa: E402
from tests.typecheck import check_signatures  # noqa: E402

refuse_other_machines()
check_signatures("elsewhere")

# the same examples every time, in as much time as they take
settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors gain nothing from threads, and tests may share the machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def no_power_cuts():
    """A file needs not reach the disk for a test to see it, and each would wait for that."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """No library tells anybody of its use."""
    yield
    require_that_nobody_asked()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Whatever draws without a seed of its own draws the same in any order of the tests."""
    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)


def pytest_collection_modifyitems(items):
    """Files that take longest come first, so that no process ends long after the others."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def pytest_configure(config):
    """Refuse now what libraries will soon refuse of our own code; let tests be interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background jobs
    for category in ("DeprecationWarning", "FutureWarning", "RuntimeWarning"):
        config.addinivalue_line("filterwarnings", rf"error::{category}:elsewhere(\..*)?")
