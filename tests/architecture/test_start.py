"""What each verb loads: nothing that it can do without, so that it starts in a second or a few."""

import subprocess
import sys

import pytest
from tests.cli.trained import draw_pictures
from tests.cli.trained import write_bundle as write_classifier
from tests.retrieval.individuals import draw_individuals
from tests.retrieval.individuals import write_bundle as write_embedding

pytestmark = pytest.mark.slow

TRAINING = ("lightning", "torchmetrics", "pytorch_metric_learning")


def loaded(folder, *lines):
    """Top-level names of all that a process has imported after it ran these verbs."""
    code = "import sys; from elsewhere.cli import main\n"
    code += "".join(f"assert main({line.split()!r}) == 0\n" for line in lines)
    code += "print('LOADED', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.rpartition("LOADED")[2].split()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    for name in "ab":
        draw_pictures(folder / "images" / name, 5)
    draw_individuals(folder / "animals", 12, 3)
    write_classifier(folder / "classes")
    write_embedding(folder / "individuals")
    return folder


def test_data_is_checked_and_recipes_are_listed_without_torch(place):
    found = loaded(
        place,
        "check-data images",
        "check-data animals --individuals",
        "configs",
        "configs folder",
        "convert --help",
        "make-data --help",
        "make-data birds --help",
        "predict --help",
        "--help",
    )
    assert found & {"torch", "torchvision", "timm", "pyarrow", "jsonargparse", *TRAINING} == set()


def test_a_model_is_asked_without_what_trains_it(place):
    found = loaded(
        place,
        "predict classes images --views=all --csv a.csv --json a.json",
        "explain classes images --out shown",
        "compare individuals animals images/a --out pair.png",
    )
    assert found & {"pyarrow", "jsonargparse", "scipy", *TRAINING} == set()


def test_a_store_is_searched_without_what_trains_its_model(place):
    """Only its table, which is Parquet, wants pyarrow."""
    found = loaded(
        place,
        "embed individuals animals --out store",
        "search individuals store animals --out found",
    )
    assert found & {"jsonargparse", *TRAINING} == set()
