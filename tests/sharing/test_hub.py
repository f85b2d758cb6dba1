"""Pushed and opened through the hub's own library and a stand-in for the hub, file by file."""

import os
import subprocess
import sys

import pytest
import yaml
from huggingface_hub import constants
from tests.cli.trained import CLASSES, draw_pictures, write_bundle
from tests.retrieval.individuals import write_bundle as write_embedding
from tests.sharing.hub import TOKEN

import elsewhere
from elsewhere.cli import main
from elsewhere.errors import CheckpointError, ConfigError


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "mine")


def pushed(bundle, name="me/birds", **asked):
    return elsewhere.open_model(bundle, "cpu").push_to_hub(name, "cc-by-4.0", **asked)


def test_what_was_pushed_is_opened_with_the_same_numbers(hub, bundle, tmp_path):
    address = pushed(bundle)
    assert address.startswith(f"{hub.address}/me/birds/commit/")
    files = hub.files("me/birds")
    for name in ("bundle.json", "weights.safetensors"):
        assert files[name] == (bundle / name).read_bytes()
    pictures = draw_pictures(tmp_path / "pictures")
    there = elsewhere.open_model("hf-hub:me/birds", "cpu")
    here = elsewhere.open_model(bundle, "cpu")
    assert there.class_names == CLASSES
    assert there.predict(pictures) == here.predict(pictures)


def test_a_name_on_the_hub_may_end_as_a_file_does(hub, bundle):
    pushed(bundle, "me/birds.onnx")
    assert elsewhere.open_model("hf-hub:me/birds.onnx", "cpu").class_names == CLASSES


def test_a_push_is_one_commit_and_private_until_told_otherwise(hub, bundle):
    pushed(bundle)
    pushed(bundle, "me/open", public=True)
    assert [hub.repositories[name]["private"] for name in ("me/birds", "me/open")] == [True, False]
    commits = [line for line in hub.asked if "/commit/" in line]
    assert commits == [f"POST /api/models/{name}/commit/main" for name in ("me/birds", "me/open")]


def test_a_branch_is_written_to_and_opened_by_its_name(hub, bundle, tmp_path):
    pushed(bundle)
    other = write_bundle(tmp_path / "other", seed=1)
    pushed(other, "me/birds@second")
    assert hub.files("me/birds") != hub.files("me/birds", "second")
    opened = elsewhere.open_model("hf-hub:me/birds@second", "cpu")
    weights = (opened.folder / "weights.safetensors").read_bytes()
    assert weights == (other / "weights.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match=r"@third: there is no revision third"):
        elsewhere.open_model("hf-hub:me/birds@third", "cpu")


def test_what_was_opened_once_opens_when_nothing_answers(hub, bundle, tmp_path, monkeypatch):
    pushed(bundle)
    pictures = draw_pictures(tmp_path / "pictures")
    before = elsewhere.open_model("hf-hub:me/birds", "cpu").predict(pictures)
    asked = len(hub.asked)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert elsewhere.open_model("hf-hub:me/birds", "cpu").predict(pictures) == before
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert len(hub.asked) == asked, "asked although told to stay offline"
    hub.shutdown()
    hub.server_close()
    assert elsewhere.open_model("hf-hub:me/birds", "cpu").predict(pictures) == before


def test_every_failure_is_one_line(hub, bundle, tmp_path, monkeypatch, capsys):
    pushed(bundle)
    monkeypatch.setenv("HF_TOKEN", "somebody else")
    picture = draw_pictures(tmp_path / "pictures", 1)[0]
    for words, said in (
        (["predict", "hf-hub:me/birds", str(picture)], "nothing that you may see"),
        (["predict", "hf-hub:me/none", str(picture)], "nothing there"),
        (["predict", "hf-hub:birds", str(picture)], "write owner/name"),
        (["predict", "hf-hub:me/../x", str(picture)], "write owner/name"),
        (["push", str(bundle), "me/mine", "--licence=mit"], "hf auth login"),
        (["push", str(bundle), "me/mine", "--licence=Do what you want"], "the hub's words"),
        (["push", str(bundle), "me/mine"], "--licence"),
    ):
        assert main(words) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1, lines
        assert said in lines[0]
    assert set(hub.repositories) == {"me/birds"}


def test_without_a_network_one_line_says_what_to_do(nowhere, bundle, tmp_path, capsys):
    picture = draw_pictures(tmp_path / "pictures", 1)[0]
    assert main(["predict", "hf-hub:me/birds", str(picture)]) == 2
    line = capsys.readouterr().err
    assert "cannot be reached; connect once, or copy the bundle's folder here" in line
    assert main(["push", str(bundle), "me/birds", "--licence=mit"]) == 2
    assert f"the bundle lies in {bundle}" in capsys.readouterr().err


def test_a_repository_of_something_else_is_told(hub, bundle):
    pushed(bundle)
    del hub.files("me/birds")["bundle.json"]
    with pytest.raises(CheckpointError, match=r"hf-hub:me/birds: holds no bundle"):
        elsewhere.open_model("hf-hub:me/birds", "cpu")


def test_the_environment_of_the_hubs_own_tools_counts(hub, bundle, tmp_path):
    """A process of its own, so that HF_ENDPOINT and HF_HOME are read as everybody sets them."""
    pushed(bundle)
    picture = draw_pictures(tmp_path / "pictures", 1)[0]
    environment = {
        **os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": TOKEN, "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    words = [sys.executable, "-m", "elsewhere", "predict", "hf-hub:me/birds", str(picture)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert any(name in done.stdout for name in CLASSES)
    assert (tmp_path / "home" / "hub" / "models--me--birds" / "snapshots").is_dir()


def test_a_card_without_a_result_has_no_figure(tmp_path, capsys):
    """Neither in its text nor in what machines read."""
    bundle = write_embedding(tmp_path / "herd")
    said = "Nyala, right flanks."
    words = ["push", str(bundle), "me/herd", "--licence=other", "--card", "--data", said]
    assert main(words) == 0
    _, front, body = capsys.readouterr().out.split("---\n", 2)
    facts = yaml.safe_load(front)
    assert facts["license"] == "other"
    assert "model-index" not in facts
    assert "None: the bundle came without the result of a run" in body
    assert "%" not in body
    assert said in body


def test_a_bundle_says_no_figures_of_a_result_that_lies_beside_it_by_chance(tmp_path):
    bundle = write_bundle(tmp_path / "mine")
    (tmp_path / "result.json").write_text("{}")
    model = elsewhere.open_model(bundle, "cpu")
    assert "None: the bundle came without" in model.model_card("me/birds", "mit")


def test_a_name_that_is_none_is_refused_before_anything_is_asked(bundle):
    model = elsewhere.open_model(bundle, "cpu")
    with pytest.raises(ConfigError, match="owner/name"):
        model.model_card("birds", "mit")
