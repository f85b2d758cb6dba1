"""Heads and backbones of re-identification as a recipe names them."""

import pytest

from elsewhere.errors import ConfigError
from elsewhere.models import (
    AttentionNetwork,
    ChannelAttentionBackbone,
    ClassifierHead,
    EmbeddingHead,
)
from elsewhere.recipes.composition import compose, split_words
from elsewhere.recipes.typed import check_typed, parse_typed, typed_parser
from elsewhere.runs.building import build_run, training_parser

RECIPE = ["--config", "folder", "--data.path=pictures"]
HEAD = "--network.head={class_path: elsewhere.EmbeddingHead, init_args: {size: 48}}"
BACKBONE = (
    "--network.backbone={class_path: elsewhere.ChannelAttentionBackbone, init_args: "
    "{name: test_resnet, blocks: published, stem_relu: false}, "
    "dict_kwargs: {drop_path_rate: 0.1}}"
)


def checked(*words):
    return check_typed(training_parser("fit"), compose(*split_words([*RECIPE, *words])))


def built(*words) -> AttentionNetwork:
    made = compose(*split_words([*RECIPE, *words]))
    parser = typed_parser("fit")
    parser.add_class_arguments(AttentionNetwork, "network", skip={"preprocessing"})
    return parse_typed(parser, made._replace(config={"network": made.config["network"]})).network


def refusal(*words) -> str:
    with pytest.raises(ConfigError) as error:
        checked(*words)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("head", ["Embedding", "Classifier"])
def test_either_head_is_a_recipes(head):
    word = f"--network.head.class_path=elsewhere.{head}Head"
    assert checked(word).network.head.class_path.endswith(f"{head}Head")


def test_head_and_backbone_become_what_the_recipe_says():
    checked(HEAD, BACKBONE)
    network = built(HEAD, BACKBONE)
    assert (type(network.head), network.embedding_size) == (EmbeddingHead, 48)
    assert type(network.backbone) is ChannelAttentionBackbone
    assert next(iter(network.backbone.blocks)) == "stem"
    assert (network.backbone.stem_relu, network.backbone.settings["last_stride"]) == (False, 1)
    assert network.backbone.settings["drop_path_rate"] == 0.1


def test_one_number_may_change_on_the_command_line():
    assert built(HEAD, BACKBONE, "--network.head.size=24").embedding_size == 24
    classifier = "--network.head={class_path: elsewhere.ClassifierHead, init_args: {scale: 30}}"
    network = built(classifier, BACKBONE)
    assert isinstance(network.head, ClassifierHead)
    assert network.head.scale == 30.0


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--network.head.size=large", "size expects"),
        ("--network.head.scale=3", "scale"),
        ("--network.backbone.blocks=four", "blocks expects"),
    ],
)
def test_wrong_values_are_one_line(word, message):
    assert message in refusal(HEAD, BACKBONE, word)


def test_a_size_that_is_refused_is_said_in_the_heads_own_words():
    with pytest.raises(ConfigError, match="folder cannot be built: the size of an embedding must"):
        built(HEAD, BACKBONE, "--network.head.size=0")


def test_data_and_task_of_two_kinds_are_refused_before_training(tmp_path):
    task = "--task={class_path: elsewhere.tasks.Classification}"
    small = [f"--data.{key}=2" for key in ("identities", "val_identities", "test_identities")]
    network = ["--network.backbone=elsewhere.SmallResNet", "--data.identities_per_batch=2"]
    made = ["--config", "drawn-persons", f"--data.root={tmp_path}", "--data.pixels=32", task]
    with pytest.raises(ConfigError, match="Classification does not go with data DrawnIndividuals"):
        build_run("fit", compose(*split_words([*made, *small, *network])))
