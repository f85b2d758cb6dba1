"""Files are read as torch.load reads them."""

import pytest
import torch
from safetensors.torch import save_file
from tests.published import files
from tests.reference import published_networks as reference

from elsewhere.errors import CheckpointError
from elsewhere.files.pickles import rebuilt
from elsewhere.published import convert_file, read_published

KINDS = [torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.int16, torch.bool]


def tensors():
    """Views, shared and empty ones, and every type of number."""
    base = torch.arange(24.0).reshape(4, 6)
    made = {
        "base": base,
        "turned": base.T,
        "part": base[1:3, 2:5],
        "row": base[3],
        "one": torch.tensor(7),
        "nothing": torch.zeros(0, 3),
        "weight": torch.nn.Parameter(torch.randn(3, 2)),
    }
    return made | {str(kind): torch.arange(5).to(kind) for kind in KINDS}


@pytest.mark.parametrize("legacy", [True, False])
def test_tensors_are_those_that_were_saved(legacy, tmp_path):
    file = tmp_path / "tensors.pth"
    torch.save(tensors(), file, _use_new_zipfile_serialization=not legacy)
    expected = torch.load(file, weights_only=True)
    found = read_published(file).tensors
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].dtype == value.dtype
        assert found[key].shape == value.shape
        assert torch.equal(found[key], value.detach())
    assert len({value.untyped_storage().data_ptr() for value in found.values()}) >= len(found) - 1


@pytest.mark.parametrize("name", ["it.safetensors", "it.bin"])
def test_a_header_of_safetensors_may_begin_as_a_pickle_does(name, tmp_path):
    for length in range(128):
        save_file({"k" * (1 + length): torch.arange(3.0)}, tmp_path / name)
        if (tmp_path / name).read_bytes()[:1] == b"\x80":
            break
    assert (tmp_path / name).read_bytes()[:1] == b"\x80"
    found = read_published(tmp_path / name).tensors
    assert torch.equal(found["k" * (1 + length)], torch.arange(3.0))


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("parallel", [True, False])
def test_a_pickled_network_has_the_names_of_its_state_dict(legacy, parallel, tmp_path):
    network = torch.nn.Sequential(reference.Split(4), reference.Shift(4))
    network.register_buffer("none", None)
    network.tied = network[0].fc1
    file = files.save_pickled(network, tmp_path / "network.pth", legacy, parallel)
    published = read_published(file)
    expected = network.state_dict()
    assert set(published.tensors) == set(expected)
    assert all(torch.equal(published.tensors[key], value) for key, value in expected.items())
    assert f"{files.GONE}.Split" in published.inert


@pytest.mark.parametrize("key", ["model", "net", "state_dict"])
def test_a_network_in_a_dictionary(key, tmp_path):
    torch.save({key: {"module.a": torch.ones(1)}, "optimizer": {}}, tmp_path / "it.pth")
    published = read_published(tmp_path / "it.pth")
    assert list(published.tensors) == ["a"]
    assert published.beside == {"optimizer": "not part of a network"}


def test_numbers_of_another_order_are_refused(tmp_path):
    import zipfile

    torch.save({"a": torch.ones(1)}, tmp_path / "it.pth")
    with (
        zipfile.ZipFile(tmp_path / "it.pth") as old,
        zipfile.ZipFile(tmp_path / "big.pth", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, b"big" if name.endswith("byteorder") else old.read(name))
    with pytest.raises(CheckpointError, match="another order of bytes"):
        read_published(tmp_path / "big.pth")


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (3, 3), (3, 1)), (9, (1,), (1,)), (0, (9,), (0,)), (0, (2,), (8,)), (-1, (1,), (1,))],
)
def test_a_tensor_stays_within_its_numbers(offset, size, stride):
    with pytest.raises(Exception, match=r"larger than its storage|not a whole number"):
        rebuilt(torch.zeros(8), offset, size, stride)


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_a_program_of_torchscript_is_named_as_one(tmp_path):
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(tmp_path / "it.pt")
    with pytest.raises(CheckpointError, match="TorchScript"):
        read_published(tmp_path / "it.pt")


def test_an_unknown_resnet_wants_a_name(tmp_path):
    network = reference.classifier((1, 1, 1, 1), deep=False)
    file = files.save_classifier(network, tmp_path / "it.pth")
    with pytest.raises(CheckpointError, match=r"1-1-1-1 blocks .* --name"):
        convert_file(file)
