"""What recipes, overlays and keys make of a training, and what of them cannot be trained."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from elsewhere.callbacks import read_checkpoint
from elsewhere.cli import main
from elsewhere.recipes.composition import compose, split_words
from elsewhere.reports.result import read_result
from elsewhere.runs.building import build_run

pytestmark = pytest.mark.slow


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


def test_arguments_that_are_all_left_out(tmp_path, capsys):
    logger = "{class_path: lightning.pytorch.loggers.CSVLogger, init_args: null}"
    (tmp_path / "bare.yaml").write_text(
        f"data: {{init_args: null}}\ntrainer: {{logger: {logger}}}\n"
    )
    assert main(["fit", "--config", "folder", "--config", str(tmp_path / "bare.yaml")]) == 2
    assert "no images named" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--data.test_batch_size=0", "batch size must be at least 1, got 0"),
        ("--data.workers=-1", "workers must be 0 to 512"),
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


def test_synced_batch_norm_on_a_cpu_is_one_line(workshop, capsys):
    assert workshop.fit("--trainer.sync_batchnorm=true", runs="sync") == 2
    assert "works on GPUs only" in capsys.readouterr().err


def test_two_processes_train_and_count_every_image_once(workshop):
    """The command as it is typed, since it is what starts the second process."""
    words = workshop.words("--config", "processes", "--data.batch_size=8", runs="two")
    done = subprocess.run(
        [sys.executable, "-m", "elsewhere", *words], env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = workshop.root / "two" / "drawn-birds+processes" / "seed-0"
    splits = read_result(folder / "result.json")["splits"]
    assert [split["images"] for split in splits.values()] == [16, 24, 24]


def test_the_first_weights_follow_from_the_seed_alone(workshop):
    words = [word for word in workshop.words()[1:] if not word.startswith("--runs")]
    first, again, other = (
        build_run("fit", compose(*split_words([*words, f"--seed={seed}"]))) for seed in (3, 3, 4)
    )
    for (name, ours), theirs in zip(
        first.task.network.state_dict().items(),
        again.task.network.state_dict().values(),
        strict=True,
    ):
        assert torch.equal(ours, theirs), name
    ours, theirs = (run.task.network.head.classifier.weight for run in (first, other))
    assert not torch.equal(ours, theirs)
