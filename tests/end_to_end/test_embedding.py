"""The real command, killed in the middle of a folder, and on two processes."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.retrieval.individuals import draw_individuals, write_bundle

from elsewhere.cli import main
from elsewhere.retrieval import open_embeddings


@pytest.fixture
def words(tmp_path):
    bundle = write_bundle(tmp_path / "bundle")
    draw_individuals(tmp_path / "animals", 30, 6)
    return ["embed", str(bundle), str(tmp_path / "animals"), "--batch=2", "--device=cpu"]


def start(*words, **variables):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    command = [sys.executable, "-m", "elsewhere", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_killed_and_started_again_it_ends_with_the_same_files(words, tmp_path):
    assert main([*words, f"--out={tmp_path / 'whole'}", "--shard=6"]) == 0
    killed = tmp_path / "killed"
    process = start(*words, f"--out={killed}", "--shard=6")
    while not (killed / "embeddings-00001.safetensors").exists():
        assert process.poll() is None, "it ended before a shard was there"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "images.parquet").exists(), "it was through before it was killed"
    assert main([*words, f"--out={killed}", "--shard=6"]) == 0
    assert contents(killed) == contents(tmp_path / "whole")


def test_two_processes_at_once_make_one_store(words, tmp_path):
    out = tmp_path / "store"
    ranks = [
        start(*words, f"--out={out}", "--shard=32", WORLD_SIZE="2", RANK=f"{rank}")
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120)[0] for process in ranks]
    assert [process.returncode for process in ranks] == [0, 0]
    counts = [int(text.split()[0]) for text in said]
    assert sum(counts) == 180
    assert min(counts) > 60
    assert len(open_embeddings(out)) == 180
    assert not list(out.glob(".*"))
