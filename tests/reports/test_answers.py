"""What networks answered, as the tables of their tests have it, and what is chosen by it."""

import pytest

from elsewhere.bundle import load_bundle
from elsewhere.cli import main
from elsewhere.drawn import Cub
from elsewhere.errors import DataError
from elsewhere.recipes.composition import compose, split_words
from elsewhere.reports.answers import (
    answer_split,
    choose_images,
    counts_text,
    recorded_answers,
    rule_text,
)
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


BASELINE = [True, True, False, False] * 25
OTHER = [True, False, True, False] * 25


def test_every_way_is_counted_and_shown():
    chosen = {each.title: each for each in choose_images(BASELINE, OTHER, each=3)}
    assert {title: each.rows[0] % 4 for title, each in chosen.items()} == {
        "Both right": 0,
        "Baseline right, CAL wrong": 1,
        "CAL right, baseline wrong": 2,
        "Both wrong": 3,
    }
    for each in chosen.values():
        assert each.total == 25
        assert len(set(each.rows)) == 3
        assert len({row % 4 for row in each.rows}) == 1


def test_the_seed_alone_decides():
    assert choose_images(BASELINE, OTHER, seed=1) == choose_images(BASELINE, OTHER, seed=1)
    assert choose_images(BASELINE, OTHER, seed=1) != choose_images(BASELINE, OTHER, seed=2)


def test_fewer_where_there_are_fewer():
    chosen = choose_images([True], [True], each=5)
    assert [each.rows for each in chosen] == [(), (), (), (0,)]


def test_models_must_answer_the_same_pictures():
    with pytest.raises(ValueError, match="zip"):
        choose_images([True], [True, False])


def test_the_rule_is_stated():
    assert "seed 7" in rule_text(2, 7, 480)
    assert "480" in rule_text(2, 7, 480)


def test_ways_have_a_name_of_their_own():
    chosen = choose_images(BASELINE, OTHER, names=("plain", "ours"))
    assert [(each.way, each.title) for each in chosen] == [
        ("gained", "Ours right, plain wrong"),
        ("lost", "Plain right, ours wrong"),
        ("neither", "Both wrong"),
        ("both", "Both right"),
    ]


def test_the_rule_names_the_ways_that_are_shown():
    assert "each of the four ways" in rule_text(2, 7, 480)
    some = rule_text(2, 7, 480, ["CAL right, baseline wrong", "Both wrong"])
    assert "each of these ways" in some
    assert "CAL right, baseline wrong; Both wrong." in some


def test_all_ways_are_counted_in_words():
    counts = {"gained": 1234, "lost": 5, "neither": 60, "both": 7}
    words = counts_text(counts, ("baseline", "CAL"), "split test")
    assert words == (
        "Of the 1,306 pictures of split test, CAL alone is right on 1,234, baseline alone on 5; "
        "both are right on 7 and both wrong on 60."
    )
