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
    began = time.monotonic()
    with pytest.raises(CheckpointError) as error:
        work(*given)
    assert time.monotonic() - began < 30
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
