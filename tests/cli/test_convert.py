import copy
import importlib

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.published import files
from tests.reference import published_networks as reference

import elsewhere
from elsewhere.cli import main
from elsewhere.structures import Preprocessing, Retrieval

pytestmark = pytest.mark.slow


def converted(capsys, *words):
    status = main(["convert", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def assert_agrees(network, folder, size=64, exactly=1e-10):
    """As promised in float32; in float64 so closely that an ε or a stride of its own would show."""
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    bundle = elsewhere.load_bundle(folder)
    assert_outputs_agree(network, bundle, images, within=1e-4)
    assert_outputs_agree(copy.deepcopy(network).double(), bundle.double(), images.double(), exactly)


@torch.no_grad()
def assert_outputs_agree(network, bundle, images, within):
    logits, embedding, attention = network(images)
    found = bundle(images)
    for ours, theirs in (
        (found.logits, logits),
        (found.embedding, embedding),
        (found.attention, attention),
    ):
        assert ours.shape == theirs.shape
        assert theirs[0].sub(theirs[1]).abs().max() > 0.005 * theirs.abs().max()
        assert (ours - theirs).abs().max() <= within * theirs.abs().max()


@pytest.fixture(scope="module")
def small():
    return reference.stirred(reference.classifier((2, 2, 2, 2), deep=False))


@pytest.fixture(scope="module")
def inception():
    return reference.inception_6e()


def test_a_classifier_with_resnet101(tmp_path, capsys):
    network = reference.stirred(reference.classifier((3, 4, 23, 3)))
    assert len(network.state_dict()) == 631
    file = files.save_classifier(network, tmp_path / "model.ckpt", prefix="module.")
    status, said, err = converted(capsys, file, "--out", tmp_path / "bundle")
    assert (status, err) == (0, "")
    assert "used      631  classifier: resnet101.tv_in1k, 4 attention maps, 5 classes" in said
    assert "logs: figures of its training" in said
    assert "feature_center: centres of the training loss" in said
    assert_agrees(network, tmp_path / "bundle")
    bundle = elsewhere.load_bundle(tmp_path / "bundle")
    assert bundle.preprocessing == Preprocessing((512, 512), (448, 448))
    assert bundle.retrieval is None


def test_keys_without_a_prefix_and_names_of_classes(small, tmp_path, capsys):
    file = files.save_classifier(small, tmp_path / "model_bestacc.pth")
    (tmp_path / "names.txt").write_text("auk\nbunting\n\ncoot\ndipper\neider\n", encoding="utf-8")
    words = [file, "--out", tmp_path / "bundle", "--classes", tmp_path / "names.txt"]
    assert converted(capsys, *words)[0] == 0
    assert_agrees(small, tmp_path / "bundle")
    names = elsewhere.load_bundle(tmp_path / "bundle").class_names
    assert names == ("auk", "bunting", "coot", "dipper", "eider")


def test_biases_of_convolutions_move_into_the_norms(tmp_path, capsys):
    network = reference.stirred(reference.classifier((3, 4, 6, 3), deep=False, biases=True))
    file = files.save_classifier(network, tmp_path / "resnet34.pth")
    status, said, _ = converted(capsys, file, "--out", tmp_path / "bundle")
    assert status == 0
    assert "resnet34.tv_in1k" in said
    assert "left out   32  biases before a batch norm" in said
    assert_agrees(network, tmp_path / "bundle", exactly=1e-5)  # the new means are float32


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_biases_of_a_halved_file_are_not_rounded_again(kind, tmp_path, capsys):
    network = reference.classifier((3, 4, 6, 3), deep=False, biases=True)
    reference.stirred(network).to(kind)
    file = files.save_classifier(network, tmp_path / "resnet34.pth")
    assert converted(capsys, file, "--out", tmp_path / "bundle")[0] == 0
    assert_agrees(network.float(), tmp_path / "bundle", exactly=1e-5)


def test_a_file_of_which_every_tensor_was_halved(small, tmp_path, capsys):
    weights = {key: value.half() for key, value in small.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "model.pth")
    assert converted(capsys, tmp_path / "model.pth", "--out", tmp_path / "bundle")[0] == 0
    assert_agrees(copy.deepcopy(small).half().float(), tmp_path / "bundle")


@pytest.mark.parametrize(
    ("lost", "added", "complaint"),
    [
        ("", "features.3.weight", "1 without a place: features.3.weight"),
        ("", "features.15.conv.weight", "1 without a place: features.15.conv.weight"),
        ("", "AuxLogits.fc.weight", "1 without a place: AuxLogits.fc.weight"),
        ("features.0.", "", "5 missing: features.0.conv.weight, features.0.bn.weight, "),
        ("features.10.", "", "20 missing: features.10.branch3x3.conv.weight, "),
        ("features.14.", "", "50 missing: features.14.branch1x1.conv.weight, "),
    ],
)
def test_keys_of_inception_that_do_not_fit_are_listed(
    inception, lost, added, complaint, tmp_path, capsys
):
    weights = inception.state_dict()
    weights = {key: value for key, value in weights.items() if not (lost and key.startswith(lost))}
    torch.save(weights | ({added: torch.zeros(1)} if added else {}), tmp_path / "model.pth")
    err = refusal(capsys, tmp_path / "model.pth", tmp_path / "bundle")
    assert f"does not fit inception_v3.tv_in1k: {complaint}" in err
    assert err.count(" without a place") + err.count(" missing") == 1


def test_inception_up_to_mixed_6e(inception, tmp_path, capsys):
    network = reference.stirred(copy.deepcopy(inception), size=96)
    file = files.save_classifier(network, tmp_path / "inception.pth")
    status, said, _ = converted(capsys, file, "--out", tmp_path / "bundle")
    assert status == 0
    assert f"used      {len(network.state_dict())}  classifier: inception_v3" in said
    assert_agrees(network, tmp_path / "bundle", size=96)


def test_all_of_inception_takes_features_for_attention_as_published(tmp_path, capsys):
    network = reference.stirred(reference.inception_7c(), size=128)
    file = files.save_classifier(network, tmp_path / "inception.pth")
    status, said, _ = converted(capsys, file, "--out", tmp_path / "bundle")
    assert status == 0
    assert f"used      {len(network.state_dict()) - 6}  classifier: inception_v3" in said
    assert "left out    6  attentions.*: up to Mixed_7c the published code never asks" in said
    assert_agrees(network, tmp_path / "bundle", size=128, exactly=1e-7)


def test_a_pickled_network_of_re_identification(tmp_path, capsys):
    network = reference.stirred(reference.Baseline(size=32))
    assert len(network.state_dict()) == 729
    file = files.save_pickled(network, tmp_path / "market.pth")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(files.GONE)
    status, said, err = converted(capsys, file, "--out", tmp_path / "bundle")
    assert (status, err) == (0, "")
    assert "729 tensors in" in said
    assert "used      411  re-identification: resnet50.tv_in1k, 8 attention maps, 7 ident" in said
    assert "left out  318  base.*: the ResNet a second time" in said
    assert_agrees(network, tmp_path / "bundle")
    bundle = elsewhere.load_bundle(tmp_path / "bundle")
    assert bundle.preprocessing == Preprocessing((384, 192), (384, 192))
    assert bundle.retrieval == Retrieval("logits", mirror=True)

    weights = load_file(tmp_path / "bundle" / "weights.safetensors")
    for other, legacy in ((files.as_if_from_a_gpu(file), None), (tmp_path / "new.pth", False)):
        if legacy is not None:
            files.save_pickled(network, other, legacy, parallel=False)
        assert converted(capsys, other, "--out", tmp_path / "again")[0] == 0
        again = load_file(tmp_path / "again" / "weights.safetensors")
        assert again.keys() == weights.keys()
        assert all(torch.equal(again[key], weights[key]) for key in weights)


@pytest.mark.parametrize("start", ["", "base."])
def test_plain_weights_become_a_backbones(start, small, tmp_path, capsys):
    plain = reference.stirred(reference.classifier((2, 2, 2, 2), deep=False)).state_dict()
    names = ["conv1", "bn1", "", "", "layer1", "layer2", "layer3", "layer4"]
    weights = {
        f"{start}{names[int(key.split('.')[1])]}.{key.split('.', 2)[2]}": value
        for key, value in plain.items()
        if key.startswith("features.")
    }
    weights["classifier.weight"] = torch.zeros(9, 512)
    if start:
        weights["base.layer1.0.conv1.weight"] = weights["base.layer1.0.conv1.weight"].to(
            memory_format=torch.channels_last
        )
    torch.save(weights, tmp_path / "plain.pth")
    status, said, _ = converted(capsys, tmp_path / "plain.pth", "--out", tmp_path / "out")
    assert status == 0
    assert "used      120  backbone resnet18.tv_in1k" in said
    assert "left out    1  the head behind the backbone" in said
    images = torch.randn(1, 3, 64, 64)
    for file in (tmp_path / "out" / "backbone.safetensors", tmp_path / "plain.pth"):
        backbone = elsewhere.TimmBackbone("resnet18", last_stride=1, weights=file).eval()
        with torch.no_grad():
            torch.testing.assert_close(backbone(images), small.features(images))


def refusal(capsys, file, out, *words):
    status, said, err = converted(capsys, file, "--out", out, *words)
    assert status == 2
    assert said == ""
    assert err.startswith(f"elsewhere: {file}: ")
    assert err.count("\n") == 1
    assert not out.exists()
    return err


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"features.0.weight": None}, "1 missing: features.0.weight"),
        ({"features.7.1.bn2.bias": None}, "1 missing: features.7.1.bn2.bias"),
        ({"attentions.bn.weight": None}, "1 missing: attentions.bn.weight"),
        ({"attentions.conv.weight": None}, "attentions.conv.weight is missing"),
        ({"fc.weight": None}, "fc.weight is missing"),
        ({"fc.weight": torch.zeros(5)}, "fc.weight has the shape (5,)"),
        ({"fc.weight": torch.zeros(5, 7)}, "fc.weight (5, 7) where (5, 2048) belongs"),
        ({"features.1.bias": torch.zeros(3)}, "features.1.bias (3,) where (64,) belongs"),
        ({"features.1.bias": torch.zeros(64).int()}, "features.1.bias (torch.int32)"),
        ({"aux.weight": torch.zeros(1)}, "1 without a place: aux.weight"),
        ({"fc.bias": torch.zeros(5)}, "1 without a place: fc.bias"),
        ({"features.9.weight": torch.zeros(5)}, "1 without a place: features.9.weight"),
        ({"features.7.2.conv1.weight": torch.zeros(5)}, "2-2-2-3 blocks"),
        ({"module.fc.weight": torch.zeros(5, 2048)}, "fc.weight is there twice"),
        ({"fc.weight": [1.0]}, "these are no tensors: fc.weight"),
        ({"features.1.bias": torch.full((64,), torch.nan)}, "not finite: features.1.bias;"),
        ({"fc.weight": torch.full((5, 2048), 1e200, dtype=torch.double)}, "not finite: fc.weight;"),
    ],
    ids=str,
)
def test_every_tensor_has_its_place_or_is_listed(change, complaint, small, tmp_path, capsys):
    weights = small.state_dict() | change
    weights = {key: value for key, value in weights.items() if value is not None}
    torch.save({"logs": {}, "state_dict": weights}, tmp_path / "model.pth")
    assert complaint in refusal(capsys, tmp_path / "model.pth", tmp_path / "bundle")


def test_copies_that_differ_are_listed(tmp_path, capsys):
    weights = reference.Baseline(size=8).state_dict()
    weights["base.layer1.0.conv1.weight"] = weights["base.layer1.0.conv1.weight"] + 1
    torch.save(weights, tmp_path / "model.pth")
    err = refusal(capsys, tmp_path / "model.pth", tmp_path / "bundle")
    assert "copies of the ResNet differ: base.layer1.0.conv1.weight and base_2.0.0.conv1" in err


def test_a_network_of_re_identification_needs_every_block(tmp_path, capsys):
    weights = reference.Baseline(size=8).state_dict()
    lost = ["att_s1.fc1.bias", "BN5.bottleneck2.running_var", "att3.fc.2.weight"]
    kept = {key: value for key, value in weights.items() if key not in lost}
    torch.save(kept | {"att6.fc.0.weight": torch.zeros(8, 4)}, tmp_path / "model.pth")
    err = refusal(capsys, tmp_path / "model.pth", tmp_path / "bundle")
    assert "1 without a place: att6.fc.0.weight; 3 missing: " in err
    assert all(key in err for key in lost)


def test_names_that_are_not_as_many_as_the_classes(small, tmp_path, capsys):
    file = files.save_classifier(small, tmp_path / "model.pth")
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    words = ["--classes", tmp_path / "names.txt"]
    err = refusal(capsys, file, tmp_path / "bundle", *words)
    assert "2 names of classes for a classifier whose fc.weight has the shape (5, 2048)" in err
    (tmp_path / "names.txt").write_text("one\n" * 5)
    status, _, err = converted(capsys, file, "--out", tmp_path / "bundle", *words)
    assert status == 2
    assert "'one' is there twice" in err
    assert converted(capsys, file, "--out", tmp_path / "bundle", "--classes", "")[0] == 2
    assert not (tmp_path / "bundle").exists()


def stub_attention():
    return {"attentions.conv.weight": torch.zeros(2, 4, 1, 1), "fc.weight": torch.zeros(3, 8)}


def test_what_is_no_file_of_weights(tmp_path, capsys):
    contents = {
        "words.pth": b"these are only words\n",
        "picture.pth": b"\x89PNG\r\n\x1a\n" + bytes(50),
        "empty.pth": b"",
        "archive.pth": b"PK\x03\x04" + bytes(90),
        "pickle.pth": b"\x80\x02}q\x00.",
        "words.safetensors": b"these are only words\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        refusal(capsys, tmp_path / name, tmp_path / "bundle")
    foreign = {f"part{number}.weight": torch.zeros(2, 2) for number in range(9)}
    save_file(foreign, tmp_path / "foreign.safetensors")
    err = refusal(capsys, tmp_path / "foreign.safetensors", tmp_path / "bundle")
    assert all(key in err for key in foreign)
    torch.save({"features.2.weight": torch.zeros(2, 2)} | stub_attention(), tmp_path / "vgg.pth")
    assert "it holds features.2.weight, " in refusal(capsys, tmp_path / "vgg.pth", tmp_path / "it")
    assert "no such file" in refusal(capsys, tmp_path / "nothing.pth", tmp_path / "bundle")
    assert "a folder" in refusal(capsys, tmp_path, tmp_path / "bundle")
    torch.save([1, 2], tmp_path / "list.pth")
    assert "no tensors" in refusal(capsys, tmp_path / "list.pth", tmp_path / "bundle")


def test_a_folder_that_holds_something_else_is_left_alone(small, tmp_path, capsys):
    file = files.save_classifier(small, tmp_path / "model.pth")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    status, _, err = converted(capsys, file, "--out", tmp_path / "mine")
    assert status == 2
    assert "holds something other than a bundle" in err
    assert [item.name for item in (tmp_path / "mine").iterdir()] == ["notes.txt"]
