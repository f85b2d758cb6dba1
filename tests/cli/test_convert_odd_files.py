"""Published files that are odd in one thing: read where nothing is in doubt, else refused."""

import pytest
import torch
from safetensors.torch import save_file
from tests.published import files
from tests.reference import published_networks as reference
from torchvision.models import resnet18

import elsewhere
from elsewhere.cli import main


@pytest.fixture(scope="module")
def small():
    return reference.stirred(reference.classifier((2, 2, 2, 2), deep=False))


@pytest.fixture(scope="module")
def inception():
    return reference.inception_6e().state_dict()


def convert(weights, folder):
    """What `convert` says of a dictionary of weights, and its status."""
    file = folder / "model.pth"
    torch.save({"logs": files.logs(), "state_dict": weights}, file)
    return main(["convert", str(file), "--out", str(folder / "bundle")])


def refused(weights, folder, capsys) -> str:
    assert convert(weights, folder) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert not (folder / "bundle").exists()
    return error


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_named(small, tmp_path, capsys, value):
    weights = {key: tensor.clone() for key, tensor in small.state_dict().items()}
    weights["fc.weight"][1, 2] = value
    error = refused(weights, tmp_path, capsys)
    assert "1 with numbers that are not finite: fc.weight" in error


def test_a_file_that_was_halved_whole_is_read_with_its_counters(small, tmp_path):
    weights = {key: tensor.half() for key, tensor in small.state_dict().items()}
    assert weights["features.1.num_batches_tracked"].is_floating_point()
    assert convert(weights, tmp_path) == 0
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found, (logits, _, _) = elsewhere.load_bundle(tmp_path / "bundle")(images), small(images)
    assert (found.logits - logits).abs().max() < 0.02 * logits.abs().max()


def test_every_tensor_of_an_unknown_body_is_listed(small, tmp_path, capsys):
    weights = small.state_dict()
    kept = {key: value for key, value in weights.items() if not key.startswith("features.7.")}
    error = refused(kept, tmp_path, capsys)
    assert all(key in error for key in kept)


@pytest.mark.parametrize("part", [0, 10, 14])
def test_a_missing_part_of_inception_is_listed_by_its_keys(inception, tmp_path, capsys, part):
    gone = [key for key in inception if key.startswith(f"features.{part}.")]
    kept = {key: value for key, value in inception.items() if key not in gone}
    error = refused(kept, tmp_path, capsys)
    needed = [key for key in gone if not key.endswith("num_batches_tracked")]
    assert f"{len(needed)} missing" in error
    assert all(key in error for key in needed)


def test_a_part_too_many_of_inception_is_listed(inception, tmp_path, capsys):
    more = {**inception, "features.99.conv.weight": torch.zeros(1)}
    error = refused(more, tmp_path, capsys)
    assert "1 without a place: features.99.conv.weight" in error


def test_safetensors_are_known_whatever_the_length_of_their_header(tmp_path):
    """The first byte is the lowest of that length, and 0x80 begins a pickle as well."""
    weights = {key: value for key, value in resnet18().state_dict().items() if "fc." not in key}
    file = tmp_path / "weights.bin"
    for padding in range(0, 256, 8):  # headers are padded to 8 bytes
        save_file(weights, file, metadata={"note": "x" * padding})
        if file.read_bytes()[0] == 0x80:
            break
    assert file.read_bytes()[0] == 0x80
    assert main(["convert", str(file), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "backbone.safetensors").is_file()


def test_an_empty_name_of_the_list_of_classes_is_no_list(small, tmp_path, capsys):
    file = files.save_classifier(small, tmp_path / "model.pth")
    assert main(["convert", str(file), "--out", str(tmp_path / "bundle"), "--classes", ""]) == 2
    assert capsys.readouterr().err.count("\n") == 1
