"""The real command, killed in the middle of training, and on two processes."""

import os
import signal
import subprocess
import time

import torch

from elsewhere.callbacks import read_checkpoint
from elsewhere.reports.result import read_result

STEPS = ["--checkpoint_every=1"]


def weights(folder):
    return read_checkpoint(folder / "checkpoints" / "last.ckpt")["state_dict"]


def test_a_run_killed_and_resumed_ends_with_the_same_weights(workshop):
    assert workshop.process(*STEPS, runs="whole").returncode == 0
    killed = workshop.root / "killed" / "drawn-birds" / "seed-0"
    last = killed / "checkpoints" / "last.ckpt"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        workshop.command(*STEPS, runs="killed"), env=environment, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while not last.exists():
        assert process.poll() is None, "it ended before a checkpoint was there"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "result.json").exists()
    resumed = workshop.process(*STEPS, "--resume", "--data.workers=1", runs="killed")
    assert resumed.returncode == 0, resumed.stderr
    whole = workshop.root / "whole" / "drawn-birds" / "seed-0"
    ours, theirs = weights(killed), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    splits = [read_result(folder / "result.json")["splits"] for folder in (killed, whole)]
    assert splits[0] == splits[1]


def test_two_processes_train_and_count_every_image_once(workshop):
    done = workshop.process("--config", "processes", "--data.batch_size=8", runs="two")
    assert done.returncode == 0, done.stderr
    folder = workshop.root / "two" / "drawn-birds+processes" / "seed-0"
    splits = read_result(folder / "result.json")["splits"]
    assert [split["images"] for split in splits.values()] == [16, 24, 24]
