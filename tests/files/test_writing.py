import os

import pytest

from elsewhere.errors import ElsewhereError
from elsewhere.files.writing import write_atomically


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_atomically(tmp_path / "x" / "a.png", b"old")
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(ElsewhereError, match=r"a\.png could not be written: full"):
        write_atomically(tmp_path / "x" / "a.png", b"new")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["a.png"]
    assert (tmp_path / "x" / "a.png").read_bytes() == b"old"


def test_a_name_that_is_no_text_is_written_readably(tmp_path):
    name = b"b\xe4r.jpg".decode("utf-8", "surrogateescape")
    assert write_atomically(tmp_path / "list.csv", name).read_text() == r"b\udce4r.jpg"


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    for name in ("old.csv", "new.csv"):
        (tmp_path / name).symlink_to(tmp_path / "real" / name)
    (tmp_path / "real" / "old.csv").write_text("old")
    for name in ("old.csv", "new.csv"):
        assert write_atomically(tmp_path / name, "new") == tmp_path / name
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "real" / name).read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 3
    assert len(list((tmp_path / "real").iterdir())) == 2


def test_a_pipe_is_written_into_and_stays_one(tmp_path):
    os.mkfifo(tmp_path / "answers.csv")
    reader = os.open(tmp_path / "answers.csv", os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(tmp_path / "answers.csv", "a,b\n")
    assert os.read(reader, 10) == b"a,b\n"
    assert (tmp_path / "answers.csv").is_fifo()
    os.close(reader)
