import socket

import pytest
import torch
from huggingface_hub import constants
from torch import nn

from elsewhere.errors import ModelError
from elsewhere.models import TimmBackbone
from elsewhere.models.backbone import output_size

FAMILIES = {  # name → how much coarser the map is than the image
    "test_resnet": 32,
    "test_convnext": 32,
    "test_vit": 16,
    "test_efficientnet": 32,
    "test_nfnet": 32,
    "mobilenetv3_small_050": 32,
    "swin_tiny_patch4_window7_224": 32,
    "deit_tiny_distilled_patch16_224": 16,
    "eva02_tiny_patch14_224": 14,
    "vgg11": 32,
}
META = torch.device("meta")


def on_meta(name: str, **options) -> TimmBackbone:
    """A backbone without numbers: shapes and gradient paths cost nothing."""
    with META:
        return TimmBackbone(name, **options)


@pytest.mark.parametrize("name", FAMILIES)
def test_any_family_gives_one_map_of_features(name):
    """And every parameter gets a gradient: one without would stop training in two processes."""
    backbone, step = on_meta(name), FAMILIES[name]
    images = torch.randn(2, 3, 5 * step, 8 * step, device=META)
    features = backbone(images)
    assert features.shape == (2, backbone.channels, 5, 8)
    features.sum().backward()
    assert [key for key, value in backbone.named_parameters() if value.grad is None] == []


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext", "test_vit", "test_efficientnet"])
def test_real_numbers_come_out(name):
    backbone = TimmBackbone(name).eval()
    with torch.no_grad():
        features = backbone(torch.randn(2, 3, 64, 96))
    step = FAMILIES[name]
    assert features.shape == (2, backbone.channels, 64 // step, 96 // step)
    assert features.isfinite().all()
    assert features.std() > 0


def test_tokens_lie_where_their_patches_do():
    """Changing one patch changes the tokens before the first mixing there and nowhere else."""
    backbone = TimmBackbone("test_vit").eval()
    backbone.network.blocks = nn.Identity()
    images = torch.randn(1, 3, 48, 80)
    changed = images.clone()
    changed[:, :, 16:32, 48:64] += 1
    with torch.no_grad():
        moved = (backbone(changed) - backbone(images)).abs().sum(1)[0]
    assert moved.nonzero().tolist() == [[1, 3]]


@pytest.mark.parametrize(
    "option",
    ["checkpoint_path", "pretrained_cfg", "pretrained_cfg_overlay", "cache_dir", "pretrained"],
)
def test_timm_reads_no_file_that_an_option_names(option, tmp_path):
    file = tmp_path / "weights.pth"
    with pytest.raises(ModelError, match=f"{option} would let timm read another file"):
        on_meta("test_resnet", **{option: {"file": str(file)} if "cfg" in option else str(file)})


TWICE_AS_FINE = ["resnet18", "test_efficientnet", "test_resnet", "mobilenetv3_small_050"]


@pytest.mark.parametrize("name", TWICE_AS_FINE)
def test_without_its_last_stride_the_map_is_twice_as_fine(name):
    plain, fine = on_meta(name), on_meta(name, last_stride=1)
    images = torch.randn(1, 3, 224, 160, device=META)
    assert plain(images).shape[-2:] == (7, 5)
    assert fine(images).shape[-2:] == (14, 10)
    assert fine.channels == plain.channels
    shapes = {key: value.shape for key, value in plain.state_dict().items()}
    assert {key: value.shape for key, value in fine.state_dict().items()} == shapes
    assert not any(getattr(module, "dilation", 1) not in (1, (1, 1)) for module in fine.modules())


def test_the_published_map_is_28_by_28():
    backbone = on_meta("resnet50", last_stride=1)
    assert backbone(torch.randn(1, 3, 448, 448, device=META)).shape == (1, 2048, 28, 28)


@pytest.mark.parametrize("name", ["resnet18", "test_efficientnet", "resnet26d"])
def test_only_the_last_stage_differs(name):
    """The same weights up to it; its first map, read at every second place, is the plain one."""
    torch.manual_seed(0)
    plain, fine = TimmBackbone(name).eval(), TimmBackbone(name, last_stride=1).eval()
    fine.load_state_dict(plain.state_dict())
    strides = [
        {
            path
            for path, module in net.named_modules()
            if getattr(module, "stride", 1) in (2, (2, 2))
        }
        for net in (plain, fine)
    ]
    removed = strides[0] - strides[1]
    assert not strides[1] - strides[0]
    expected = {
        "resnet18": {"network.layer4.0.conv1", "network.layer4.0.downsample.0"},
        "resnet26d": {"network.layer4.0.conv2", "network.layer4.0.downsample.0"},
    }
    if name in expected:
        assert removed == expected[name]
    images = torch.randn(1, 3, 64, 64)
    last = plain.get_submodule(min(removed)), fine.get_submodule(min(removed))
    seen: list[torch.Tensor] = []
    for module in last:
        module.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.no_grad():
        plain(images)
        fine(images)
    # even kernels of `same` padding start at an odd place
    assert any(
        torch.allclose(seen[1][..., start::2, start::2], seen[0], atol=1e-5) for start in (0, 1)
    )


def test_a_kernel_of_two_without_padding_costs_one_row():
    assert on_meta("test_convnext", last_stride=1)(torch.randn(1, 3, 160, 160, device=META)).shape[
        -2:
    ] == (9, 9)


@pytest.mark.parametrize("stride", [2, None])
def test_a_network_may_keep_its_stride(stride):
    images = torch.randn(1, 3, 224, 224, device=META)
    assert on_meta("resnet18", last_stride=stride)(images).shape[-2:] == (7, 7)


def one_line(error) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("test_vit", {"last_stride": 1}, "test_vit has no last stage whose stride"),
        ("swin_tiny_patch4_window7_224", {"last_stride": 1}, "has no last stage whose stride"),
        ("nest_tiny", {"last_stride": 1}, "nest_tiny does not fit together without"),
        ("resnet18", {"last_stride": 3}, "last_stride must be 1, 2 or null, got 3"),
        ("resnet1001", {}, "timm has no network 'resnet1001'; near names: "),
        ("", {}, "timm has no network ''"),
        ("resnet18", {"patch_size": 3}, "timm cannot build 'resnet18' with {'patch_size': 3}"),
        ("resnet18.no_such_weights", {"weights": "pretrained"}, "no_such_weights"),
    ],
)
def test_what_cannot_be_built_is_one_line(name, options, message, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError) as error:
        on_meta(name, **options)
    assert message in one_line(error)


@pytest.mark.parametrize("name", ["crossvit_tiny_240", "coat_lite_tiny", "selecsls42"])
def test_a_network_without_a_map_is_one_line(name):
    backbone = on_meta(name)
    side = 240 if name.startswith("crossvit") else 224
    with pytest.raises(ModelError) as error:
        backbone(torch.randn(2, 3, side, side, device=META))
    one_line(error)


def test_output_size_leaves_the_statistics_alone():
    backbone = TimmBackbone("test_resnet").train()
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    assert output_size(backbone, (64, 96)) == (2, 3)
    assert backbone.training
    for key, value in backbone.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_without_a_network_one_line_names_the_option_at_once(monkeypatch, tmp_path):
    """Nothing listens where the hub is said to be; a second try would take seconds."""
    before = constants.HF_HUB_OFFLINE
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError) as said:
        TimmBackbone("test_resnet.r160_in1k", weights="pretrained")
    assert "--network.backbone.weights=FILE" in str(said.value)
    assert "hf download timm/test_resnet.r160_in1k model.safetensors" in str(said.value)
    assert before == constants.HF_HUB_OFFLINE
