import pytest
from tests.cli.trained import draw_pictures
from tests.cli.trained import write_bundle as write_classifier
from tests.retrieval.individuals import draw_individuals
from tests.retrieval.individuals import write_bundle as write_embedding

import elsewhere


@pytest.fixture(scope="session")
def classifier(tmp_path_factory):
    return elsewhere.open_model(write_classifier(tmp_path_factory.mktemp("m") / "bundle"), "cpu")


@pytest.fixture(scope="session")
def embedding(tmp_path_factory):
    return elsewhere.open_model(write_embedding(tmp_path_factory.mktemp("m") / "bundle"), "cpu")


@pytest.fixture
def files(tmp_path):
    return draw_pictures(tmp_path / "images", 3)


@pytest.fixture
def animals(tmp_path):
    draw_individuals(tmp_path / "animals", 2, 3)
    return tmp_path / "animals"
