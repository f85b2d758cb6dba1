"""A run as a person makes it: fit, what it leaves behind, test again, start from a bundle."""

import csv
import shutil

import numpy as np
import pytest
import torch

import elsewhere
from elsewhere.callbacks import read_checkpoint
from elsewhere.cli import main
from elsewhere.data.images.dataset import collate
from elsewhere.drawn import DrawnBirds
from elsewhere.reports.result import read_result


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


def test_testing_again_gives_the_same_figures(trained, workshop):
    before = read_result(trained / "result.json")
    words = ["test", "--config", "drawn-birds", "--data.test_batch_size=7", *workshop.options()]
    assert main(words) == 0
    after = read_result(trained / "result.json")
    assert after["training"] == before["training"]
    for name, split in before["splits"].items():
        assert after["splits"][name]["accuracy"] == split["accuracy"]
        for measure in ("logit", "probability"):
            again = after["splits"][name]["effect"][measure]
            assert again == pytest.approx(split["effect"][measure], rel=1e-4)


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


@pytest.mark.parametrize("overlay", ["baseline", "control", "shuffled", "uniform", "reversed"])
def test_overlays_train(overlay, workshop):
    assert workshop.fit("--config", overlay) == 0
    folder = workshop.root / "runs" / f"drawn-birds+{overlay}" / "seed-0"
    assert read_result(folder / "result.json")["method"] == overlay
    logged = (folder / "log" / "metrics.csv").read_text().splitlines()[0]
    assert ("train/effect_epoch" in logged) == (overlay not in ("baseline", "control"))
    terms = {f"train/{term}_epoch" for term in ("raw", "augmented", "center")}
    assert terms <= set(logged.split(","))


def test_switches_of_training_work_together(workshop):
    words = ["--trainer.accumulate_grad_batches=2", "--data.balanced=true"]
    decay = "{class_path: elsewhere.tasks.StepDecay, init_args: {warmup_epochs: 1}}"
    words.append(f"--task.schedule={decay}")
    assert workshop.fit("--config", "bf16", "--config", "tensorboard", *words) == 0
    folder = workshop.root / "runs" / "drawn-birds+bf16+tensorboard" / "seed-0"
    assert list(folder.rglob("events.out.tfevents.*"))
    state = read_checkpoint(folder / "checkpoints" / "last.ckpt")
    assert state["global_step"] == 4  # 3 batches an epoch, two of them a step


def test_a_folder_per_class_trains_by_its_path_alone(workshop, tmp_path):
    pictures = tmp_path / "pictures"
    shutil.copytree(workshop.birds / "images" / "train", pictures)
    words = ["fit", "--config", "folder", f"--data.path={pictures}", f"--runs={tmp_path}"]
    small = [
        "--network.backbone={class_path: elsewhere.SmallResNet}", "--network.heads=4",
        "--data.size=32", "--data.resize=32", "--data.workers=0", "--data.batch_size=8",
        "--trainer.max_epochs=1", "--trainer.accelerator=cpu", "--task.measure=null",
    ]  # fmt: skip
    assert main([*words, *small]) == 0
    result = read_result(tmp_path / "folder" / "seed-0" / "result.json")
    assert len(result["classes"]) == 8
    assert result["splits"]["test"]["effect"] is None
    assert result["splits"]["test"]["localization"] is None


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--data.test_batch_size=0", "batch size must be at least 1, got 0"),
        ("--data.workers=-1", "workers must be 0 or more"),
        ("--network.classes=5", "the command line: network.classes follows from the data"),
        ("--seed=99999999999999999999", "has too many digits"),
        ("--task.effect_warmup_epochs=-1", "effect_warmup_epochs must be 0 or more"),
        ("--trainer.accelerator=banana", "trainer: You selected an invalid accelerator name"),
        ("--trainer.accumulate_grad_batches=0", "accumulate_grad_batches must be 1 or more"),
        ("--trainer.devices=0", "trainer: `Trainer(devices=0)` value is not a valid input"),
        ("--trainer.fast_dev_run=true", "counts every image"),
        ("--trainer.limit_test_batches=2", "counts every image"),
        ("--trainer.limit_train_batches=0", "limit_train_batches must be above 0"),
        ("--trainer.limit_val_batches=0", "limit_val_batches must be above 0"),
        ("--trainer.val_check_interval=100", "an epoch has 3"),
    ],
)
def test_what_cannot_be_trained_is_one_line_before_anything_is_written(
    workshop, capsys, word, message
):
    assert workshop.fit(word, runs="refused") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert not (workshop.root / "refused").exists()


def test_a_training_that_falls_apart_is_one_line(workshop, capsys):
    assert workshop.fit("--task.optimizer.lr=1e10", runs="apart") == 2
    assert "fell apart" in capsys.readouterr().err
    assert not list((workshop.root / "apart").rglob("*.ckpt"))


def test_training_that_ends_before_any_validation_says_so(workshop, capsys):
    assert workshop.fit("--trainer.max_steps=2", runs="brief") == 2
    assert "ended before its first validation" in capsys.readouterr().err


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


def test_synced_batch_norm_on_a_cpu_is_one_line(workshop, capsys):
    assert workshop.fit("--trainer.sync_batchnorm=true", runs="sync") == 2
    assert "works on GPUs only" in capsys.readouterr().err
