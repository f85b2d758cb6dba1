"""Training that is killed and resumed ends as training that was not, to the last bit."""

import functools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.callbacks.toy_training import Run, start
from tests.processes import free_port

pytestmark = pytest.mark.slow

PLAIN = Run("", every_n_steps=2)
WITHIN_EPOCH = Run("", accumulate=2, validate_every=4)
BY_STEPS = Run("", max_steps=8)


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory):
    """The end of a run that nothing interrupts, trained once for each setting."""

    @functools.cache
    def end(run: Run) -> dict:
        folder = tmp_path_factory.mktemp("unkilled")
        assert start(replace(run, folder=str(folder))) == [0] * run.processes
        return final(folder)

    return end


def final(folder: Path) -> dict:
    return torch.load(folder / "final.pt", weights_only=True)


def differences(first: object, second: object, where: str = "") -> list[str]:
    if isinstance(first, dict):
        if list(first) != list(second):
            return [f"{where}: other keys"]
        return [d for key in first for d in differences(first[key], second[key], f"{where}.{key}")]
    if isinstance(first, list | tuple):
        if len(first) != len(second):
            return [f"{where}: other length"]
        pairs = enumerate(zip(first, second, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{where}.{i}")]
    same = torch.equal(first, second) if isinstance(first, torch.Tensor) else first == second
    return [] if same else [where]


def kill_and_resume(run: Run, **resumed: object) -> dict:
    assert start(run) == [-9] * run.processes
    assert start(replace(run, kill=(), resume="last", **resumed)) == [0] * run.processes
    return final(Path(run.folder))


@pytest.mark.parametrize(
    ("setting", "kill", "workers"),
    [
        pytest.param(PLAIN, ("step", 1, 4), 2, id="between checkpoints, within accumulation"),
        pytest.param(PLAIN, ("step", 2, 0), 0, id="first batch of an epoch"),
        pytest.param(PLAIN, ("validation", 1), 0, id="validation at the end of an epoch"),
        pytest.param(PLAIN, ("write", 5), 1, id="writing"),
        pytest.param(WITHIN_EPOCH, ("step", 1, 4), 0, id="right after a validation in an epoch"),
        pytest.param(WITHIN_EPOCH, ("step", 1, 5), 1, id="later, within accumulation"),
        pytest.param(WITHIN_EPOCH, ("validation", 2), 0, id="validation within an epoch"),
        pytest.param(BY_STEPS, ("step", 1, 0), 0, id="max_steps, first batch of an epoch"),
        pytest.param(BY_STEPS, ("step", 2, 1), 0, id="max_steps, within accumulation"),
    ],
)
def test_ends_the_same(setting, kill, workers, unkilled, tmp_path):
    ended = kill_and_resume(replace(setting, folder=str(tmp_path), kill=kill), workers=workers)
    assert differences(unkilled(setting), ended) == []
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["best.ckpt", "last.ckpt", "previous.ckpt"]


def test_dies_while_writing_with_the_old_file_intact(tmp_path):
    run = replace(PLAIN, folder=str(tmp_path), kill=("write", 4))
    assert start(run) == [-9]
    partial = run.checkpoints / "last.ckpt.partial"
    whole = torch.load(run.checkpoints / "last.ckpt", weights_only=True)
    assert 0 < partial.stat().st_size < (run.checkpoints / "last.ckpt").stat().st_size
    assert whole["global_step"] == 3


def test_killed_again_after_resuming(unkilled, tmp_path):
    run = replace(PLAIN, folder=str(tmp_path), kill=("step", 0, 7))
    assert start(run) == [-9]
    again = replace(run, kill=("step", 2, 4), resume="last")
    assert differences(unkilled(PLAIN), kill_and_resume(again)) == []


def test_a_truncated_last_falls_back_and_still_ends_the_same(unkilled, tmp_path):
    run = replace(PLAIN, folder=str(tmp_path), kill=("step", 2, 1))
    assert start(run) == [-9]
    last = run.checkpoints / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-1000])
    assert start(replace(run, kill=(), resume="last")) == [0]
    assert differences(unkilled(PLAIN), final(tmp_path)) == []
    said = (tmp_path / "warnings.txt").read_text()
    assert f"Cannot resume from {last}: it is cut short" in said
    assert "resuming from previous.ckpt instead" in said


def test_resumed_from_the_best_ends_the_same(unkilled, tmp_path):
    ended = unkilled(PLAIN)
    run = replace(PLAIN, folder=str(tmp_path), kill=("step", 2, 4))
    assert start(run) == [-9]
    best = str(run.checkpoints / "best.ckpt")
    assert start(replace(run, kill=(), resume=best)) == [0]
    assert differences(ended, final(tmp_path)) == []


def test_validation_leaves_training_alone(unkilled):
    often = unkilled(Run("", accumulate=1, validate_every=2))
    seldom = unkilled(Run("", accumulate=1, validate_every=8))
    for part in ("weights", "optimizer", "schedulers"):
        assert set(differences(often[part], seldom[part])) <= {".validations"}


@pytest.mark.parametrize(
    ("processes", "strategy"),
    [
        (2, "ddp"),
        # Sums of three depend on their order, so gradients must stay in the same buckets.
        (3, "ddp_find_unused_parameters_true"),
    ],
)
def test_several_processes_end_the_same(processes, strategy, unkilled, tmp_path):
    setting = replace(PLAIN, processes=processes, strategy=strategy, port=free_port())
    run = replace(setting, folder=str(tmp_path), kill=("step", 1, 4), port=free_port())
    ended = kill_and_resume(run, workers=1, port=free_port())
    assert differences(unkilled(setting), ended) == []
