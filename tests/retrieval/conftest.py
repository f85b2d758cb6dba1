from functools import partial

import pytest
from tests.retrieval.individuals import draw_individuals, write_bundle

from elsewhere.bundle import load_bundle
from elsewhere.retrieval import (
    Loading,
    StoreSettings,
    Wanted,
    embed_images,
    list_images,
    model_fingerprint,
)
from elsewhere.retrieval.looking import look, vector_size


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


@pytest.fixture
def pictures(tmp_path):
    """Eleven pictures of four individuals."""
    files = draw_individuals(tmp_path / "animals", 4, 3)
    files.pop().unlink()
    return files


@pytest.fixture
def embed(bundle, tmp_path):
    """Embeds a folder with shards of four pictures and batches of two."""
    network = load_bundle(bundle)

    def run(names=None, out="store", vector="embedding", mirror=False, **options):
        wanted = Wanted(vector, mirror, network.preprocessing)
        settings = StoreSettings(
            model_fingerprint(bundle), *wanted, dimension=vector_size(network, wanted)
        )
        found = list_images(names or [tmp_path / "animals"])
        options = {"loading": Loading(2), "shard_images": 4, **options}
        return embed_images(partial(look, network), found, tmp_path / out, settings, **options)

    return run
