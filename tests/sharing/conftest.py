import pytest
from huggingface_hub import constants
from tests.sharing.hub import TOKEN, running_hub


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """The stand-in, in place of the hub, for somebody who is logged in."""
    with running_hub() as running:
        template = "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", running.address + template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the stand-in speaks LFS
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield running


@pytest.fixture
def nowhere(hub, monkeypatch):
    """The same once nothing answers any more."""
    hub.shutdown()
    hub.server_close()
    return hub
