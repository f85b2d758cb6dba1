"""Nothing that a file asks for is done."""

import builtins
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.published import files
from tests.reference import published_networks as reference

from elsewhere.errors import CheckpointError
from elsewhere.files import pickles
from elsewhere.files.weights import read_content
from elsewhere.published import read_published

FORMATS = ["zip", "legacy", "pickle"]


class Evil:
    """Does what it is told as soon as it is unpickled."""

    def __init__(self, function, *given):
        self.call = (function, given)

    def __reduce__(self):
        return self.call


def leave_a_mark(place):
    """Stands for any function of a package that is installed."""
    Path(place).write_text("done")


def attacks(mark):
    return {
        "os.system": Evil(os.system, f"touch {mark}"),
        "open": Evil(open, str(mark), "w"),
        "exec": Evil(exec, f"open({str(mark)!r}, 'w')"),
        "eval": Evil(eval, f"open({str(mark)!r}, 'w')"),
        "import": Evil(builtins.__import__, "antigravity"),
        "subprocess": Evil(subprocess.call, ["touch", str(mark)]),
        "rmtree": Evil(shutil.rmtree, str(mark.parent)),
        "method": Evil(Path(mark).touch),
        "breakpoint": Evil(breakpoint),
        "exit": Evil(sys.exit, 3),
    }


def write(content, file, form):
    if form == "pickle":
        file.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=form == "zip")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("attack", list(attacks(Path("mark"))))
def test_a_file_that_asks_for_harm_is_refused(attack, form, tmp_path):
    mark, file = tmp_path / "mark", tmp_path / "model.pth"
    weights = {"fc.weight": torch.zeros(2, 2)}
    evil = attacks(mark)[attack]
    for content in ({"state_dict": weights, "logs": evil}, evil):
        write(content, file, form)
        with pytest.raises(CheckpointError) as error:
            read_published(file)
        assert str(error.value).startswith(f"{file}: ")
        assert "\n" not in str(error.value)
        assert sorted(tmp_path.iterdir()) == [file]
    assert "antigravity" not in sys.modules


def test_the_refusal_says_what_was_asked_for(tmp_path):
    write({"logs": Evil(os.system, "true")}, tmp_path / "model.pth", "zip")
    with pytest.raises(CheckpointError, match=r"asks for (posix|nt)\.system, .* nothing of it was"):
        read_published(tmp_path / "model.pth")


@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_functions_of_other_packages_are_inert(form, tmp_path):
    content = {
        "state_dict": {"fc.weight": torch.ones(2, 2)},
        "logs": Evil(leave_a_mark, str(tmp_path / "mark")),
        "more": Evil(torch.save, [1], str(tmp_path / "mark")),
    }
    write(content, tmp_path / "model.pth", form)
    published = read_published(tmp_path / "model.pth")
    assert torch.equal(published.tensors["fc.weight"], torch.ones(2, 2))
    assert f"{__name__}.leave_a_mark" in published.inert
    assert set(published.beside) == {"logs", "more"}
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("call", [bytearray, torch.FloatTensor, torch.LongTensor])
def test_a_call_that_would_take_memory_is_not_made(call, form, tmp_path):
    content = {"state_dict": {"fc.weight": torch.ones(2)}, "logs": Evil(call, 10**15)}
    write(content, tmp_path / "model.pth", form)
    published = read_published(tmp_path / "model.pth")
    assert torch.equal(published.tensors["fc.weight"], torch.ones(2))
    assert [name.split(".")[-1] for name in published.inert] == [call.__name__]


def test_no_more_room_is_taken_than_the_file_has():
    pid = (
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu%btQ"
    )
    length = b"\x8a\x06" + (10**13).to_bytes(6, "little")
    with pytest.raises(pickle.UnpicklingError, match="more numbers than the file can hold"):
        _loads(b"\x80\x02" + pid % length + b".", room=1000)
    assert len(_loads(b"\x80\x02" + pid % b"K\x07" + b".", room=1000)) == 7


def test_no_module_is_imported(tmp_path, monkeypatch):
    mark = tmp_path / "mark"
    (tmp_path / "waiting.py").write_text(f"open({str(mark)!r}, 'w')\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    program = b"\x80\x02cwaiting\nThing\n)\x81}b."
    stub = _loads(program)
    assert stub.origin == "waiting.Thing"
    assert stub.state == {}
    assert not mark.exists()
    assert "waiting" not in sys.modules


def _loads(program, room=0):
    import io

    return pickles.InertUnpickler(io.BytesIO(program), room).load()


REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
ORDERED = b"ccollections\nOrderedDict\n"
ELSE = b"csomewhere\nThing\n"
ATTRIBUTE = b"}X\x06\x00\x00\x00answerK\x01s"
FORGED = {
    "attributes of a function": REBUILD + ATTRIBUTE + b"b",
    "slots of a function": REBUILD + b"N" + ATTRIBUTE + b"\x86b",
    "attributes of a class": ELSE + ATTRIBUTE + b"b",
    "slots of a class": ELSE + b"N" + ATTRIBUTE + b"\x86b",
    "attributes of a mapping's class": ORDERED + ATTRIBUTE + b"b",
    "slots of a mapping's class": ORDERED + b"N" + ATTRIBUTE + b"\x86b",
    "an object that is called": ELSE + b")\x81)R",
    "the result of a call that is called": ELSE + b")R)R",
    "an instance of the old kind": b"(ios\nsystem\n",
    "an object of the old kind": b"(cos\nsystem\no",
    "an extension": b"\x82\x01",
    "a tensor without numbers": REBUILD + b"(K\x00K\x00)))tR",
    "a size below zero": b"ctorch._utils\n_rebuild_parameter\n(K\x01tR",
    "a storage that is none": b"(X\x07\x00\x00\x00storageK\x01K\x02K\x03K\x04tQ",
    "itself": b"Q",
    "a huge memo": b"Nr\xff\xff\xff\x7f",
    "a huge text": b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
}


@pytest.mark.parametrize("program", FORGED.values(), ids=list(FORGED))
def test_a_forged_pickle_changes_nothing(program):
    before = {name: (type(it), getattr(it, "answer", it)) for name, it in _known().items()}
    with pytest.raises((Exception,)):
        _loads(b"\x80\x04" + program + b".")
    after = {name: (type(it), getattr(it, "answer", it)) for name, it in _known().items()}
    assert before == after
    assert not hasattr(pickles.Stub, "answer")
    assert not hasattr(pickles.Named, "answer")


def _known():
    return dict(pickles._KNOWN)


def test_terminals_are_not_given_orders(tmp_path):
    weights = {"features.\x1b[2J": torch.zeros(2), "\x1b]0;x\x07": "words\nmore"}
    torch.save({"state_dict": weights}, tmp_path / "model.pth")
    with pytest.raises(CheckpointError) as error:
        read_published(tmp_path / "model.pth")
    assert str(error.value).isprintable()


@pytest.fixture(scope="module")
def small_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    network = reference.Split(4)
    files.save_pickled(network, folder / "legacy.pth", legacy=True)
    files.save_pickled(network, folder / "zip.pth", legacy=False)
    return [folder / "legacy.pth", folder / "zip.pth"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_files_give_one_line(data, small_files, tmp_path):
    content = bytearray(data.draw(st.sampled_from(small_files)).read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.one_of(st.none(), st.integers(0, len(content))))]
    file = tmp_path / "damaged.pth"
    file.write_bytes(content)
    try:
        read_published(file)
    except CheckpointError as error:
        assert "\n" not in str(error)  # noqa: PT017 - some damage goes unnoticed


@pytest.mark.parametrize("legacy", [True, False])
def test_a_file_cut_anywhere_is_refused(legacy, small_files, tmp_path):
    whole = small_files[0 if legacy else 1].read_bytes()
    for kept in range(0, len(whole) - 1, max(1, len(whole) // 60)):
        (tmp_path / "cut.pth").write_bytes(whole[:kept])
        with pytest.raises(CheckpointError):
            read_content(tmp_path / "cut.pth")
