"""`elsewhere test` of a bundle that was converted from a published file."""

import json

import pytest
import torch
from tests.published import files
from tests.reference import published_networks as reference

from elsewhere.cli import main
from elsewhere.drawn import Cub
from elsewhere.recipes.composition import compose, split_words
from elsewhere.runs.weights import without_pretrained

QUICK = ["--task.measure=null", "--task.views.crops=[]", "--task.views.mirror=false"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Birds in CUB's layout, and a converted classifier of as many classes."""
    root = tmp_path_factory.mktemp("published")
    Cub(species=5, train=1, test=1, size=64).write(root / "sets" / "CUB_200_2011")
    network = reference.stirred(reference.classifier((2, 2, 2, 2), deep=False))
    file = files.save_classifier(network, root / "model_bestacc.pth")
    assert main(["convert", str(file), "--out", str(root / "bundle")]) == 0
    return root


def words(published, *more):
    where = ["--data.path=cub", f"--data.root={published / 'sets'}", f"--runs={published / 'runs'}"]
    return ["test", "--config", "classification-published", "--checkpoint",
            str(published / "bundle"), *where, "--data.workers=0", *QUICK, *more]  # fmt: skip


def test_a_converted_checkpoint_is_scored_without_any_download(published, capsys):
    assert main(words(published)) == 0
    folder = published / "runs" / "classification-published" / "seed-0" / "tested-bundle"
    result = json.loads((folder / "result.json").read_text())
    assert result["splits"]["test"]["images"] == 5
    assert result["classes"][0].startswith("001.")  # names come from the data
    assert "views" in result["protocol"]
    # the same images, asked of the network itself
    from elsewhere import load_bundle
    from elsewhere.runs.building import build_data

    data = build_data(
        compose(*split_words(words(published)[1:3] + words(published)[5:8] + ["--data.workers=0"]))
    )
    network, right = load_bundle(published / "bundle"), 0
    with torch.no_grad():
        for batch in data.evaluation_loader("test"):
            right += int((network(batch.images).logits.argmax(1) == batch.labels).sum())
    assert result["splits"]["test"]["accuracy"]["raw"]["top1"] == pytest.approx(right / 5)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--data.size=64", "--data.resize=64"], "set data.size, resize, mean and std alike"),
        (["--checkpoint=nowhere"], "nowhere: no such checkpoint"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(published, capsys, more, said):
    assert main(words(published, *more)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_another_number_of_classes_is_refused(published, tmp_path, capsys):
    Cub(species=3, train=1, test=1, size=64).write(tmp_path / "CUB_200_2011")
    assert main(words(published, f"--data.root={tmp_path}")) == 2
    assert "was trained for 5 classes, the data have 3: 'class 0', " in capsys.readouterr().err


def test_a_test_asks_for_no_pretrained_weights():
    made = compose(["person-published"])
    assert made.config["network"]["backbone"]["init_args"]["weights"] == "pretrained"
    backbone = without_pretrained(made).config["network"]["backbone"]
    assert backbone["init_args"]["weights"] is None
    assert made.config["network"]["backbone"]["init_args"]["weights"] == "pretrained"
    bare = compose(["drawn-birds"])
    assert without_pretrained(bare).config == bare.config
