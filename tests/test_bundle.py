import errno
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from elsewhere import bundle
from elsewhere.bundle import load_bundle, save_bundle
from elsewhere.errors import CheckpointError
from elsewhere.files.weights import read_content
from elsewhere.inference import open_model
from elsewhere.models import (
    AttentionNetwork,
    ChannelAttentionBackbone,
    ClassifierHead,
    EmbeddingHead,
    SmallResNet,
    SpatialAttention,
    TimmBackbone,
)
from elsewhere.structures import Calibration, Familiarity, Preprocessing, Retrieval

NAMES = ("Häher", "wren", "robin")
SEEN = Preprocessing((72, 80), (64, 72), (0.5, 0.4, 0.3), (0.25, 0.2, 0.1))


def make(seed=0, names=NAMES, heads=2, **settings) -> AttentionNetwork:
    torch.manual_seed(seed)
    return AttentionNetwork(SmallResNet((4, 6, 8)), heads, names, **settings)


def refusal(work) -> str:
    with pytest.raises(CheckpointError) as error:
        work()
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("backbone", ["small", "test_resnet", "test_vit"])
def test_a_network_comes_back_as_it_was(tmp_path, backbone):
    torch.manual_seed(0)
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)) if backbone == "small" else TimmBackbone(backbone),
        heads=2,
        classes=NAMES,
        head=ClassifierHead(30.0),
        epsilon=1e-12,
        preprocessing=SEEN,
    )
    network.calibration = Calibration(1.75, 0.4)
    network.train()
    network(torch.randn(4, 3, 64, 96))  # statistics that are not the initial ones
    save_bundle(network, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert not any(module.training for module in loaded.modules())
    assert (loaded.class_names, loaded.preprocessing) == (NAMES, SEEN)
    assert isinstance(loaded.preprocessing, Preprocessing)
    assert loaded.calibration == Calibration(1.75, 0.4)
    images = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        for mine, theirs in zip(loaded(images), network.eval()(images), strict=True):
            assert torch.equal(mine, theirs)


def test_settings_of_the_backbone_travel_too(tmp_path):
    network = AttentionNetwork(TimmBackbone("test_resnet", last_stride=1), 2, 3, pooling="max")
    save_bundle(network.eval(), tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    images = torch.randn(1, 3, 64, 64)
    assert loaded(images).features.shape[-2:] == (4, 4)
    torch.testing.assert_close(loaded(images).logits, network(images).logits)


def reidentification(seed=0, names=NAMES, size=5) -> AttentionNetwork:
    """A network for re-identification with statistics that are not the initial ones."""
    torch.manual_seed(seed)
    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, names, EmbeddingHead(size))
    for layer in (network.head.projection, network.head.classifier):
        torch.nn.init.normal_(layer.weight)
    with torch.no_grad():
        network.train()(torch.randn(4, 3, 32, 32))
    return network.eval()


RETRIEVAL = Retrieval("neck", True, 0.61, 1e-3, 12.5, -7.25, 9, 876, (5e-4, 0.02))


def test_a_network_for_reidentification_comes_back_as_it_was(tmp_path):
    network, images = reidentification(), torch.randn(2, 3, 32, 32)
    network.retrieval = RETRIEVAL
    assert bundle.describable(network)
    save_bundle(network, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert isinstance(loaded.retrieval, Retrieval)
    assert loaded.retrieval == RETRIEVAL
    assert (type(loaded.head), loaded.embedding_size) == (EmbeddingHead, 5)
    assert not loaded.head.norm.bias.requires_grad
    with torch.no_grad():
        for mine, theirs in zip(loaded(images), network(images), strict=True):
            assert torch.equal(mine, theirs)


def test_promise_and_familiarity_travel(tmp_path):
    network = make().eval()
    network.calibration = Calibration(1.5, None, 24, 0, 0)
    means = torch.nn.functional.normalize(torch.rand(len(NAMES), network.embedding_size))
    network.familiarity = Familiarity(means, 0.25, 72, 3)
    save_bundle(network, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.calibration == network.calibration
    assert loaded.familiarity[1:] == (0.25, 72, 3)
    torch.testing.assert_close(loaded.familiarity.means, means, atol=1e-3, rtol=0)
    file = tmp_path / "bundle" / "bundle.json"
    whole = json.loads(file.read_text())
    for key, value in (
        ("familiarity", {**whole["familiarity"], "threshold": 7}),
        ("familiarity", {"threshold": 0.1}),
        ("familiarity", None),
        ("calibration", {**whole["calibration"], "images": "many"}),
    ):
        file.write_text(json.dumps({**whole, key: value}))
        assert "does not describe a network" in refusal(lambda: load_bundle(tmp_path / "bundle"))


def test_a_bundle_of_format_3_knows_no_familiarity(tmp_path):
    network = make().eval()
    network.calibration = Calibration(1.75, 0.4)
    save_bundle(network, tmp_path / "bundle")
    file = tmp_path / "bundle" / "bundle.json"
    written = json.loads(file.read_text())
    del written["familiarity"]
    written["calibration"] = {"temperature": 1.75, "unsure_below": 0.4}
    file.write_text(json.dumps({**written, "format": 3}))
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.familiarity is None
    assert loaded.calibration == Calibration(1.75, 0.4, None, None, None)


def test_a_retrieval_without_a_threshold_travels_too(tmp_path):
    network = reidentification()
    network.retrieval = Retrieval("pooled")
    save_bundle(network, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").retrieval == Retrieval("pooled")


@pytest.mark.parametrize("blocks", ["paper", "published"])
def test_channel_attention_travels_too(tmp_path, blocks):
    torch.manual_seed(0)
    backbone = ChannelAttentionBackbone(
        "test_resnet", blocks=blocks, stem_relu=blocks == "paper", drop_path_rate=0.1
    )
    network = AttentionNetwork(backbone, 2, NAMES, EmbeddingHead(5)).eval()
    save_bundle(network, tmp_path / "bundle")
    loaded, images = load_bundle(tmp_path / "bundle"), torch.randn(2, 3, 64, 48)
    assert loaded.backbone.settings == backbone.settings
    with torch.no_grad():
        torch.testing.assert_close(loaded(images).logits, network(images).logits)


def test_a_bundle_of_format_1_is_read(tmp_path):
    """Before there were heads of two kinds and retrieval."""
    network = make(head=ClassifierHead(30.0)).eval()
    network.calibration = Calibration(1.75, 0.4)
    save_bundle(network, tmp_path / "bundle")
    file = tmp_path / "bundle" / "bundle.json"
    written = json.loads(file.read_text())
    assert written["format"] == 4
    del written["head"], written["retrieval"], written["attention"], written["normalize"]
    file.write_text(json.dumps({**written, "format": 1, "scale": 30.0}))
    loaded, images = load_bundle(tmp_path / "bundle"), torch.randn(2, 3, 32, 32)
    assert (loaded.head.scale, loaded.retrieval) == (30.0, None)
    assert loaded.calibration == Calibration(1.75, 0.4)
    with torch.no_grad():
        torch.testing.assert_close(loaded(images).logits, network(images).logits)
    file.write_text(json.dumps({**written, "format": 1}))
    assert "does not describe a network" in refusal(lambda: load_bundle(tmp_path / "bundle"))


def test_a_bundle_of_format_2_is_read(tmp_path):
    """Before the attention module and "normalize" had options."""
    network, images = reidentification(), torch.randn(2, 3, 32, 32)
    save_bundle(network, tmp_path / "bundle")
    file = tmp_path / "bundle" / "bundle.json"
    written = json.loads(file.read_text())
    del written["attention"], written["normalize"]
    file.write_text(json.dumps({**written, "format": 2}))
    with torch.no_grad():
        torch.testing.assert_close(
            load_bundle(tmp_path / "bundle")(images).logits, network(images).logits
        )
    file.write_text(json.dumps({**written, "format": 3}))
    assert "does not describe a network" in refusal(lambda: load_bundle(tmp_path / "bundle"))


@pytest.mark.parametrize(
    "settings",
    [{"batch_norm": False}, {"normalization": "l2"}, {"dropout": 0.2, "normalization": "l2"}],
)
@pytest.mark.parametrize("normalize", ["root-l2", "l2"])
def test_options_of_the_attention_travel_too(tmp_path, settings, normalize):
    network = make(attention=SpatialAttention(**settings), normalize=normalize).eval()
    images = torch.randn(2, 3, 32, 32)
    save_bundle(network, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.attention.settings == network.attention.settings
    with torch.no_grad():
        torch.testing.assert_close(loaded(images).logits, network(images).logits)
    assert not torch.equal(make().eval()(images).logits, network(images).logits)


def test_an_attention_of_ones_own_is_not_described(tmp_path):
    class Mine(SpatialAttention):
        pass

    network = make(attention=Mine())
    assert not bundle.describable(network)
    assert "can describe SpatialAttention, not Mine" in refusal(
        lambda: save_bundle(network, tmp_path / "bundle")
    )


def test_what_is_unknown_stays_unknown(tmp_path):
    save_bundle(make(), tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert (loaded.preprocessing, loaded.calibration, loaded.retrieval) == (None, None, None)


def test_channels_last_and_data_parallel_leave_no_trace(tmp_path):
    network = make().eval()
    save_bundle(network.to(memory_format=torch.channels_last), tmp_path / "bundle")
    images = torch.randn(1, 3, 32, 32)
    assert torch.allclose(load_bundle(tmp_path / "bundle")(images).logits, network(images).logits)


def test_a_newer_bundle_replaces_an_older_one(tmp_path):
    save_bundle(make(0), tmp_path / "bundle")
    save_bundle(make(1, ("one", "two")), tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").class_names == ("one", "two")
    assert [item.name for item in tmp_path.iterdir()] == ["bundle"]
    assert {item.name for item in (tmp_path / "bundle").iterdir()} == {
        "bundle.json",
        "weights.safetensors",
    }


@pytest.mark.parametrize("target", ["old", "new"])
def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path, target):
    save_bundle(make(0), tmp_path / "old")
    (tmp_path / "latest").symlink_to(target)
    save_bundle(make(1, ("one", "two")), tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert load_bundle(tmp_path / target).class_names == ("one", "two")
    assert {item.name for item in tmp_path.iterdir()} == {"latest", "old", target}


def spoiled(change):
    network = make(1)
    if change == "two alike":
        network.class_names = ("wren", "wren", "robin")
    elif change == "no UTF-8":
        network.class_names = ("wr\udce4n", "wren", "robin")
    elif change == "threshold":
        network.retrieval = Retrieval(threshold=float("nan"))
    elif change == "calibration":
        network.calibration = Calibration(float("inf"), 0.5)
    elif change == "preprocessing":
        network.preprocessing = Preprocessing((72, 80), (64, 72), std=(0.0, 1.0, 1.0))
    elif change == "familiarity":
        network.familiarity = Familiarity(torch.zeros(3, 5), 0.5, 10, 1)
    elif change == "layer":
        network.attention.conv = torch.nn.Conv2d(8, 2, 3)
    else:
        network.backbone.settings["option\udce4"] = change
    return network


@pytest.mark.parametrize(
    "change",
    ["two alike", "no UTF-8", "threshold", "calibration", "preprocessing",
     "familiarity", "layer", "option"],
)  # fmt: skip
def test_what_could_not_be_read_replaces_nothing(tmp_path, change):
    save_bundle(make(0), tmp_path / "bundle")
    refusal(lambda: save_bundle(spoiled(change), tmp_path / "bundle"))
    assert load_bundle(tmp_path / "bundle").class_names == NAMES
    assert [item.name for item in tmp_path.iterdir()] == ["bundle"]


def test_writing_a_bundle_draws_no_random_number(tmp_path):
    network = AttentionNetwork(TimmBackbone("test_vit"), heads=2, classes=NAMES)
    before = torch.get_rng_state()
    save_bundle(network, tmp_path / "bundle")
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_weights_cut_short(tmp_path, share):
    save_bundle(make(), tmp_path / "bundle")
    file = tmp_path / "bundle" / "weights.safetensors"
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    assert "weights.safetensors: missing or cut short" in refusal(
        lambda: load_bundle(tmp_path / "bundle")
    )


def test_weights_missing(tmp_path):
    save_bundle(make(), tmp_path / "bundle")
    (tmp_path / "bundle" / "weights.safetensors").unlink()
    assert "missing or cut short" in refusal(lambda: load_bundle(tmp_path / "bundle"))


@pytest.mark.parametrize("change", ["lost", "foreign", "reshaped"])
def test_weights_of_another_network(tmp_path, change):
    save_bundle(make(), tmp_path / "bundle")
    file = tmp_path / "bundle" / "weights.safetensors"
    tensors = load_file(file)
    if change == "lost":
        del tensors["attention.conv.weight"]
    elif change == "foreign":
        tensors["more"] = torch.zeros(1)
    else:
        tensors["attention.conv.weight"] = torch.zeros(2, 9, 1, 1)
    save_file(tensors, file)
    assert "1 weights do not fit" in refusal(lambda: load_bundle(tmp_path / "bundle"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cut short or not JSON"),
        ('{"format": 1, "backb', "cut short or not JSON"),
        ("[1, 2]", "format None, this version reads formats 1 to 4"),
        ('{"format": 99}', "format 99, this version reads formats 1 to 4"),
        ('{"format": 2}', "does not describe a network"),
        ('{"format": 2, "backbone": {"kind": "os.system"}}', "does not describe a network"),
    ],
)
def test_a_description_that_is_none(tmp_path, text, message):
    save_bundle(make(), tmp_path / "bundle")
    (tmp_path / "bundle" / "bundle.json").write_text(text)
    assert message in refusal(lambda: load_bundle(tmp_path / "bundle"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("classes", ["\ud800", "b", "c"]), ("preprocessing", 5),
     ("preprocessing", {"size": [1, 2]}), ("heads", "two"),
     ("classes", None), ("calibration", {"heat": 1}), ("backbone", {}),
     ("calibration", {"temperature": 0.0, "unsure_below": 0.5}),
     ("backbone", {"kind": "SmallResNet", "depth": 1}),
     ("head", None), ("head", {}), ("head", {"kind": "Sequential"}), ("head", "ClassifierHead"),
     ("head", {"kind": "EmbeddingHead", "size": 0}), ("head", {"kind": "EmbeddingHead", "w": 5}),
     ("retrieval", 5), ("retrieval", {"vector": "feat"}), ("retrieval", {"kind": "pooled"}),
     ("retrieval", {"mirror": "yes"}), ("retrieval", {"threshold": "high"}),
     ("retrieval", {"slope": float("nan")}), ("retrieval", {"offset": None}),
     ("retrieval", {"false_positive_rate": 5}),
     ("preprocessing", {"resize": [8, 8], "crop": [8, 8], "mean": [0, 0]}),
     ("preprocessing", {"resize": [8, 8], "crop": [8, 8, 8]})],
)  # fmt: skip
def test_a_description_with_a_wrong_value(tmp_path, key, value):
    save_bundle(make(), tmp_path / "bundle")
    file = tmp_path / "bundle" / "bundle.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), key: value}))
    assert "does not describe a network" in refusal(lambda: load_bundle(tmp_path / "bundle"))


def test_no_bundle_here(tmp_path):
    assert "no bundle here" in refusal(lambda: load_bundle(tmp_path))
    assert "no bundle here" in refusal(lambda: load_bundle(tmp_path / "nothing"))


def test_a_name_that_no_system_takes(tmp_path):
    assert "cannot be read" in refusal(lambda: load_bundle(tmp_path / ("a" * 300)))
    assert "cannot be read" in refusal(lambda: open_model(tmp_path / ("a" * 300)))
    assert "cannot be read" in refusal(lambda: open_model(tmp_path / f"{'a' * 300}.onnx"))
    assert "(File name too long)" in refusal(lambda: read_content(tmp_path / f"{'a' * 300}.pth"))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_a_description_that_cannot_be_read(tmp_path):
    save_bundle(make(), tmp_path / "bundle")
    (tmp_path / "bundle" / "bundle.json").unlink()
    (tmp_path / "bundle" / "bundle.json").symlink_to("/proc/self/mem")
    assert "bundle.json: cannot be read" in refusal(lambda: load_bundle(tmp_path / "bundle"))


@pytest.mark.parametrize("content", ["thesis.txt", "bundle.json thesis.txt"])
def test_a_folder_with_anything_else_is_left_alone(tmp_path, content):
    for name in content.split():
        (tmp_path / name).write_text("years of work")
    assert "something other than a bundle" in refusal(lambda: save_bundle(make(), tmp_path))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_is_left_alone(tmp_path):
    (tmp_path / "bundle").write_text("a file")
    assert "something other" in refusal(lambda: save_bundle(make(), tmp_path / "bundle"))
    assert (tmp_path / "bundle").read_text() == "a file"


@pytest.mark.parametrize("failing", ["save_file", "write_text", "rename"])
def test_a_full_disk_leaves_the_old_bundle(tmp_path, monkeypatch, failing):
    save_bundle(make(0), tmp_path / "bundle")
    rename = Path.rename

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_for_the_new_one(path, target):
        return rename(path, target) if path.suffix != ".unfinished" else full()

    with monkeypatch.context() as patched:
        if failing == "save_file":
            patched.setattr(bundle, "save_file", full)
        else:
            patched.setattr(Path, failing, full_for_the_new_one if failing == "rename" else full)
        message = refusal(lambda: save_bundle(make(1, ("one", "two")), tmp_path / "bundle"))
    assert "cannot be written" in message
    assert "No space left on device" in message
    assert load_bundle(tmp_path / "bundle").class_names == NAMES
    assert [item.name for item in tmp_path.iterdir()] == ["bundle"]


def test_a_backbone_of_ones_own_has_no_bundle(tmp_path):
    class Own(SmallResNet):
        pass

    network = AttentionNetwork(Own((4, 6, 8)), 2, 3)
    assert "keep the state_dict yourself" in refusal(lambda: save_bundle(network, tmp_path / "b"))
    assert list(tmp_path.iterdir()) == []


def test_a_head_of_ones_own_has_no_bundle(tmp_path):
    class Own(EmbeddingHead):
        pass

    network = AttentionNetwork(SmallResNet((4, 6, 8)), 2, 3, Own(5))
    assert not bundle.describable(network)
    message = refusal(lambda: save_bundle(network, tmp_path / "b"))
    assert "ClassifierHead or EmbeddingHead, not Own: keep the state_dict yourself" in message
    assert list(tmp_path.iterdir()) == []


def test_options_that_are_no_plain_values_have_no_bundle(tmp_path):
    network = make()
    network.backbone.settings["act_layer"] = torch.nn.ReLU
    assert "cannot describe" in refusal(lambda: save_bundle(network, tmp_path / "b"))


def test_the_folder_where_a_command_runs_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("", "."):
        assert "is where this command runs" in refusal(lambda name=name: save_bundle(make(), name))
    assert Path.cwd() == tmp_path
