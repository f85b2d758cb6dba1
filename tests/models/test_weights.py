import logging
import pickle
from pathlib import Path

import pytest
import timm
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from elsewhere.errors import CheckpointError
from elsewhere.models import TimmBackbone

NAME = "test_resnet"


@pytest.fixture(scope="module")
def network():
    """timm's network with its classifier, as people find its weights."""
    torch.manual_seed(3)
    return timm.create_model(NAME)


def loaded(file, network):
    backbone = TimmBackbone(NAME, weights=file)
    own = backbone.network.state_dict()
    theirs = network.state_dict()
    return all(torch.equal(value, theirs[key]) for key, value in own.items())


def refusal(file) -> str:
    with pytest.raises(CheckpointError) as error:
        TimmBackbone(NAME, weights=file)
    text = str(error.value)
    assert text.startswith(str(file))
    assert "\n" not in text
    return text


@pytest.mark.parametrize("kind", ["safetensors", "plain", "state_dict", "module", "logs"])
def test_weights_load_from_every_kind_of_file(kind, network, tmp_path, caplog):
    weights = network.state_dict()
    prefixed = {f"module.{key}": value for key, value in weights.items()}
    file = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.pth")
    contents = {
        "plain": weights,
        "state_dict": {"epoch": 3, "state_dict": weights},
        "module": {"state_dict": prefixed},
        "logs": {"logs": {"loss": 1.5}, "state_dict": weights},
    }
    if kind == "safetensors":
        save_file(weights, file)
    else:
        torch.save(contents[kind], file)
    with caplog.at_level(logging.WARNING):
        assert loaded(file, network)
    # the classifier in the file is left out, and that is said
    assert "classifier ignored (fc." in caplog.text


def test_weights_without_a_classifier_load_in_silence(network, tmp_path, caplog):
    weights = {k: v for k, v in network.state_dict().items() if not k.startswith("fc.")}
    save_file(weights, tmp_path / "w.safetensors")
    assert loaded(tmp_path / "w.safetensors", network)
    assert caplog.text == ""


def test_counts_of_batches_may_be_missing(network, tmp_path):
    weights = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    save_file(weights, tmp_path / "w.safetensors")
    assert loaded(tmp_path / "w.safetensors", network)


def test_weights_load_before_the_last_stride_goes(network, tmp_path):
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    backbone = TimmBackbone(NAME, last_stride=1, weights=tmp_path / "w.safetensors")
    assert torch.equal(backbone.network.layer4[0].conv1.weight, network.layer4[0].conv1.weight)


def test_keys_without_a_place_are_named(network, tmp_path, caplog):
    save_file({**network.state_dict(), "extra.bias": torch.ones(1)}, tmp_path / "w.safetensors")
    TimmBackbone(NAME, weights=tmp_path / "w.safetensors")
    assert "no place in the backbone: extra.bias" in caplog.text


def test_missing_weights(network, tmp_path):
    weights = {k: v for k, v in network.state_dict().items() if not k.startswith("layer1.0.conv1.")}
    save_file(weights, tmp_path / "w.safetensors")
    assert "1 of " in refusal(tmp_path / "w.safetensors")
    assert "layer1.0.conv1.weight" in refusal(tmp_path / "w.safetensors")


def test_weights_of_another_network(tmp_path):
    save_file(timm.create_model("test_vit").state_dict(), tmp_path / "w.safetensors")
    assert "is it for another network?" in refusal(tmp_path / "w.safetensors")


def test_wrong_shapes(network, tmp_path):
    weights = {**network.state_dict(), "layer1.0.conv1.weight": torch.zeros(8, 3, 3, 3)}
    save_file(weights, tmp_path / "w.safetensors")
    assert "layer1.0.conv1.weight: (8, 3, 3, 3) in the file" in refusal(tmp_path / "w.safetensors")


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_file_cut_short(network, tmp_path, suffix, share):
    file = tmp_path / f"w.{suffix}"
    if suffix == "safetensors":
        save_file(network.state_dict(), file)
    else:
        torch.save(network.state_dict(), file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    assert "not a file of weights" in refusal(file)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=64), st.sampled_from(["pth", "safetensors"]))
def test_any_bytes_end_in_one_line(tmp_path, content, suffix):
    file = tmp_path / f"w.{suffix}"
    file.write_bytes(content)
    refusal(file)


class Leaves:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_code_in_a_file_is_refused_and_not_run(tmp_path):
    trace, file = tmp_path / "ran", tmp_path / "w.pth"
    torch.save({"state_dict": Leaves(trace)}, file)
    assert "cut short or not a file of weights" in refusal(file)
    file.write_bytes(pickle.dumps(Leaves(trace)))
    refusal(file)
    assert not trace.exists()


@pytest.mark.parametrize("content", [3, [1, 2], {}, {"state_dict": 5}, {"state_dict": {"a": 1}}])
def test_a_file_without_tensors(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    assert "holds no tensors by name" in refusal(tmp_path / "w.pth")


def test_no_such_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "w.pth")
    assert "a folder; name a file" in refusal(tmp_path)
