"""A run that a signal ends says so, leaves a checkpoint, and goes on as if nothing had been."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from tests.processes import command, ends, start

from elsewhere.cli import main
from elsewhere.data.features import FeatureStore, StoreShape
from elsewhere.files.locks import hold

STATUS = {signal.SIGTERM: 143, signal.SIGINT: 130}
DRAWN = ["make-data", "birds", "--train=1", "--val=1", "--test=1", "--size=16"]
WORD = {signal.SIGTERM: "terminated", signal.SIGINT: "interrupted"}


def signalled(number, hook, call=1, times=1):
    arguments = f"number: {number}, hook: {hook}, call: {call}, times: {times}"
    callback = f"{{class_path: tests.end_to_end.signalling.SignalAt, init_args: {{{arguments}}}}}"
    return ["--trust", f"--trainer.callbacks=[{callback}]"]


def left_over(folder):
    return [path for path in folder.rglob("*")
            if path.suffix in (".partial", ".unfinished", ".lock")]  # fmt: skip


def step_of(folder):
    last = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    return last["global_step"], last["state_dict"]


@pytest.mark.parametrize(
    ("number", "hook", "call", "step"),
    [
        (signal.SIGTERM, "on_train_batch_start", 2, 2),
        (signal.SIGINT, "on_train_batch_start", 5, 5),
        (signal.SIGTERM, "on_train_batch_start", 3, 3),
        (signal.SIGINT, "on_validation_start", 1, 3),
        (signal.SIGTERM, "on_train_epoch_end", 1, 3),
        (signal.SIGTERM, "on_test_batch_start", 2, 6),
    ],
)
def test_a_signal_ends_a_run_that_goes_on_to_the_same_end(
    number, hook, call, step, workshop, trained, capsys, tmp_path
):
    runs = str(tmp_path / "runs")
    folder = tmp_path / "runs" / "drawn-birds" / "seed-0"
    before = [signal.getsignal(each) for each in STATUS]
    assert (
        main([*workshop.words(*signalled(number, hook, call)), f"--runs={runs}"]) == STATUS[number]
    )
    err = capsys.readouterr().err
    assert [signal.getsignal(each) for each in STATUS] == before
    last = folder / "checkpoints" / "last.ckpt"
    line = f"elsewhere: {WORD[number]}; the same command with --resume goes on from {last}\n"
    assert err.endswith(line)
    assert not (folder / "result.json").exists()
    assert left_over(tmp_path) == []
    assert step_of(folder)[0] == step
    if hook != "on_test_batch_start":
        assert main([*workshop.words("--resume"), f"--runs={runs}"]) == 0
        ours, theirs = step_of(folder)[1], step_of(trained)[1]
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("number", list(STATUS))
def test_a_second_signal_ends_at_once(number, workshop, capsys, tmp_path):
    words = signalled(number, "on_train_batch_start", 2, times=2)
    assert main([*workshop.words(*words), f"--runs={tmp_path}"]) == STATUS[number]
    assert "no step was written yet: start it again" in capsys.readouterr().err
    assert not list(tmp_path.rglob("last.ckpt"))
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("number", list(STATUS))
def test_a_test_that_is_ended_leaves_what_was_known(number, trained, workshop, capsys, tmp_path):
    shutil.copytree(trained, tmp_path / "drawn-birds" / "seed-0")
    result = (trained / "result.json").read_bytes()
    words = workshop.words(*signalled(number, "on_test_batch_start"))
    assert main(["test", *words[1:], f"--runs={tmp_path}"]) == STATUS[number]
    assert capsys.readouterr().err.endswith(f"elsewhere: {WORD[number]}; start it again\n")
    assert (tmp_path / "drawn-birds" / "seed-0" / "result.json").read_bytes() == result
    assert left_over(tmp_path) == []


def test_a_second_fit_in_a_folder_is_refused_by_whatever_path(workshop, capsys, tmp_path):
    folder = tmp_path / "runs" / "drawn-birds" / "seed-0"
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    with hold(folder / ".fit.lock", "taken"):
        for runs in ("runs", "link", "link/../runs"):
            assert main([*workshop.words(), f"--runs={tmp_path / runs}"]) == 2
            said = capsys.readouterr().err
            assert "another process is training this run" in said
        assert not (folder / "config.yaml").exists()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_lock_dies_with_its_process_though_its_children_live(tmp_path):
    lock = tmp_path / "place" / ".lock"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # holds the lock, has a child of its own, and is killed
        held = hold(lock, "taken")
        held.__enter__()
        if os.fork() == 0:
            os.write(writer, str(os.getpid()).encode())
            signal.pause()
            os._exit(0)
        signal.pause()
    grandchild = int(os.read(reader, 20))
    with pytest.raises(Exception, match="taken"), hold(lock, "taken"):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        with hold(lock, "taken"):
            pass
    finally:
        os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("verb", ["embed", "make-data"])
def test_other_verbs_end_so_too(verb, monkeypatch, capsys, tmp_path):
    from elsewhere.cli import command as line

    def ended(words):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(line, "load", lambda _: ended)
    assert main([verb]) == 143
    assert capsys.readouterr().err.startswith("elsewhere: terminated; ")


def test_drawing_that_is_ended_leaves_nothing(tmp_path, monkeypatch, capsys):
    from elsewhere.drawn.layouts import drawn_set

    def ended(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(drawn_set.json, "dumps", ended)
    assert main([*DRAWN, str(tmp_path / "set")]) == 143
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    words = [*DRAWN, str(tmp_path / "set")]
    killed = command(words, tmp_path / "said", killed_at=("set", 1))
    assert ends(killed) == [-signal.SIGKILL]
    assert [path for path in tmp_path.iterdir() if path.suffix == ".unfinished"]
    assert main(words) == 0
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".unfinished"]
    assert (tmp_path / "set").is_dir()


def store_in(folder):
    return FeatureStore(folder, StoreShape(6, 1, 2, 2, 2))


def fill(folder, said, killed=False):
    """Write a row, and die if asked to; else write what is left, having waited for others."""
    store = store_in(folder)
    with store.writing(waiting=said.write_text):
        if killed:
            store.write(torch.zeros(1, 1, 2, 2, 2), torch.zeros(1, 4))
            os.kill(os.getpid(), signal.SIGKILL)
        if not store.complete:
            store.write(
                torch.full((6 - store.done, 1, 2, 2, 2), 2.0), torch.zeros(6 - store.done, 4)
            )


def test_of_two_processes_that_want_the_same_features_one_waits_and_finds_them(tmp_path):
    folder, said = tmp_path / "features", tmp_path / "said"
    killed = start(fill, folder, said, True)
    assert ends(killed) == [-signal.SIGKILL]
    store = store_in(folder)
    with store.writing():  # nobody is waited for: the lock died with its process
        assert (store.done, said.exists()) == (1, False)
        second = start(fill, folder, said)
        deadline = time.monotonic() + 60
        while not said.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert second.is_alive()
        assert str(folder) in said.read_text()
        assert "another process" in said.read_text()
        store.write(torch.ones(5, 1, 2, 2, 2), torch.zeros(5, 4))
    assert ends(second) == [0]
    found = store_in(folder)
    assert found.complete
    assert [float(found.read(row, 0).mean()) for row in range(6)] == [0, 1, 1, 1, 1, 1]
    assert left_over(folder) == []


ORPHAN = """
import os, signal, time
from elsewhere.runs import processes
processes._start_server = lambda context: None  # whose libraries are not needed
with processes.pool_of(1) as pool:
    pool.submit(int).result()
    print("begun", flush=True)
    pool.submit(time.sleep, 600)
    pool.submit(time.sleep, 600)
    signal.pause()
"""


def test_trainings_end_where_the_process_that_started_them_is_killed():
    process = subprocess.Popen([sys.executable, "-c", ORPHAN], text=True, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "begun\n"
    process.kill()
    process.communicate(timeout=30)  # once nobody is left who could write


POOL = """
import sys
from elsewhere.runs.processes import pool_of
print("begun", flush=True)
try:
    with pool_of(1) as pool:
        pool.submit(int).result()
except KeyboardInterrupt:
    sys.exit("interrupted")
"""


def test_an_interrupt_while_libraries_are_loaded_is_one_line():
    """A terminal tells all processes of a command at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", POOL], start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[1] == "interrupted\n"
