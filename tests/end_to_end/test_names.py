"""A checkpoint meets data by the names of classes, not by their number."""

import json

import numpy as np
import pytest
from PIL import Image

import elsewhere
from elsewhere.bundle import DESCRIPTION, load_bundle, save_bundle
from elsewhere.errors import CheckpointError

COLOURS = {"apple": (200, 40, 40), "kiwi": (60, 150, 60), "plum": (90, 40, 130)}
QUICK = {
    "network.backbone": {
        "class_path": "elsewhere.SmallResNet", "init_args": {"widths": [4, 6, 8]}
    },
    "network.heads": 2,
    "data.size": 16, "data.resize": 16, "data.batch_size": 8, "data.workers": 0, "data.val": 0.2,
    "trainer.max_epochs": 1, "task.effect_warmup_epochs": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A classifier of three plain colours, and the folder that it was trained on."""
    place = tmp_path_factory.mktemp("names")
    noise = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (place / "fruit" / name).mkdir(parents=True)
        for number in range(6):
            pixels = np.clip(np.array(colour) + noise.integers(-30, 30, (16, 16, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(place / "fruit" / name / f"{number}.png")
    return elsewhere.fit("folder", runs=place / "runs", **QUICK, **{"data.path": place / "fruit"})


def test_a_renamed_class_is_refused_and_the_bundle_stays(run, tmp_path):
    place = run.folder.parents[2]
    before = {file.name: file.read_bytes() for file in (run.folder / "bundle").iterdir()}
    renamed = tmp_path / "fruit"
    renamed.mkdir()
    for name in COLOURS:
        (renamed / name.replace("apple", "zebra")).symlink_to(place / "fruit" / name)
    keys = QUICK | {"data.path": renamed}
    sentence = "'apple' only in training, 'zebra' only in the data"
    with pytest.raises(CheckpointError, match=sentence):
        elsewhere.test("folder", runs=place / "runs", **keys)
    with pytest.raises(CheckpointError, match=sentence):
        elsewhere.test("folder", checkpoint=run.folder / "bundle", out=tmp_path / "out", **keys)
    longer = keys | {"trainer.max_epochs": 2}
    with pytest.raises(CheckpointError, match=sentence):
        elsewhere.fit("folder", runs=place / "runs", resume=True, **longer)
    assert before == {file.name: file.read_bytes() for file in (run.folder / "bundle").iterdir()}
    assert not (tmp_path / "out").exists()


def test_classes_in_another_order_meet_by_name(run, tmp_path):
    """A bundle whose classes are turned round answers as before, and so does its test."""
    network = load_bundle(run.folder / "bundle")
    weight = network.head.classifier.weight
    weight.data = weight.data.flip(0).clone()
    network.class_names = network.class_names[::-1]
    save_bundle(network, tmp_path / "turned")
    keys = QUICK | {"data.path": run.folder.parents[2] / "fruit"}
    tested = elsewhere.test("folder", checkpoint=tmp_path / "turned", out=tmp_path / "out", **keys)
    ours, theirs = (each.result["splits"]["test"]["accuracy"] for each in (tested, run))
    assert ours == theirs
    assert tested.result["classes"] == ["plum", "kiwi", "apple"]


def test_a_test_writes_a_bundle_only_when_asked(run, tmp_path):
    keys = QUICK | {"data.path": run.folder.parents[2] / "fruit"}
    for asked in (False, True):
        out = tmp_path / str(asked)
        elsewhere.test("folder", runs=run.folder.parents[1], out=out, bundle=asked, **keys)
        assert (out / "bundle").is_dir() == asked
    described = json.loads((tmp_path / "True" / "bundle" / DESCRIPTION).read_text())
    assert described["classes"] == sorted(COLOURS)
