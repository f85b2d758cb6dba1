"""The same on a Milvus server: here Milvus Lite's, a process of its own on this machine."""

import json
import re
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
            return elsewhere.gallery.opening.open_database(place).settings()
        except elsewhere.errors.ElsewhereError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def test_a_server_answers_as_a_file_does(server, model, rows, say):
    place = f"{server}/herd"
    wait_for(place)
    for home in ("herd.db", place):
        assert say("build", home, "labels.csv", "--model", model).startswith("60 images added")
        assert "0 images added, 60 were there" in say("add", home, "labels.csv")
    conditions = [
        [], ["camera = c2"], ["camera != c2", "split=train"], ["x1 >= 4", "x1 < 7"],
        ["nowhere != 1"], ["label =", "label !="], ["nowhere ="], ["colour != black"],
    ]  # fmt: skip
    for texts in conditions:
        words = [word for text in texts for word in ("--where", text)]
        found = [
            json.loads(say("search", home, rows[7]["path"], "--json", "--top=6", *words))["images"]
            for home in ("herd.db", place)
        ]
        assert found[0] == found[1], texts
    rule = ["--other-cameras", "--json", "--top=6"]
    found = [json.loads(say("search", home, "labels.csv", *rule))["images"][:2]
             for home in ("herd.db", place)]  # fmt: skip
    assert found[0] == found[1]
    for words in (["label", rows[0]["path"], "Zoe"], ["remove", rows[1]["path"]], ["undo"],
                  ["undo"], ["remove", rows[2]["path"], "--forget"], ["undo"]):  # fmt: skip
        said = [say(words[0], home, *words[1:]) for home in ("herd.db", place)]
        times = [re.sub(r" of 20\S+,", "", each) for each in said]
        assert times[0] == times[1]
    assert "0 images in all" in times[1]


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
