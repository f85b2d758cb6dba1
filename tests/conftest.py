"""Shapes and types in the package's signatures are checked while tests run."""

import sys

from jaxtyping import install_import_hook

already = sorted(name for name in sys.modules if name.split(".")[0] == "elsewhere")
if already:
    raise RuntimeError(f"imported before their signatures could be checked: {already}")
import tests.typecheck  # noqa: E402, F401  # what the hook names must be there already

install_import_hook("elsewhere", "tests.typecheck.check")

import pytest  # noqa: E402
import torch  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Small tensors gain nothing from threads, and tests may share the machine."""
    torch.set_num_threads(1)


def pytest_configure(config):
    """What libraries will soon refuse is refused now, where our own code asks for it."""
    for category in ("DeprecationWarning", "FutureWarning", "RuntimeWarning"):
        config.addinivalue_line("filterwarnings", rf"error::{category}:elsewhere(\..*)?")
