"""The real command, killed in the middle of a folder, and on two processes."""

import signal

import pytest
from tests.processes import WORLD, command, ends
from tests.retrieval.individuals import draw_individuals, write_bundle

from elsewhere.cli import main
from elsewhere.retrieval import open_embeddings


@pytest.fixture
def words(tmp_path):
    bundle = write_bundle(tmp_path / "bundle")
    draw_individuals(tmp_path / "animals", 30, 6)
    return ["embed", str(bundle), str(tmp_path / "animals"), "--batch=2", "--device=cpu"]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_killed_and_started_again_it_ends_with_the_same_files(words, tmp_path):
    assert main([*words, f"--out={tmp_path / 'whole'}", "--shard=6"]) == 0
    killed = tmp_path / "killed"
    process = command(
        [*words, f"--out={killed}", "--shard=6"],
        tmp_path / "said",
        killed_at=("embeddings-00002.safetensors", 1),
    )
    assert ends(process) == [-signal.SIGKILL]
    assert (killed / "embeddings-00001.safetensors").exists()
    assert not (killed / "images.parquet").exists()
    assert main([*words, f"--out={killed}", "--shard=6"]) == 0
    assert contents(killed) == contents(tmp_path / "whole")


def test_two_processes_at_once_make_one_store(words, tmp_path):
    out = tmp_path / "store"
    said = [tmp_path / f"said-{rank}" for rank in range(WORLD)]
    ranks = [
        command([*words, f"--out={out}", "--shard=32"], file, WORLD_SIZE="2", RANK=f"{rank}")
        for rank, file in enumerate(said)
    ]
    assert ends(*ranks) == [0, 0]
    counts = [int(file.read_text().split()[0]) for file in said]
    assert sum(counts) == 180
    assert min(counts) > 60
    assert len(open_embeddings(out)) == 180
    assert not list(out.glob(".*"))
