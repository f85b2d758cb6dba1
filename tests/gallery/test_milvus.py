"""The same on a Milvus server: here Milvus Lite's, a process of its own on this machine."""

import json
import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.processes import free_port

import elsewhere
from elsewhere.gallery import milvus

pytest.importorskip("pymilvus", reason="the extra gallery is not installed")
pytest.importorskip("milvus_lite", reason="the extra gallery is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("server")
    words = ["server", "--data-dir", str(folder / "data"), "--port", str(port)]
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "milvus_lite", *words]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(place):
    for _ in range(300):
        try:
            return elsewhere.gallery.keeping.open_database(place).settings()
        except elsewhere.errors.ElsewhereError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def complaint(ask):
    with pytest.raises(elsewhere.errors.DataError) as caught:
        ask()
    return str(caught.value)


def test_a_server_answers_as_a_file_does(server, model, rows):
    wait_for(f"{server}/herd")
    galleries = [elsewhere.open_gallery(place, model) for place in ("herd.db", f"{server}/herd")]

    def both(ask):
        one, other = map(ask, galleries)
        assert one == other
        return one

    assert both(lambda gallery: gallery.add("labels.csv")).added == 60
    assert both(lambda gallery: gallery.add("labels.csv")).there == 60
    assert both(lambda gallery: gallery.entries()) != []
    query = rows[7]["path"]
    for texts in (
        [], ["camera = c2"], ["camera != c2", "split=train"], ["x1 >= 4", "x1 < 7"],
        ["note != wet"], ["label =", "label !="], ["note ="], ["colour != black"],
    ):  # fmt: skip
        both(lambda gallery: gallery.search(query, 6, where=texts))  # noqa: B023
    both(lambda gallery: len(gallery))
    both(lambda gallery: complaint(lambda: gallery.entries(["nowhere = 1"])))
    (answer,) = both(lambda gallery: gallery.search(query, 6, other_cameras=True))
    assert len(answer.images) == 6
    assert both(lambda gallery: gallery.label(query, "Zoe")) == 1
    assert both(lambda gallery: gallery.remove(rows[1]["path"])) == 1
    assert both(lambda gallery: gallery.undo().what) == "remove"
    assert both(lambda gallery: gallery.remove(rows[2]["path"], forget=True)) == 1
    assert both(lambda gallery: gallery.undo().what) == "label"
    assert both(lambda gallery: gallery.undo().images) == 59
    assert both(lambda gallery: gallery.remove(where=["x1 > 999"], forget=True)) == 0
    draw = Path(rows[4]["path"]).read_bytes()
    weights = ["2.50", "2.75", "3", "007", "3.0"]
    for number in range(len(weights)):
        Path(f"{number}.png").write_bytes(draw + bytes([number]))
    lines = [f"{number}.png,{weight}" for number, weight in enumerate(weights)]
    Path("weights.csv").write_text("\n".join(["path,w", *lines]))
    assert both(lambda gallery: gallery.add("weights.csv")).added == 5
    for text, count in {"w > 2": 4, "w = 2.5": 1, "w = 3": 2, "w = 007": 1, "w !=": 5}.items():
        assert len(both(lambda gallery: gallery.entries([text]))) == count, text  # noqa: B023
    assert both(lambda gallery: gallery.remove(where=["camera = c2"], forget=True)) > 4
    both(lambda gallery: [(done.what, done.images) for done in gallery.history()])


def test_times_are_compared_alike(server, model, rows):
    wait_for(f"{server}/times")
    times = ["2024-05-31T23:00", "2024-06-01T08:00:00", "2024-06-30", ""]
    lines = [f"{row['path']},{time}" for row, time in zip(rows[:4], times, strict=True)]
    Path("times.csv").write_text("\n".join(["path,time", *lines]))
    galleries = [elsewhere.open_gallery(place, model) for place in ("t.db", f"{server}/times")]
    for gallery in galleries:
        gallery.add("times.csv")
    for text in ("time = 2024-06", "time != 2024-06", "time <= 2024-05", "time < 2024-06",
                 "time > 2024-06-01", "time >= 2024-06-01T08",
                 "time > 2024-06-01 08:00", "time =", "time !="):  # fmt: skip
        one, other = (gallery.entries([text]) for gallery in galleries)
        assert one == other, text


def test_pymilvus_keeps_its_notes_to_itself(server, model, rows):
    wait_for(f"{server}/quiet")
    said = []
    listening = logging.Handler()
    listening.emit = said.append
    log = logging.getLogger("pymilvus")
    log.addHandler(listening)
    try:
        gallery = elsewhere.open_gallery(f"{server}/quiet", model)
        gallery.add(rows[0]["path"])
        assert len(gallery.entries()) == 1
    finally:
        log.removeHandler(listening)
    assert [record.getMessage() for record in said] == []
    assert log.isEnabledFor(logging.WARNING)


def test_beyond_a_size_an_index_is_built_and_said(server, model, rows, say, monkeypatch):
    place = f"{server}/many"
    wait_for(place)
    say("build", place, "images", "--model", model)
    assert "exact" in say("info", place)
    exact = json.loads(say("search", place, rows[7]["path"], "--json"))["images"]
    monkeypatch.setattr(milvus, "EXACT", 50)
    (Path("copy.png")).write_bytes(Path(rows[0]["path"]).read_bytes() + b"more")
    say("add", place, "copy.png")
    assert "by Milvus's index HNSW" in say("info", place)
    found = json.loads(say("search", place, rows[7]["path"], "--json"))["images"]
    same = {each["path"] for each in found[0]["pictures"]}
    assert len(same & {each["path"] for each in exact[0]["pictures"]}) >= 9


def test_without_a_server_one_line_says_so(say, model):
    said = say("build", f"http://127.0.0.1:{free_port()}/herd", "x.png", "--model", model)
    assert "see that the server runs there" in said
    assert said.count("\n") == 1
    assert "write a server as" in say("info", "http://[x]/y z")
