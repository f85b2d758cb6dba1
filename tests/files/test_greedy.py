"""Small files that ask for much memory or time are refused in one line, at once."""

import io
import json
import pickle
import time
import zipfile

import pytest
import torch

from elsewhere.callbacks.files import find_damage
from elsewhere.errors import CheckpointError
from elsewhere.files.pickles import InertUnpickler
from elsewhere.files.weights import read_content
from elsewhere.models.weights import read_weights
from elsewhere.published import read_published


def doubled(times=60):
    """A pair of pairs of pairs …, by the program that a person would write."""
    program = b")q\x00" + b"".join(b"h%ch%c\x86q%c" % (n, n, n + 1) for n in range(times))
    return program + b"h%c" % times


def archive(file, program, **records):
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("archive/data.pkl", program)
        for name, content in records.items():
            written.writestr(f"archive/{name}", content)
    return file


STORAGE = (
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu%stQK\x00%s%s\x89ccollections\nOrderedDict\n)RtR"
)
HUGE = b"\x8a\x09" + (2**63).to_bytes(9, "little")
GREEDY = {
    "a doubled pair as key": b"}" + doubled() + b"K\x01s",
    "a doubled pair as key of weights": b"}X\x05\x00\x00\x00modelq\xf0}" + doubled() + b"K\x01ss",
    "a doubled pair in a set": b"\x8f(" + doubled() + b"\x90",
    "one large key many times": (
        b"}(" + b"(" + b"K\x01" * 30_000 + b"tq\x00" + b"K\x00h\x00K\x02" * 30_000 + b"K\x00u"
    ),
    "a length of 2^63 and none": STORAGE % (b"K\x00", b"K\x00" + HUGE + b"\x86", b"K\x01K\x01\x86"),
    "numbers of 255 digits for sizes": STORAGE
    % (b"K\x00", b"(" + (b"\x8a\x40" + b"\x7f" * 64) * 500 + b"t", b"(" + b"K\x01" * 500 + b"t"),
    "a storage of 2 GB": STORAGE % (b"J\x00\x00\x00\x1f", b"K\x01\x85", b"K\x01\x85"),
    "a text of 2 GB": b"\x8d" + (2**31).to_bytes(8, "little"),
    "an array of 2 GB": b"\x96" + (2**31).to_bytes(8, "little"),
    "a frame of 2 GB": b"\x95" + (2**31).to_bytes(8, "little") + b"N",
    "millions of steps": b"N0" * 500_001 + b"N",
}


def refused(work, *given):
    began = time.process_time()
    with pytest.raises(CheckpointError) as error:
        work(*given)
    assert time.process_time() - began < 30
    assert str(error.value).isprintable()
    assert "weights_only" not in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("case", GREEDY)
def test_a_small_program_gets_no_more_than_it_holds(case, tmp_path):
    program = b"\x80\x04" + GREEDY[case] + b"."
    file = archive(tmp_path / "model.pth", program, **{"data/0": b""})
    refused(read_weights, file)
    assert find_damage(file).isprintable()
    file.write_bytes(program)  # the older format begins with a pickle of its own
    refused(read_published, file)


PRIME = 2**61 - 1  # what Python's hash of an integer is reckoned by
SAME = [b"\x8a\x10" + (n * PRIME).to_bytes(16, "little") for n in range(1, 7000)]
ORDERED = b"ccollections\nOrderedDict\n"
ONE = STORAGE % (b"K\x01", b"K\x01\x85", b"K\x01\x85")
GROWN = b"q\x01(h\x01K\x00\x8a\x05" + (2**33).to_bytes(5, "little") + b"\x85K\x01\x85tb"
TEXT = b"B\x00\x00\x10\x00" + bytes(2**20)
UNFOLDING = {
    "keys of one hash": (b"}(" + b"N".join(SAME) + b"Nu", "unfolds"),
    "keys of one hash, pair by pair": (b"}" + b"Ns".join(SAME) + b"Ns", "unfolds"),
    "keys of one hash in a finished mapping": (b"(" + b"N".join(SAME) + b"Nd", "unfolds"),
    "pairs of one hash in a set": (b"\x8f(" + b"\x85".join(SAME) + b"\x85\x90", "unfolds"),
    "pairs of one hash in a frozen set": (b"(" + b"\x85".join(SAME) + b"\x85\x91", "unfolds"),
    "pairs for a mapping": (ORDERED + b"](" + b"N\x86".join(SAME) + b"N\x86e\x85R", "has a key"),
    "a tensor for a mapping": (ORDERED + ONE + b"\x85R", "other than pairs"),
    "a tensor that grows": (ONE + GROWN, "changes a tensor"),
    "a tensor that is added to": (ONE + b"(" + ONE + b"\x90", "changes a tensor"),
    "a tensor that is written to": (ONE + b"K\x00K\x01s", "changes a tensor"),
    "a text as sizes": (b"ctorch\nSize\n" + TEXT + b"\x85R", "sizes are bytes"),
    "a thousand sizes": (b"ctorch\nSize\n(" + b"K\x01" * 1000 + b"t\x85R", "1000 dimensions"),
    "a text that points": (TEXT + b"Q", "points to something other"),
    "thousands of classes": (b"".join(b"cx\nC%d\n0" % n for n in range(2000)) + b"N", "names more"),
}


@pytest.mark.parametrize("case", UNFOLDING)
def test_no_step_makes_much_of_little(case):
    program, said = UNFOLDING[case]
    with pytest.raises(pickle.UnpicklingError, match=said):
        InertUnpickler(io.BytesIO(b"\x80\x04" + program + b"."), room=1000).load()


def test_keys_that_people_write_are_read():
    far = {n * PRIME: (n, n) for n in range(50)} | {(n, n + 1): n for n in range(1000)}
    content = {"far": far, "shares": {n / 7: n for n in range(9000)}, "set": {(1, 2), (3, 4)}}
    for protocol in (2, 4):
        program = pickle.dumps(content, protocol=protocol)
        found = InertUnpickler(io.BytesIO(program)).load()
        assert (found["far"], found["shares"]) == (far, content["shares"])
    ordered = ORDERED + b"]](X\x01\x00\x00\x00aK\x01ea\x85R."
    assert InertUnpickler(io.BytesIO(b"\x80\x02" + ordered)).load() == {"a": 1}


@pytest.mark.parametrize("name", ["__builtin__\nbytearray", "torch\nFloatTensor"])
def test_a_checkpoint_that_calls_for_memory_is_refused(name, tmp_path):
    program = b"\x80\x02c" + name.encode() + b"\n" + b"J\x00\xe1\xf5\x05\x85R."
    said = find_damage(archive(tmp_path / "last.ckpt", program, byteorder=b"little"))
    assert "which no checkpoint needs" in said


def test_tensors_that_share_numbers_do_not_multiply(tmp_path):
    one = torch.zeros(50_000)
    torch.save({f"part{n}.weight": one for n in range(200)}, tmp_path / "shared.pth")
    refused(read_published, tmp_path / "shared.pth")
    torch.save({f"part{n}.weight": one for n in range(3)}, tmp_path / "few.pth")
    assert len(read_published(tmp_path / "few.pth").tensors) == 3


def test_a_compressed_checkpoint_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "last.ckpt", "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("archive/data.pkl", pickle.dumps({}))
        written.writestr("archive/data/0", bytes(10**8))
    assert "compressed" in find_damage(tmp_path / "last.ckpt")


def test_what_torch_would_advise_is_not_passed_on(tmp_path):
    class Own:
        pass

    Own.__qualname__ = "Own"
    globals()["Own"] = Own
    torch.save({"x": Own()}, tmp_path / "own.ckpt")
    said = find_damage(tmp_path / "own.ckpt")
    assert said.isprintable()
    assert "weights_only" not in said


@pytest.mark.parametrize("header", [2**62, 2**31, 10**8])
def test_a_header_longer_than_the_file(header, tmp_path):
    file = tmp_path / "it.safetensors"
    file.write_bytes(header.to_bytes(8, "little") + b"{}")
    refused(read_content, file)
    text = json.dumps({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}})
    file.write_bytes(len(text).to_bytes(8, "little") + text.encode())
    refused(read_weights, file)


def test_real_weights_of_every_kind_are_read(tmp_path):
    network = torch.nn.Sequential(*(torch.nn.Linear(3, 3) for _ in range(300)))
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    content = {"state_dict": network.state_dict(), "optimizer": optimizer.state_dict(),
               "loops": {str(n): [(n, n + 1)] * 9 for n in range(2000)}}  # fmt: skip
    torch.save(content, tmp_path / "last.ckpt")
    assert find_damage(tmp_path / "last.ckpt") is None
    assert read_weights(tmp_path / "last.ckpt").keys() == network.state_dict().keys()
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=False)
    (tmp_path / "old.pth").write_bytes(buffer.getvalue())
    assert read_weights(tmp_path / "old.pth").keys() == network.state_dict().keys()
