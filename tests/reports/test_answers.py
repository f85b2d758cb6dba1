"""What networks answered, as the tables of their tests have it."""

import pytest

from elsewhere.bundle import load_bundle
from elsewhere.cli import main
from elsewhere.drawn import Cub
from elsewhere.errors import DataError
from elsewhere.recipes.composition import compose, split_words
from elsewhere.reports.answers import answer_split, recorded_answers
from elsewhere.runs.building import build_data


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """A short training on birds, its folder and its data."""
    root = tmp_path_factory.mktemp("tested")
    Cub(species=3, train=4, test=5, size=32).write(root / "CUB_200_2011")
    words = ["--config", "classification-paper", "--config", "toy-classes", "--data.path=cub",
             f"--data.root={root}", "--trainer.max_epochs=1", "--data.size=32",
             "--data.resize=36"]  # fmt: skip
    assert main(["fit", *words, f"--runs={root / 'runs'}"]) == 0
    folder = next((root / "runs").glob("*/seed-0"))
    return folder, build_data(compose(*split_words(words)))


def test_recorded_answers_are_those_the_network_gives_when_asked(tested):
    folder, data = tested
    network = load_bundle(folder / "bundle")
    asked = answer_split({"it": network}, data, "test")
    assert recorded_answers({"it": folder / "images-test.csv"}, data, "test") == asked
    assert len(asked.labels) == 15


def test_a_table_of_other_pictures_is_refused(tested, tmp_path):
    folder, data = tested
    lines = (folder / "images-test.csv").read_text().splitlines(keepends=True)
    file = tmp_path / "images-test.csv"
    for changed, said in (
        (lines[:-1], "is of other pictures than"),
        ([lines[0], lines[2], lines[1], *lines[3:]], "is of other pictures than"),
        ([lines[0].replace("predicted (raw)", "guess"), *lines[1:]], "cannot be read"),
    ):
        file.write_text("".join(changed))
        with pytest.raises(DataError, match=said):
            recorded_answers({"it": file}, data, "test")


def test_a_missing_table_is_named(tested, tmp_path):
    with pytest.raises(DataError, match=r"nothing\.csv: cannot be read"):
        recorded_answers({"it": tmp_path / "nothing.csv"}, tested[1], "test")
