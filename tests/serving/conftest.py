import io
from importlib.util import find_spec

import pytest
from PIL import Image
from tests.cli.trained import draw_pictures
from tests.cli.trained import write_bundle as write_classifier
from tests.retrieval.individuals import CALIBRATED, draw_individuals
from tests.retrieval.individuals import write_bundle as write_finder

import elsewhere

# looked for, not imported: every process collects every test, and one of them serves
for library in ("fastapi", "uvicorn", "multipart", "prometheus_client", "httpx", "gradio"):
    if find_spec(library) is None:
        pytest.skip("needs elsewhere[app]", allow_module_level=True)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Two models and pictures for them."""
    folder = tmp_path_factory.mktemp("serving")
    write_classifier(folder / "birds", classes=("robin", "<b>wren</b>", "雀"))
    write_finder(folder / "finder", CALIBRATED)
    draw_pictures(folder / "pictures", 3)
    draw_individuals(folder / "herd", 3, 2)
    return folder


@pytest.fixture(scope="session")
def birds(made):
    return elsewhere.open_model(made / "birds", "cpu")


@pytest.fixture(scope="session")
def finder(made):
    return elsewhere.open_model(made / "finder", "cpu")


@pytest.fixture
def herd(made, tmp_path):
    """A gallery of all but one of the pictures."""
    gallery = elsewhere.open_gallery(tmp_path / "herd.db", made / "finder", "cpu")
    gallery.add([made / "herd" / "ind 0", made / "herd" / "ind 1"])
    return gallery


@pytest.fixture(scope="session")
def picture(made):
    return (made / "pictures" / "0.png").read_bytes()


@pytest.fixture
def client():
    """A client of a service in this process, as a browser on this machine would be one."""
    from fastapi.testclient import TestClient

    from elsewhere.serving import service

    opened = []

    def open_client(model, gallery=None, **options):
        app = service(model, gallery, **options)
        one = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        opened.append(one.__enter__())
        return opened[-1]

    yield open_client
    for one in opened:
        one.__exit__(None, None, None)


def png(width, height, mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()
