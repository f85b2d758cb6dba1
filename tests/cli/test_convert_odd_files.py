"""Published files with a fault: refused in one line that names it, and nothing is written."""

import pytest
import torch
from tests.published import files
from tests.reference import published_networks as reference

from elsewhere.cli import main


@pytest.fixture(scope="module")
def small():
    return reference.stirred(reference.classifier((2, 2, 2, 2), deep=False))


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


def test_every_tensor_of_an_unknown_body_is_listed(small, tmp_path, capsys):
    weights = small.state_dict()
    kept = {key: value for key, value in weights.items() if not key.startswith("features.7.")}
    error = refused(kept, tmp_path, capsys)
    assert all(key in error for key in kept)


def test_an_empty_name_of_the_list_of_classes_is_no_list(small, tmp_path, capsys):
    file = files.save_classifier(small, tmp_path / "model.pth")
    assert main(["convert", str(file), "--out", str(tmp_path / "bundle"), "--classes", ""]) == 2
    assert capsys.readouterr().err.count("\n") == 1
