"""A run as a person makes it: fit, what it leaves behind, test again, go on, start from it."""

import csv
import shutil
import signal

import numpy as np
import pytest
import torch
from rich.console import Console
from tests.end_to_end.figures import flat, near
from tests.processes import command, ends

import elsewhere
from elsewhere.callbacks import read_checkpoint
from elsewhere.cli import main
from elsewhere.data.images.dataset import collate
from elsewhere.drawn import DrawnBirds
from elsewhere.recipes.composition import compose
from elsewhere.reports.classification.tables import run_summary
from elsewhere.reports.result import read_result
from elsewhere.runs.building import build_run

pytestmark = pytest.mark.slow


def said(table):
    console = Console(width=120)
    with console.capture() as shown:
        console.print(table)
    return shown.get().splitlines()


def test_a_run_leaves_everything_it_promises(trained):
    for name in ("config.yaml", "result.json", "report.html", "bundle/bundle.json"):
        assert (trained / name).is_file(), name
    for name in ("last.ckpt", "best.ckpt"):
        assert (trained / "checkpoints" / name).is_file(), name
    assert not list(trained.rglob("*.partial"))
    assert not list(trained.rglob("*.unfinished"))


def test_every_image_is_counted_once(trained):
    splits = read_result(trained / "result.json")["splits"]
    assert {name: split["images"] for name, split in splits.items()} == {
        "val": 16, "test": 24, "test-unbiased": 24
    }  # fmt: skip
    for name, split in splits.items():
        with (trained / f"images-{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert len({row["path"] for row in rows}) == split["images"]
        right = np.mean([row["predicted (together)"] == row["class"] for row in rows])
        assert split["accuracy"]["together"]["top1"] == pytest.approx(right)


def test_the_result_names_its_protocol(trained):
    result = read_result(trained / "result.json")
    assert len(result["protocol"]["views"]) == 8
    assert result["protocol"]["selected_on"] == "val"
    effect = {"intervention": "RandomAttention", "draws": 5, "seed": 0}
    assert result["protocol"]["effect"] == effect
    localization = result["splits"]["test"]["localization"]
    assert localization["images"] == 24
    assert 0 < localization["evidence_inside"] < 1
    assert len(localization["iou"]) == 9


def test_the_bundle_predicts_what_the_test_saw(trained, workshop):
    network = elsewhere.load_bundle(trained / "bundle")
    data = DrawnBirds(
        root=str(workshop.root), pixels=32, size=32, resize=36, train=6, val=2, test=3, bias=0.8,
        mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25),
    )  # fmt: skip
    dataset = data.dataset("test")
    with torch.no_grad():
        logits = network(collate([dataset[row] for row in range(len(dataset))]).images).logits
    answers = [network.class_names[answer] for answer in logits.argmax(1).tolist()]
    with (trained / "images-test.csv").open() as file:
        assert answers == [row["predicted (raw)"] for row in csv.DictReader(file)]
    assert network.preprocessing == data.preprocessing
    assert network.calibration.temperature > 0


def test_figures_stand_against_chance_and_the_backbone_as_it_was_given(trained):
    result = read_result(trained / "result.json")
    run = build_run("fit", compose([trained], {}))
    run.data.trainer = None
    backbone, rows = run.task.network.backbone.eval(), {"train": [], "test": []}
    with torch.no_grad():
        for name, seen in rows.items():
            dataset = run.data.dataset(name)
            for row in range(len(dataset)):
                features = backbone(dataset[row].image[None])[0].flatten(1).mean(1).double()
                seen.append((features / features.norm(), dataset[row].label))
    means = [
        torch.stack([seen for seen, label in rows["train"] if label == each]).mean(0)
        for each in range(8)
    ]
    right = [
        max(range(8), key=lambda each: float(seen @ means[each] / means[each].norm())) == label
        for seen, label in rows["test"]
    ]
    against = result["splits"]["test"]["against"]
    assert against == {"chance": 1 / 8, "untrained": pytest.approx(sum(right) / 24)}
    assert result["untrained"]["images"] == 48 + 16 + 24 + 24
    shown = [line for line in said(run_summary(result)) if "backbone" in line or "chance" in line]
    assert len(shown) == 2 * 3
    assert "untrained backbone" in (trained / "report.html").read_text()


def test_promise_and_familiarity_rest_on_the_images_held_out(trained):
    result, network = (
        read_result(trained / "result.json"),
        elsewhere.load_bundle(trained / "bundle"),
    )
    assert result["promise"] == {"unsure_below": None, "images": 16, "sure": 0, "right": 0}
    assert network.calibration[1:] == (None, 16, 0, 0)
    data, means, scores = build_run("fit", compose([trained], {})).data, [], []
    with torch.no_grad():
        for label in range(8):
            rows = [seen for seen in data.dataset("train") if seen.label == label]
            embedded = network(torch.stack([seen.image for seen in rows])).embedding
            means.append((embedded / embedded.norm(dim=1, keepdim=True)).mean(0))
        for split in ("val", "test", "test-unbiased"):
            images = torch.stack([seen.image for seen in data.dataset(split)])
            embedded = network(images).embedding
            scores += [
                max(float(torch.cosine_similarity(own, mean, dim=0)) for mean in means)
                for own in embedded
            ]
    known = network.familiarity
    assert (known.images, known.flagged) == (64, 3)  # the share of 65 that 5 % allow
    assert known.threshold == pytest.approx(sorted(scores)[3], abs=2e-3)
    flagged = result["familiarity"]["flagged"]
    assert 16 * flagged["val"] + 24 * (flagged["test"] + flagged["test-unbiased"]) == pytest.approx(
        3
    )


def test_testing_again_gives_the_same_figures(trained, workshop, tmp_path):
    before = read_result(trained / "result.json")
    again = tmp_path / "drawn-birds" / "seed-0"
    shutil.copytree(trained, again)
    (again / "images-test.csv").unlink()
    options = [*workshop.options(), "--data.test_batch_size=7", f"--runs={tmp_path}"]
    assert main(["test", "--config", "drawn-birds", *options]) == 0
    assert (again / "images-test.csv").is_file()
    after = read_result(again / "result.json")
    assert after["training"] == before["training"]
    for name, split in before["splits"].items():
        assert after["splits"][name]["accuracy"] == split["accuracy"]
        assert after["splits"][name]["against"] == split["against"]
        for measure in ("logit", "probability"):
            again = after["splits"][name]["effect"][measure]
            assert again == pytest.approx(split["effect"][measure], rel=1e-4)


def test_a_test_of_other_images_lies_apart(trained, workshop, capsys):
    before = (trained / "result.json").read_bytes()
    options = [word for word in workshop.options() if "data.root" not in word]
    other = [f"--data.root={workshop.root / 'others'}", "--data.drawing_seed=7"]
    assert main(["test", "--config", "drawn-birds", *options, *other]) == 0
    assert (trained / "result.json").read_bytes() == before
    assert (trained / "tested-drawn-birds" / "result.json").is_file()
    assert "tested on other images" in capsys.readouterr().err


def test_a_trained_run_is_not_trained_over(trained, workshop, capsys):
    assert workshop.fit() == 2
    assert "holds a trained run" in capsys.readouterr().err


def test_a_checkpoint_of_another_class_count_is_one_line(trained, workshop, capsys):
    checkpoint = trained / "checkpoints" / "best.ckpt"
    words = ["test", "--config", "drawn-birds", f"--checkpoint={checkpoint}", "--data.species=6"]
    options = [word for word in workshop.options("other") if "data.root" not in word]
    status = main([*words, *options, f"--data.root={workshop.root / 'six'}"])
    error = capsys.readouterr().err
    assert status == 2
    assert "trained for 8 classes, the data have 6" in error


def test_starting_from_a_bundle_with_other_classes(trained, workshop, capsys):
    words = [f"--start_from={trained / 'bundle'}", "--data.species=10"]
    options = [word for word in workshop.options("start") if "data.root" not in word]
    root = f"--data.root={workshop.root / 'ten'}"
    status = main(["fit", "--config", "drawn-birds", *words, *options, root])
    assert status == 0
    error = capsys.readouterr().err
    assert "8 classes kept" in error
    assert "2 classes new" in error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--network.heads=4"], "weights do not fit this recipe"),
        (["--task.optimizer.class_path=torch.optim.SGD"], "was not trained by SGD"),
        (["--trainer.max_epochs=1"], "2 epochs already"),
    ],
)
def test_what_cannot_be_resumed_leaves_the_run_alone(trained, workshop, capsys, words, message):
    recipe = (trained / "config.yaml").read_text()
    command = ["fit", "--config", "drawn-birds", "--resume", *workshop.options(), *words]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert (trained / "config.yaml").read_text() == recipe


def test_a_run_killed_and_resumed_ends_with_the_same_weights(trained, workshop):
    """It keeps more checkpoints than the run it is compared with, and loads by a worker."""
    every = "--checkpoint_every=1"
    process = command(
        workshop.words(every, runs="killed"), workshop.root / "said", killed_at=("last.ckpt", 2)
    )
    assert ends(process) == [-signal.SIGKILL]
    killed = workshop.root / "killed" / "drawn-birds" / "seed-0"
    assert (killed / "checkpoints" / "last.ckpt").exists()
    assert not (killed / "result.json").exists()
    assert workshop.fit(every, "--resume", "--data.workers=1", runs="killed") == 0
    ours, theirs = (
        read_checkpoint(folder / "checkpoints" / "last.ckpt")["state_dict"]
        for folder in (killed, trained)
    )
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    splits = [read_result(folder / "result.json")["splits"] for folder in (killed, trained)]
    assert flat(splits[0]) == near(splits[1])


def test_a_bundle_of_ones_own_gives_the_figures_of_its_run(workshop, trained, tmp_path):
    words = ["--config", "drawn-birds", "--checkpoint", str(trained / "bundle")]
    # what the recipe says of the network does not matter: the bundle's takes its place
    other = ["--network.heads=3", f"--out={tmp_path}"]
    assert main(["test", *words, *workshop.options(), *other]) == 0
    ours, theirs = (read_result(folder / "result.json") for folder in (tmp_path, trained))
    assert ours["splits"].keys() == theirs["splits"].keys()
    for name, split in ours["splits"].items():
        assert split["accuracy"] == theirs["splits"][name]["accuracy"]
        assert flat(split["localization"]) == near(theirs["splits"][name]["localization"])
    assert ours["training"] == theirs["training"]  # so that its promise is no bolder
    assert ours["promise"] == theirs["promise"]


def test_the_folder_of_the_run_is_not_written_over(workshop, trained):
    before = (trained / "result.json").read_bytes()
    words = ["--config", "drawn-birds", "--checkpoint", str(trained / "bundle")]
    assert main(["test", *words, *workshop.options()]) == 0
    assert (trained / "result.json").read_bytes() == before
    assert (trained / "tested-bundle" / "result.json").is_file()
