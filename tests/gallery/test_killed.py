"""Processes that add at the same time, and are killed: nothing is lost, nothing is doubled."""

import os
import signal
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest
from tests.processes import ends, start
from tests.retrieval.individuals import draw, vectors_by_hand

IMAGES = 24


@pytest.fixture
def herd(tmp_path, bundle):
    files = [draw(tmp_path / "all" / f"{number:02}.png", seed=number) for number in range(IMAGES)]
    return tmp_path / "herd.db", bundle, files


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    from tests.retrieval.individuals import write_bundle

    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


def add(place: Path, model: Path, folder: Path, dies_at: tuple[str, int]) -> None:
    """Add a folder, two images at a time; at the n-th call of a function, be killed."""
    import torch

    from elsewhere.gallery import local, open_gallery
    from elsewhere.gallery.vectors_file import VectorsFile

    torch.set_num_threads(1)
    name, count = dies_at
    home = {"write": VectorsFile, "create": VectorsFile, "_write_changes": local}.get(name)
    if home is not None:
        inner, calls = getattr(home, name), []

        def killed(*given):
            done = inner(*given)
            calls.append(1)
            if len(calls) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(home, name, killed)
    open_gallery(place, model).add(folder, batch_size=2)


def look(place, files, model):
    """Rows of the database hold every image once, and each its own vector."""
    with sqlite3.connect(place) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT slot, place FROM images WHERE present").fetchall()
        events = db.execute("SELECT count(*), count(DISTINCT key) FROM history").fetchone()
    assert events == (len(rows), len(rows))
    assert len({slot for slot, _ in rows}) == len({name for _, name in rows}) == len(rows)
    vectors = np.fromfile(f"{place}-vectors", "<f4", offset=4096).reshape(-1, 5)
    expected = vectors_by_hand(model, files)
    for slot, name in rows:
        np.testing.assert_allclose(vectors[slot], expected[int(name[:2])], atol=3e-6)
    return len(rows)


@pytest.mark.parametrize("dies_at", [("create", 1), ("write", 3), ("_write_changes", 2)])
def test_killed_within_a_transaction_it_goes_on_as_if_it_had_not_been(dies_at, herd):
    place, model, files = herd
    folder = files[0].parent
    assert ends(start(add, place, model, folder, dies_at)) == [-signal.SIGKILL]
    assert dies_at[0] == "create" or look(place, files, model) == 2 * (dies_at[1] - 1)
    assert ends(start(add, place, model, folder, ("", 0))) == [0]
    assert look(place, files, model) == IMAGES


def test_several_processes_add_the_same_folder_and_two_are_killed_at_any_time(herd):
    place, model, files = herd
    folder = files[0].parent
    started = [start(add, place, model, folder, ("", 0)) for _ in range(3)]
    for process in started[:2]:
        while process.is_alive() and not Path(f"{place}-vectors").exists():
            time.sleep(0.01)
        time.sleep(0.05)
        process.kill()
    assert ends(*started)[2] == 0
    assert look(place, files, model) == IMAGES
