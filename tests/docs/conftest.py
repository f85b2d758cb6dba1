import shutil

import pytest
from tests.docs.workshop import furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workshop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        furnish(folder)
    return folder


@pytest.fixture
def workshop(furnished, tmp_path, monkeypatch):
    """Where an example runs: a folder of its own with all that examples name."""
    here = tmp_path / "here"
    shutil.copytree(furnished, here)
    monkeypatch.chdir(here)
    return here
