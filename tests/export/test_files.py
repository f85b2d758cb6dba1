"""Exported files by themselves: what runs them, and what stands in them, is not this package."""

import json
import re

import numpy as np
import onnx as onnx_file
import onnxruntime
import pytest
import torch
from PIL import Image
from tests.cli.trained import CLASSES

import elsewhere
from elsewhere.data import load_images
from elsewhere.errors import ConfigError, ModelError
from elsewhere.export.parity import Parity, require_parity, require_same_classes
from elsewhere.export.sessions import openvino_core

NAMES = ["logits", "embedding", "attention", "familiarity", "evidence"]


@pytest.fixture(scope="module")
def network(place):
    return elsewhere.load_bundle(place / "classes")


@pytest.fixture(scope="module")
def images(place, network):
    return load_images(place / "pictures", network.preprocessing)


def test_openvino_tells_its_makers_nothing():
    from openvino.tools.ovc import telemetry

    assert type(telemetry).__module__.endswith("telemetry_stub")


@torch.no_grad()
def by_hand(network, images):
    """What each output is to be, by the network itself and its parts."""
    output = network(images)
    named = {
        "logits": output.logits,
        "embedding": output.embedding,
        "attention": output.attention,
    }
    if network.familiarity is None:
        return named
    known = torch.nn.functional.normalize(output.embedding) @ network.familiarity.means.T
    return {
        **named,
        "familiarity": known.max(dim=1).values,
        "evidence": network.evidence(output, output.logits.argmax(1)),
    }


def onnx(file):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda batch: dict(zip(names, session.run(None, {"images": batch}), strict=True))


def xml(file):
    core = openvino_core()
    compiled = core.compile_model(core.read_model(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda batch: {name: compiled({"images": batch})[name] for name in NAMES[:3]}


def pt2(file):
    program = torch.export.load(file).module()
    return lambda batch: {
        name: each.detach().numpy()
        for name, each in zip(NAMES[:-1], program(torch.from_numpy(batch)), strict=True)
    }


@pytest.mark.parametrize(
    ("kind", "name"), [(onnx, "classes"), (pt2, "classes"), (xml, "individuals")]
)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_output_is_the_networks_for_any_number_of_images(place, kind, name, count):
    network = elsewhere.load_bundle(place / name)
    images = load_images(place / "pictures", network.preprocessing)[:count]
    found = kind(str(place / f"{name}.{kind.__name__}"))(images.numpy())
    wanted = by_hand(network, images)
    assert list(found) == NAMES[: len(found)]
    for key, values in found.items():
        np.testing.assert_allclose(values, wanted[key], atol=1e-5, rtol=1e-4, err_msg=key)


def test_evidence_adds_up_to_the_largest_logit(place, images):
    found = onnx(str(place / "classes.onnx"))(images.numpy())
    total = found["evidence"].sum(axis=(1, 2, 3))
    np.testing.assert_allclose(total, found["logits"].max(axis=1), rtol=1e-4)


def test_the_files_say_what_goes_in_and_what_comes_out(place):
    session = onnxruntime.InferenceSession(str(place / "classes.onnx"))
    inside = {"elsewhere.json": ""}
    torch.export.load(str(place / "classes.pt2"), extra_files=inside)
    for text in (
        session.get_modelmeta().custom_metadata_map["elsewhere"],
        inside["elsewhere.json"],
    ):
        about = json.loads(text)
        assert tuple(about["classes"]) == CLASSES
        assert about["preprocessing"]["resize"] == [36, 40]
        assert about["preprocessing"]["crop"] == [32, 34]
        assert about["calibration"]["temperature"] == 1.5
        assert set(about["outputs"]) <= set(NAMES)
        assert "counterfactual" not in text


@pytest.mark.parametrize("name", ["classes.onnx", "individuals.xml", "classes.pt2"])
def test_the_program_in_the_readme_runs(place, name, monkeypatch, capsys):
    """Of a picture that needs no resizing it says what the network says."""
    monkeypatch.chdir(place)
    network = elsewhere.load_bundle(name.partition(".")[0])
    height, width = network.preprocessing.resize
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(picture).save("IMAGE.jpg", quality=100)
    (code,) = re.findall(r"```python\n(.*?)```", (place / f"{name}.README.md").read_text(), re.S)
    found = {}
    exec(code, found)
    logits = network(load_images("IMAGE.jpg", network.preprocessing)).logits.detach()
    np.testing.assert_allclose(found["found"]["logits"].detach() if name.endswith("pt2")
                               else found["found"]["logits"], logits, atol=1e-4)  # fmt: skip
    named = CLASSES[int(logits.argmax())] if name.startswith("classes") else ""
    assert capsys.readouterr().out.strip() == named


def test_another_answer_leaves_no_file_and_keeps_the_old_one(place, tmp_path, monkeypatch):
    """A layer's weights are zero in the file."""
    model = elsewhere.open_model(place / "classes", "cpu")
    known = onnx_file.load(place / "classes.onnx")
    weights = next(each for each in known.graph.initializer if len(each.raw_data) > 1000)
    weights.raw_data = bytes(len(weights.raw_data))
    other = known.SerializeToString()
    old = tmp_path / "model.onnx"
    old.write_bytes(b"old")

    def write_another(_, names, description, to, file):
        file.write_bytes(other)
        return [file]

    monkeypatch.setattr("elsewhere.export.writing.write_format", write_another)
    with pytest.raises(ModelError, match=r"differ by .* nothing is written"):
        model.export("onnx", old)
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]
    assert old.read_bytes() == b"old"


def test_in_eight_bits_most_classes_are_the_same_and_vectors_are_others(place, tmp_path, network):
    """Quantized by every second image; the others agree, nearly, and the weights are bytes."""
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 256, (5, 6, 3), dtype=np.uint8) for _ in range(40)]
    shown = [np.kron(each, np.ones((8, 8, 1), np.uint8)) for each in frames]
    model = elsewhere.open_model(place / "classes", "cpu")
    written = model.export("onnx", tmp_path / "small.onnx", shown, int8=True)
    assert written.parity.images == 20
    assert written.parity.same_first >= 18
    file = elsewhere.open_exported(written.file)
    assert file.fingerprint != model.fingerprint
    found = np.stack([outputs["logits"] for _, outputs in file.outputs(shown[1::2])])
    wanted = network(load_images(shown[1::2], network.preprocessing)).logits.detach().numpy()
    assert (found.argmax(1) == wanted.argmax(1)).sum() == written.parity.same_first
    assert 0 < np.abs(found - wanted).max() < 0.2 * np.abs(wanted).max()
    kinds = {each.data_type for each in onnx_file.load(written.file).graph.initializer}
    assert onnx_file.TensorProto.INT8 in kinds
    assert "eight bits" in (tmp_path / "small.onnx.README.md").read_text()
    with pytest.raises(ModelError, match="3 of 20 images, more than 10%"):
        require_same_classes(Parity(20, {"logits": 0.0}, 17), 0.1)


@pytest.mark.parametrize(
    ("parity", "said"),
    [
        (Parity(8, {"logits": 1e-6, "attention": 2e-3}, 8), "attention differ by 2.0e-03"),
        (Parity(8, {"logits": float("nan")}, 8), "logits differ by nan"),
        (Parity(8, {"logits": 1e-6}, 7), "another class on 1 of 8 images"),
    ],
)
def test_the_bound_is_kept(parity, said):
    require_parity(Parity(8, {"logits": 1e-3}, 8))
    with pytest.raises(ModelError, match=said):
        require_parity(parity)


def test_what_is_missing_is_asked_for_by_name(place, tmp_path, monkeypatch):
    model = elsewhere.open_model(place / "classes", "cpu")
    monkeypatch.setattr("elsewhere.export.formats.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs onnx: pip install elsewhere\[export\]"):
        model.export("onnx", tmp_path / "model.onnx")
    assert [*tmp_path.iterdir()] == []
