import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import timm

from elsewhere.losses import ReidentificationWeights, TermWeights
from elsewhere.losses.center import CenterMoves
from elsewhere.recipes.composition import compose
from elsewhere.recipes.shipped import shipped
from elsewhere.recipes.typed import check_typed
from elsewhere.runs.building import _filled, training_parser

RECIPES = [item.name for item in shipped() if not item.is_overlay]
NOT_FOR_DRAWN = ("all-vectors", "reranked", "channel-attention", "last-stride-2")
OVERLAYS = [item for item in shipped() if item.is_overlay]


@pytest.fixture(scope="module")
def parser():
    return training_parser("fit")


def composed(*names: str):
    return compose(names)


def typed(parser, *names: str):
    made = composed(*names)
    # loggers write into the run's folder, which follows from the command line
    return check_typed(parser, made._replace(config=_filled(made.config, 0, Path("run"))))


def configs(parser, *names: str):
    return typed(parser, *names).as_dict()


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_fits_the_constructors(parser, recipe):
    typed(parser, recipe)


def task_of(recipe: str) -> str:
    return composed(recipe).config["task"]["class_path"].rsplit(".", 1)[1].lower()


CLASSIFIERS = [name for name in RECIPES if task_of(name) == "classification"]
REIDENTIFIERS = [name for name in RECIPES if task_of(name) == "reidentification"]


def fitting(overlay) -> list[str]:
    """The recipes that an overlay says it is for, by its folder."""
    task = overlay.folder.partition("/")[2]
    return [name for name in RECIPES if task in ("", task_of(name))]


@cache
def alone(recipe: str):
    return typed(training_parser("fit"), recipe)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)
def test_every_overlay_fits_on_its_recipes_and_changes_them(parser, overlay):
    fit = []
    for recipe in fitting(overlay):
        if overlay.name == "demo" and recipe != "drawn-birds":
            continue  # it says how many birds are drawn
        if "drawn" in recipe and overlay.name in NOT_FOR_DRAWN:
            continue  # drawn recipes score everything already, and their network is no ResNet-50
        if overlay.name == "standard-backbone" and "published" not in recipe:
            continue  # all but the published code's recipe have it
        fit.append(recipe)
    for recipe in fit[:: max(len(fit) // 3, 1)]:  # recipes of a task have the same keys
        assert typed(parser, recipe, overlay.name) != alone(recipe), recipe


def nodes(config: Any) -> Iterator[dict]:
    """Every mapping in a recipe."""
    if isinstance(config, dict):
        yield config
        for value in config.values():
            yield from nodes(value)
    elif isinstance(config, list):
        for value in config:
            yield from nodes(value)


def bare_names(config: Any) -> list[str]:
    """Networks of timm that a recipe names without saying which weights."""
    backbones = [node for node in nodes(config) if str(node.get("class_path")).endswith("Backbone")]
    names = [node.get("init_args", {}).get("name", "") for node in backbones]
    return [name for name in names if "." not in name]


@pytest.mark.parametrize("item", shipped(), ids=lambda item: item.name)
def test_no_shipped_recipe_names_a_network_without_its_weights(item):
    assert bare_names(item.layer().values) == []


def test_a_bare_name_would_be_seen():
    config = composed("folder").config
    assert bare_names(config) == []
    config["network"]["backbone"]["init_args"]["name"] = "resnet50"
    assert bare_names(config) == ["resnet50"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_weights_named_exist(recipe):
    backbone = composed(recipe).config["network"]["backbone"]
    name = backbone.get("init_args", {}).get("name")
    if name is not None:
        assert timm.is_model_pretrained(name.split(".")[0])
        assert name in timm.list_models(name.split(".")[0] + "*", pretrained=True)


def test_the_papers_numbers(parser):
    """Section 4.1, "Implementation Details"."""
    made = configs(parser, "classification-paper")
    data, task = made["data"]["init_args"], made["task"]["init_args"]
    backbone = made["network"]["backbone"]["init_args"]
    assert backbone["name"].startswith("resnet101.")
    assert made["network"]["heads"] == 32
    assert data["size"] == 448
    assert data["batch_size"] == 16
    assert task["optimizer"]["init_args"]["lr"] == 1e-3
    assert task["optimizer"]["init_args"]["weight_decay"] == 1e-5
    schedule = task["schedule"]["init_args"]
    assert (schedule["every"], schedule["rate"], schedule["continuous"]) == (2, 0.9, False)
    assert schedule["warmup_epochs"] == 0
    assert task["intervention"]["class_path"].endswith("RandomAttention")
    assert task["intervention"]["init_args"] == {"low": 0.0, "high": 2.0}
    assert task["augmentation"]["class_path"].endswith("CropAndDrop")


@pytest.mark.parametrize("recipe", ["classification-paper", "classification-published"])
def test_the_published_numbers(parser, recipe):
    made = configs(parser, recipe)
    data, task = made["data"]["init_args"], made["task"]["init_args"]
    backbone = made["network"]["backbone"]["init_args"]
    assert (backbone["name"], backbone["last_stride"]) == ("resnet101.tv_in1k", 1)
    assert (data["resize"], data["size"]) == (512, 448)
    assert (data["flip"], data["brightness"], data["saturation"]) == (0.5, 0.126, 0.5)
    assert data["mean"] == (0.485, 0.456, 0.406)
    assert made["network"]["epsilon"] == 1e-6
    assert task["terms"] == pytest.approx(TermWeights(1 / 3, 2 / 3, 1.0, 1.0))
    assert task["center"].rate == 0.05
    assert task["optimizer"]["class_path"].endswith("SGD")
    assert task["optimizer"]["init_args"]["momentum"] == 0.9
    augmentation = task["augmentation"]["init_args"]
    assert (augmentation["crop"], augmentation["drop"]) == ((0.4, 0.6), (0.2, 0.5))
    assert augmentation["padding"] == 0.1
    crops = [list(crop) for crop in task["views"]["init_args"]["crops"]]
    assert crops == [[0.3, 0.1], [0.2, 0.1], [0.1, 0.05]]
    assert task["views"]["init_args"]["mirror"] is True
    assert made["trainer"]["max_epochs"] == 160


def test_the_published_recipe_differs_by_its_quirks_alone(parser):
    paper = configs(parser, "classification-paper")
    published = configs(parser, "classification-published")
    for made, expected in ((paper, False), (published, True)):
        task, data = made["task"]["init_args"], made["data"]["init_args"]
        assert task["schedule"]["init_args"].pop("continuous") is expected
        assert task.pop("center") == CenterMoves(0.05, "published" if expected else "all")
        assert task.pop("chosen_by") == ("published" if expected else "accuracy")
        assert data.pop("validate_on") == ("test" if expected else None)
        assert task["augmentation"]["init_args"].pop("blank_silent") is expected
        for part in ("augmentation", "views"):
            assert task[part]["init_args"].pop("short_end") is expected
    assert paper == published


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_baseline_is_the_same_but_for_the_effect(parser, recipe):
    causal, baseline = configs(parser, recipe), configs(parser, recipe, "baseline")
    assert causal["task"]["init_args"]["intervention"] is not None
    assert baseline["task"]["init_args"].pop("intervention") is None
    causal["task"]["init_args"].pop("intervention")
    assert (causal.pop("method"), baseline.pop("method")) == (None, "baseline")
    assert baseline == causal


@pytest.mark.parametrize("recipe", CLASSIFIERS)
def test_the_control_gives_the_effects_weight_to_the_classification_loss(parser, recipe):
    causal = configs(parser, recipe)["task"]["init_args"]["terms"]
    control = configs(parser, recipe, "control")["task"]["init_args"]
    usual = causal or TermWeights()
    assert control["intervention"] is None
    terms = control["terms"]
    assert terms.raw + terms.augmented == pytest.approx(usual.raw + usual.augmented + usual.effect)
    assert terms.center == usual.center


@pytest.mark.parametrize("recipe", REIDENTIFIERS)
def test_the_identity_control_gives_the_effects_weight_to_the_identity_loss(parser, recipe):
    control = configs(parser, recipe, "identity-control")["task"]["init_args"]
    usual = ReidentificationWeights()
    assert control["intervention"] is None
    assert control["terms"] == usual._replace(identity=usual.identity + usual.effect)


def test_the_papers_numbers_for_persons(parser):
    """Section 4.2, "Implementation Details"."""
    made = configs(parser, "person-paper")
    data, task = made["data"]["init_args"], made["task"]["init_args"]
    assert made["network"]["backbone"]["init_args"]["name"].startswith("resnet50.")
    assert made["network"]["heads"] == 8
    assert data["size"] == (384, 192)
    assert data["identities_per_batch"] * data["images_per_identity"] == 80
    assert task["optimizer"]["init_args"]["lr"] == 2e-4
    schedule = task["schedule"]["init_args"]
    assert (list(schedule["milestones"]), schedule["rate"]) == ([40, 80, 120], 0.1)
    assert schedule["unit"] == "epoch"
    assert made["trainer"]["max_epochs"] == 160
    assert task["statistics"] == "factual"


def test_the_papers_numbers_for_vehicles(parser):
    """Section 4.3, "Implementation Details"."""
    made = configs(parser, "vehicle-paper")
    data, task = made["data"]["init_args"], made["task"]["init_args"]
    assert made["network"]["heads"] == 8
    assert data["size"] == (256, 256)
    assert data["identities_per_batch"] * data["images_per_identity"] == 256
    assert task["optimizer"]["init_args"]["lr"] == 2e-4
    schedule = task["schedule"]["init_args"]
    assert (list(schedule["milestones"]), schedule["unit"]) == ([8000, 18000], "step")
    assert made["trainer"]["max_steps"] == 28000


@pytest.mark.parametrize("recipe", ["person-paper", "person-published"])
def test_the_published_numbers_for_persons(parser, recipe):
    made = configs(parser, recipe)
    data, task = made["data"]["init_args"], made["task"]["init_args"]
    assert (data["identities_per_batch"], data["images_per_identity"]) == (20, 4)
    assert data["augment"][:3] == (0.5, 10, 0.5)
    assert (data["val"], data["validate_on"]) == (0.0, None)
    assert made["network"]["epsilon"] == 1e-12
    assert made["network"]["head"]["init_args"]["size"] == 2048
    assert (task["smoothing"], task["margin"]) == (0.1, 0.3)
    assert task["terms"] == ReidentificationWeights(1.0, 1.0, 1.0)
    assert task["optimizer"]["class_path"].endswith("Adam")
    assert task["optimizer"]["init_args"]["weight_decay"] == 1e-3
    schedule = task["schedule"]["init_args"]
    assert (schedule["warmup_epochs"], schedule["warmup_factor"]) == (10, 0.01)
    assert schedule["warmup_by"] == "epoch"
    assert task["mirror"] is True


def test_the_published_person_recipe_differs_by_its_quirks_alone(parser):
    paper, published = configs(parser, "person-paper"), configs(parser, "person-published")
    for made, quirks in ((paper, False), (published, True)):
        task, data = made["task"]["init_args"], made["data"]["init_args"]
        backbone = made["network"].pop("backbone")
        assert backbone["class_path"].endswith("ChannelAttentionBackbone") is quirks
        assert backbone["init_args"]["last_stride"] == 1
        assert task.pop("smoothing_classes") == (751 if quirks else None)
        assert task.pop("statistics") == ("published" if quirks else "factual")
        assert task.pop("retrieval_vector") == ("logits" if quirks else "embedding")
        kinds = ("published", "published") if quirks else ("mean", "even")
        assert data.pop("augment")[3:] == kinds
        if quirks:
            assert backbone["init_args"]["blocks"] == "published"
            assert backbone["init_args"]["stem_relu"] is False
    assert paper == published


def test_classes_named_in_recipes_are_this_packages_or_a_librarys():
    for item in shipped():
        for node in nodes(item.layer().values):
            if "class_path" in node:
                module, name = node["class_path"].rsplit(".", 1)
                assert inspect.isclass(getattr(import_module(module), name)), item.name
