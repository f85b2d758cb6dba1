"""Every row is a recipe that the command line takes, and says what the paper says of it."""

from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest

from elsewhere.recipes.composition import compose
from elsewhere.recipes.typed import check_typed
from elsewhere.reproduce.experiments import EXPERIMENTS, FIGURES, HEADS, PANELS, TABLES, training_of
from elsewhere.reproduce.paper import paper
from elsewhere.reproduce.sets import SOURCES
from elsewhere.reproduce.sweeps import SWEEPS
from elsewhere.runs.building import _filled, training_parser

pytestmark = pytest.mark.slow

EVERY = [*EXPERIMENTS.values(), *SWEEPS.values()]


def typed(training):
    """The recipe of a training, checked; several tests ask for the same ones."""
    names = (training.recipe, *training.overlays)
    return deepcopy(checked(names, training.keys))  # whoever asks may take it apart


@cache
def checked(names, keys):
    made = compose(names, (*keys, "--data.root=SETS"))
    filled = made._replace(config=_filled(made.config, 0, Path("run")))
    return check_typed(training_parser("fit"), filled).as_dict()


@pytest.mark.parametrize("drawn", [False, True], ids=["whole", "toy"])
@pytest.mark.parametrize("preset", ["paper", "published"])
@pytest.mark.parametrize("experiment", EVERY, ids=lambda each: each.name)
def test_every_row_is_a_recipe(experiment, preset, drawn):
    rows = experiment.methods
    for place, name in enumerate(experiment.sets):
        # a further set, or being a toy, changes the same of every row
        for method in (rows[0], rows[-1]) if drawn or place else rows:
            made = typed(training_of(method, name, preset, drawn=drawn))
            data = made["data"]["init_args"]
            assert SOURCES[name].name in str(data.get("path") or data.get("train"))
            assert made["trainer"]["accelerator"] == ("cpu" if drawn else "auto")


@pytest.mark.parametrize("experiment", EVERY, ids=lambda each: each.name)
def test_no_two_rows_are_trained_alike(experiment):
    for name in experiment.sets:
        trainings = [training_of(each, name, "paper", drawn=False) for each in experiment.methods]
        made = [{k: v for k, v in typed(each).items() if k != "method"}
                for each in trainings]  # fmt: skip
        assert all(one not in made[:place] for place, one in enumerate(made))


def test_every_table_and_figure_of_the_paper_is_there():
    assert tuple(f"table{number}" for number in range(1, 7)) == TABLES
    assert set(FIGURES) == {"figure1", "figure2", "figure4", "figure5", "figure6"}
    assert set(FIGURES) - set(EXPERIMENTS) - set(PANELS) == {"figure2"}


@pytest.mark.parametrize("experiment", EVERY, ids=lambda each: each.name)
def test_every_row_is_compared_with_one_above_it(experiment):
    names = [method.name for method in experiment.methods]
    assert len(set(names)) == len(names)
    for place, method in enumerate(experiment.methods):
        assert method.baseline == "" or method.baseline in names[:place]


def test_table_4_has_the_four_counterfactuals_of_appendix_b():
    rows = EXPERIMENTS["table4"].methods
    made = [typed(training_of(each, "cub", "paper", drawn=False)) for each in rows]
    branches = [each["task"]["init_args"]["intervention"] for each in made]
    assert branches[0] is None
    names = [each["class_path"].rsplit(".", 1)[1] for each in branches[1:]]
    kinds = ["Random", "Uniform", "Reversed", "Shuffled"]
    assert names == [f"{kind}Attention" for kind in kinds]
    low, high = paper()["settings"]["counterfactual"].values()
    assert branches[1]["init_args"] == {"low": low, "high": high}


def test_table_5s_rivals_have_no_counterfactual():
    rows = EXPERIMENTS["table5"].methods
    made = [typed(training_of(each, "cub", "paper", drawn=False)) for each in rows]
    has_branch = [each["task"]["init_args"]["intervention"] is not None for each in made]
    assert has_branch == [False, False, False, False, True]


def test_figure_4_varies_the_heads_alone():
    rows = EXPERIMENTS["figure4"].methods
    made = [typed(training_of(each, "market", "paper", drawn=False)) for each in rows]
    assert [each["network"].pop("heads") for each in made] == [m for m in HEADS for _ in range(2)]
    assert all(each == made[0] for each in made[::2])
    assert all(each == made[1] for each in made[1::2])


def test_rows_with_a_dagger_have_four_blocks_of_channel_attention():
    rows = {each.name: each for each in EXPERIMENTS["table2"].methods}
    for name, method in rows.items():
        made = typed(training_of(method, "duke", "paper", drawn=False))
        backbone = made["network"]["backbone"]
        assert backbone["class_path"].endswith("ChannelAttentionBackbone") is ("†" in name)
        if "†" in name:
            assert backbone["init_args"]["blocks"] == "paper"
        published = typed(training_of(method, "duke", "published", drawn=False))
        known = published["network"]["backbone"]
        assert known["class_path"].endswith("ChannelAttentionBackbone") is ("†" in name)
        assert known["init_args"].get("blocks") == ("published" if "†" in name else None)


def test_the_three_tests_of_vehicleid_are_of_one_training():
    method = EXPERIMENTS["table3"].methods[1]
    names = [f"vehicleid-{size}" for size in paper()["images"]["vehicleid"]["sizes"]]
    trainings = {training_of(method, name, "paper", drawn=False) for name in names}
    assert len(trainings) == 1
    assert all(name in " ".join(trainings.pop().keys) for name in names[:1])


def test_vehicles_have_no_published_recipe():
    method = EXPERIMENTS["table3"].methods[0]
    assert training_of(method, "veri", "published", drawn=False).recipe == "vehicle-paper"


def test_recipes_hold_the_settings_of_the_papers_text():
    said = paper()["settings"]
    made = {
        kind: typed(training_of(EXPERIMENTS[table].methods[-1], name, "paper", drawn=False))
        for kind, table, name in (
            ("categorization", "table1", "cub"),
            ("person", "table2", "market"),
            ("vehicle", "table3", "veri"),
        )
    }
    for kind, config in made.items():
        data, task = config["data"]["init_args"], config["task"]["init_args"]
        pixels = data["size"]
        assert ([pixels, pixels] if isinstance(pixels, int) else list(pixels)) == said[kind][
            "pixels"
        ]
        assert config["network"]["heads"] == said[kind]["heads"]
        assert task["optimizer"]["init_args"]["lr"] == said[kind]["learning_rate"]
        assert task["schedule"]["init_args"]["rate"] == pytest.approx(said[kind]["decay"])
        name = config["network"]["backbone"]["init_args"]["name"].partition(".")[0]
        assert name == said[kind]["backbone"].lower().replace("-", "")
    birds, persons, vehicles = made.values()
    assert birds["data"]["init_args"]["batch_size"] == said["categorization"]["batch"]
    assert (
        birds["task"]["init_args"]["optimizer"]["init_args"]["weight_decay"]
        == said["categorization"]["weight_decay"]
    )
    every = birds["task"]["init_args"]["schedule"]["init_args"]["every"]
    assert every == said["categorization"]["every_epochs"]
    for config, kind in ((persons, "person"), (vehicles, "vehicle")):
        data = config["data"]["init_args"]
        batch = data["identities_per_batch"] * data["images_per_identity"]
        assert batch == said[kind]["batch"]
    milestones = persons["task"]["init_args"]["schedule"]["init_args"]["milestones"]
    assert list(milestones) == [said["person"]["every_epochs"] * n for n in (1, 2, 3)]
    assert persons["trainer"]["max_epochs"] == said["person"]["epochs"]
    schedule = vehicles["task"]["init_args"]["schedule"]["init_args"]
    assert (list(schedule["milestones"]), schedule["unit"]) == (said["vehicle"]["at_steps"], "step")
    assert vehicles["trainer"]["max_steps"] == said["vehicle"]["steps"]


def test_sizes_of_the_sets_are_the_papers_or_explained():
    from elsewhere.data.sets.published import PUBLISHED

    said = paper()["images"]
    for name in ("cub", "cars"):
        known = PUBLISHED[name]
        images = {split: count.images for split, count in known.splits.items()}
        assert {"classes": known.classes, **images}.items() <= said[name].items()
    aircraft = PUBLISHED["aircraft"].splits.values()
    assert sum(count.images for count in aircraft) == said["aircraft"]["images"]
    for name in ("duke", "msmt17", "veri"):
        train = PUBLISHED[name].splits["train"]
        assert (train.images, train.identities) == (
            said[name]["train"], said[name]["train_identities"]
        )  # fmt: skip
    # where files and paper differ, the reader says so
    for name, number in (("market", said["market"]["train"]),
                         ("vehicleid-800", said["vehicleid"]["train"])):  # fmt: skip
        train = PUBLISHED[name].splits["train"]
        assert train.images != number
        assert f"{number:,}" in train.note
    assert f"{said['veri']['test_in_table_3']:,}" in PUBLISHED["veri"].splits["gallery"].note
    assert f"{said['market']['gallery']:,}" in PUBLISHED["market"].splits["gallery"].note
