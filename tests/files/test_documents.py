"""Small documents that unfold, or are nested, beyond reason end in one line."""

import json
import os
import shutil
import time

import pytest

from elsewhere.bundle import load_bundle, save_bundle
from elsewhere.errors import CheckpointError, ConfigError, ElsewhereError
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.recipes.document import parse_layer, parse_value, read_layer
from elsewhere.reports.documents import read_document
from elsewhere.structures import Preprocessing

DEEP = "[" * 100_000
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
MERGED = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], y{n}: 1}}\n" for n in range(1, 60)
)
RECIPES = {"aliases": LAUGHS, "merged aliases": MERGED, "deep": f"a: {DEEP}",
           "deep mappings": "a: " + "{b: " * 5000, "long": "# " + "x" * 2_000_000}  # fmt: skip


@pytest.mark.parametrize("text", RECIPES.values(), ids=list(RECIPES))
def test_a_recipe_takes_no_more_than_it_says(text, tmp_path):
    (tmp_path / "mine.yaml").write_text(text)
    began = time.monotonic()
    with pytest.raises(ConfigError) as error:
        read_layer(tmp_path / "mine.yaml")
    assert time.monotonic() - began < 10
    assert "\n" not in str(error.value)


def test_anchors_that_a_person_would_write_are_read():
    text = "base: &b {lr: 1}\nall: [*b, *b, {<<: *b, wd: 2}]\n"
    assert parse_layer(text, "mine").values["all"] == [{"lr": 1}, {"lr": 1}, {"lr": 1, "wd": 2}]
    with pytest.raises(ConfigError, match="nested too deep"):
        parse_value(DEEP, "mine")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    network = AttentionNetwork(SmallResNet(), heads=2, classes=["a", "b"])
    network.preprocessing = Preprocessing((72, 72), (64, 64))
    save_bundle(network, tmp_path_factory.mktemp("bundles") / "small")
    return tmp_path_factory.getbasetemp() / "bundles0" / "small"


CHANGES = {
    "heads": [10**9, 10**30, -1, "2", None, [2], 1e400, 2.5],
    "classes": [["a"], [], "ab", None, ["a", "a"], [["a"], ["b"]]],
    "preprocessing": [
        {"resize": [10**6] * 2, "crop": [10**6] * 2, "mean": [0] * 3, "std": [1] * 3},
        {"resize": [72, 72], "crop": [64, 64], "mean": [0] * 3, "std": [0] * 3},
        {"resize": [72, 72], "crop": [64, 64], "mean": [0] * 3, "std": ["1"] * 3},
        {"resize": ["72", 72], "crop": [64, 64]},
        {"resize": [72.5, 72], "crop": [64, 64]},
        {"size": 3},
        7,
    ],
    "calibration": [{"temperature": "x"}, {"temperature": 0}, {"unsure_below": "x"}, {"t": 1}, 3],
    "retrieval": [{"vector": "all"}, {"mirror": 1}, {"slope": "1"}, {"threshold": "x"}, 5],
    "backbone": [
        {"kind": "os.system"},
        {"kind": "SmallResNet", "widths": [10**9] * 4},
        {"kind": "SmallResNet", "widths": "x"},
        {"kind": "TimmBackbone", "name": "hf-hub:stranger/network"},
        {"kind": "TimmBackbone", "name": "local-dir:/tmp"},
        {"kind": "TimmBackbone", "name": "resnet18", "weights": "/etc/passwd"},
        {"kind": "TimmBackbone", "name": "resnet18", "pretrained": True},
        {"kind": "TimmBackbone", "name": "resnet18", "checkpoint_path": "/etc/passwd"},
        [],
    ],
    "head": [{"kind": "ClassifierHead", "scale": "x"}, {"kind": "x"}, None],
    "attention": [{"kind": "SpatialAttention", "groups": 10**12}, {}, 1],
    "pooling": ["x", 1],
    "normalize": ["x", 3],
    "format": [0, 99, "3", None, [3]],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in CHANGES.items() for value in values], ids=str
)
def test_a_changed_field_of_a_bundle_is_told(key, value, bundle, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(bundle, folder)
    description = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps({**description, key: value}))
    with pytest.raises(CheckpointError) as error:
        load_bundle(folder)
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [DEEP, "1" * 10_000, '{"format":', "\0", "[]", "NaN"])
def test_a_description_that_is_none(text, bundle, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(bundle, folder)
    (folder / "bundle.json").write_text(text)
    with pytest.raises(CheckpointError):
        load_bundle(folder)
    with pytest.raises(ElsewhereError):
        read_document(folder / "bundle.json") if text in (DEEP, "\0") else load_bundle(folder)


def test_a_pipe_in_place_of_weights_is_not_waited_for(bundle, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(bundle, folder)
    (folder / "weights.safetensors").unlink()
    os.mkfifo(folder / "weights.safetensors")
    with pytest.raises(CheckpointError, match="not a regular file"):
        load_bundle(folder)


def test_a_linked_bundle_is_read_and_replaced_whole(bundle, tmp_path):
    """A bundle is where its link leads; what a link in it leads to is left alone."""
    (tmp_path / "there").mkdir()
    own = tmp_path / "there" / "other"
    own.write_text("mine")
    shutil.copytree(bundle, tmp_path / "real")
    (tmp_path / "real" / "bundle.json").rename(tmp_path / "real" / "kept.json")
    (tmp_path / "linked").mkdir()
    for name, at in (("bundle.json", "kept.json"), ("weights.safetensors", "weights.safetensors")):
        (tmp_path / "linked" / name).symlink_to(tmp_path / "real" / at)
    network = load_bundle(tmp_path / "linked")
    save_bundle(network, tmp_path / "linked")
    assert not (tmp_path / "linked" / "bundle.json").is_symlink()
    assert (tmp_path / "real" / "kept.json").is_file()
    (tmp_path / "linked" / "bundle.json").unlink()
    (tmp_path / "linked" / "bundle.json").symlink_to(own)
    save_bundle(network, tmp_path / "linked")
    assert own.read_text() == "mine"
