"""The fastest way is taken among those that say the same, and only among those."""

import json
from time import sleep

import numpy as np
import pytest
import torch
from tests.cli.trained import draw_pictures, write_bundle

import elsewhere
from elsewhere.cli import main
from elsewhere.data import load_images
from elsewhere.inference.faster import WAYS, Faster, HowComputed
from elsewhere.inference.speed import fastest

LOGITS = np.array([[2.0, 0.0], [0.0, 1.0]], np.float32)


def way(seconds, logits=LOGITS):
    def compute():
        sleep(seconds)
        return logits

    return compute


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        (LOGITS + np.float32([[0.01, 0.0]]), "other"),
        (LOGITS * 1.2, "first"),  # the same classes, another confidence
        (LOGITS[:, ::-1], "first"),
        (np.full_like(LOGITS, np.nan), "first"),
    ],
)
def test_a_faster_way_is_taken_if_it_says_the_same(other, taken):
    speed = fastest({"first": way(0.02), "slower": way(0.03), "other": way(0, other)})
    assert speed.name == taken
    assert (speed.gain > 2) == (taken == "other")
    assert set(speed.refused) == ({"other"} if taken == "first" else set())
    assert ("not taken: other differs by" in str(speed)) == (taken == "first")


def test_where_no_way_is_faster_the_first_stays():
    speed = fastest({"first": way(0.01), "other": way(0.02)})
    assert (speed.name, speed.gain, speed.refused) == ("first", 1.0, {})


def test_what_a_probability_is_depends_on_the_temperature():
    """0.06 apart at 1, 0.0006 at 100."""
    ways = {"first": way(0.02), "other": way(0, LOGITS * 1.2)}
    assert fastest(ways).name == "first"
    assert fastest(ways, temperature=100.0).name == "other"


@pytest.mark.parametrize("how", WAYS)
def test_every_way_is_near_the_network_and_leaves_its_weights(tmp_path, how):
    bundle = write_bundle(tmp_path / "bundle")
    network, same = elsewhere.load_bundle(bundle), elsewhere.load_bundle(bundle)
    images = load_images(draw_pictures(tmp_path / "pictures"), network.preprocessing)
    fast = Faster(network, how)
    with torch.inference_mode():
        found, wanted, still = fast(images), same(images), network(images)
    assert torch.equal(still.logits, wanted.logits)
    bits = 2**-6 if how.bfloat16 else 1e-5
    for name in ("logits", "attention"):
        value, near = getattr(found, name), getattr(wanted, name)
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, near, atol=bits * float(near.abs().max()), rtol=0)
    for key, weight in same.state_dict().items():
        assert torch.equal(network.state_dict()[key], weight), key
    for each, expected in ((fast.network, how.channels_last), (network, False)):
        weight = each.backbone.network[0].weight
        assert weight.is_contiguous(memory_format=torch.channels_last) == expected


def test_predictions_alone_are_computed_in_another_way(tmp_path, monkeypatch):
    model = elsewhere.open_model(write_bundle(tmp_path / "bundle"), "cpu")
    (file,) = draw_pictures(tmp_path / "pictures", 1)

    def asked():
        look, changed = model.explain(file)[0], model.counterfactual(file)
        return [
            *(each.probability for each in look.prediction.ranked),
            *changed.factual.tolist(),
            *model.embed(file).vectors[0].tolist(),
        ]

    before, (said,) = asked(), model.predict(file)
    monkeypatch.setattr("elsewhere.inference.faster.WAYS", (HowComputed(True, True),))
    assert model.speed_up(file).name == "bfloat16 and channels last"
    (faster,) = model.predict(file)
    assert faster != said
    assert faster.ranked[0].probability == pytest.approx(said.ranked[0].probability, abs=0.01)
    assert asked() == before
    images = load_images(file, model.preprocessing)
    program = torch.export.load(model.export("torch", tmp_path / "it.pt2").file).module()
    torch.testing.assert_close(program(images)[0], model.network(images).logits)


def test_predict_says_which_way_it_took(tmp_path, capsys):
    bundle = write_bundle(tmp_path / "bundle")
    draw_pictures(tmp_path / "pictures", 3)
    said = []
    for words in ([], ["--fast"]):
        out = tmp_path / "out.json"
        assert (
            main(["predict", str(bundle), str(tmp_path / "pictures"), "--json", str(out), *words])
            == 0
        )
        named = [each["predictions"][0]["class"] for each in json.loads(out.read_text())["images"]]
        said.append((named, capsys.readouterr().err))
    assert said[0][0] == said[1][0]
    assert said[0][1] == ""
    assert any(said[1][1].startswith(f"fast: {how.name}") for how in WAYS)


def test_the_ways_are_tried_on_the_first_eight_images_that_can_be_read(tmp_path):
    model = elsewhere.open_model(write_bundle(tmp_path / "bundle"), "cpu")
    files = draw_pictures(tmp_path / "pictures", 3)
    assert model.speed_up([b"broken"] * 5 + files * 3).images == 8
    assert model.speed_up([b"broken"] * 9 + files).images == 3


def test_without_an_image_there_is_nothing_to_try_on(tmp_path):
    model = elsewhere.open_model(write_bundle(tmp_path / "bundle"), "cpu")
    with pytest.raises(elsewhere.errors.ModelError, match="no image that could be read"):
        model.speed_up(tmp_path / "none.png")
    assert HowComputed().name == "as it is"
