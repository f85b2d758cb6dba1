import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from tests.reference import reidentification as slow

from elsewhere.errors import CheckpointError, ModelError
from elsewhere.models import ChannelAttentionBackbone, TimmBackbone
from elsewhere.models.channel_attention import ChannelAttention, SplitAttention, SqueezeGate

STAGES = ["layer1", "layer2", "layer3", "layer4"]
META = torch.device("meta")


def small(**settings) -> ChannelAttentionBackbone:
    torch.manual_seed(0)
    return ChannelAttentionBackbone("test_resnet", **settings).eval()


def array(tensor):
    return tensor.detach().double().numpy()


def stirred(module):
    """Statistics and gains that are not the initial ones."""
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            torch.nn.init.uniform_(part.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(part.running_var, 0.5, 2.0)
            if part.bias.requires_grad:
                torch.nn.init.uniform_(part.bias, -0.5, 0.5)
    return module.eval()


def gain_and_shift(norm):
    gain = norm.weight / (norm.running_var + norm.eps).sqrt()
    return array(gain), array(norm.bias - norm.running_mean * gain)


@pytest.mark.parametrize("channels", [6, 96])
def test_a_block_by_hand(channels):
    torch.manual_seed(0)
    block = stirred(ChannelAttention(channels))
    features = torch.randn(2, channels, 3, 4)
    with torch.no_grad():
        found = block(features)
    split, gate = block.split, block.gate
    for row in range(2):
        weighed = slow.split_attention(
            array(features[row]),
            (array(split.fc1.weight[:, :, 0, 0]), array(split.fc1.bias)),
            gain_and_shift(split.bn1),
            (array(split.fc2.weight[:, :, 0, 0]), array(split.fc2.bias)),
        )
        gain, shift = gain_and_shift(block.norm)
        normal = weighed * gain[:, None, None] + shift[:, None, None]
        expected = slow.squeeze_gate(normal, array(gate.narrow.weight), array(gate.widen.weight))
        np.testing.assert_allclose(array(found[row]), expected, atol=1e-5)


@pytest.mark.parametrize(("channels", "width"), [(64, 32), (32, 32), (256, 128)])
def test_the_published_widths(channels, width):
    block = ChannelAttention(channels)
    assert block.split.fc1.weight.shape == (width, channels // 2, 1, 1)
    assert block.split.fc2.weight.shape == (channels, width, 1, 1)
    assert block.gate.narrow.weight.shape == (8, channels)
    assert block.gate.widen.weight.shape == (channels, 8)
    # as many tensors a place as the published checkpoint holds
    assert len(block.state_dict()) == 16


def test_an_odd_number_of_channels_has_no_halves():
    with pytest.raises(ModelError, match="even number of channels, got 7"):
        SplitAttention(7)


@pytest.mark.parametrize(
    ("blocks", "places"), [("paper", STAGES), ("published", ["stem", *STAGES])]
)
def test_where_the_blocks_are(blocks, places):
    with META:
        backbone = ChannelAttentionBackbone(blocks=blocks)
    assert list(backbone.blocks) == places
    channels = [block.norm.num_features for block in backbone.blocks.values()]
    assert channels == [64, 256, 512, 1024, 2048][-len(places) :]
    assert backbone.channels == 2048


def test_the_published_map_is_24_by_12():
    """Stride 1 in the last stage, as in the published code."""
    with META:
        backbone = ChannelAttentionBackbone(blocks="published")
        assert backbone(torch.empty(2, 3, 384, 192)).shape == (2, 2048, 24, 12)
        plain = ChannelAttentionBackbone(last_stride=None)
        assert plain(torch.empty(2, 3, 384, 192)).shape == (2, 2048, 12, 6)


@pytest.mark.parametrize("stem_relu", [True, False])
@pytest.mark.parametrize("blocks", ["paper", "published"])
def test_the_order_of_stem_stages_and_blocks(blocks, stem_relu):
    backbone = stirred(small(blocks=blocks, stem_relu=stem_relu))
    images, network = torch.randn(2, 3, 64, 48), backbone.network
    with torch.no_grad():
        expected = network.bn1(network.conv1(images))
        expected = torch.relu(expected) if stem_relu else expected
        expected = network.maxpool(expected)
        if blocks == "published":
            expected = backbone.blocks["stem"](expected)
        for stage in STAGES:
            expected = backbone.blocks[stage](network.get_submodule(stage)(expected))
        torch.testing.assert_close(backbone(images), expected)
        other = stirred(small(blocks=blocks, stem_relu=not stem_relu))
        assert not torch.allclose(other(images), expected)


def test_blocks_that_do_nothing_leave_the_resnet():
    backbone, plain = small(), TimmBackbone("test_resnet", last_stride=1).eval()
    plain.network.load_state_dict(backbone.network.state_dict())
    for place in backbone.blocks:
        backbone.blocks[place] = torch.nn.Identity()
    images = torch.randn(2, 3, 64, 48)
    with torch.no_grad():
        torch.testing.assert_close(backbone(images), plain(images))


def test_weights_of_the_resnet_load(tmp_path):
    weights = timm.create_model("test_resnet", num_classes=0).state_dict()
    save_file(weights, tmp_path / "w.safetensors")
    backbone = small(weights=tmp_path / "w.safetensors", blocks="published")
    for key, value in backbone.network.state_dict().items():
        assert torch.equal(value, weights[key]), key
    with pytest.raises(CheckpointError, match="no such file"):
        small(weights=tmp_path / "lost.safetensors")


@pytest.mark.parametrize("blocks", ["paper", "published"])
def test_everything_but_the_frozen_shifts_learns(blocks):
    backbone = small(blocks=blocks).train()
    backbone(torch.randn(3, 3, 64, 48)).square().sum().backward()
    still = {key for key, value in backbone.named_parameters() if value.grad is None}
    assert still == {f"blocks.{place}.norm.bias" for place in backbone.blocks}


def test_settings_build_it_again():
    settings = {"blocks": "published", "stem_relu": False, "last_stride": None}
    backbone = small(**settings, drop_path_rate=0.5)
    assert backbone.settings == {"name": "test_resnet", "drop_path_rate": 0.5, **settings}
    again = ChannelAttentionBackbone(**backbone.settings)
    again.load_state_dict(backbone.state_dict())
    images = torch.randn(1, 3, 64, 48)
    with torch.no_grad():
        torch.testing.assert_close(again.eval()(images), backbone(images))


def test_one_image_in_training_is_one_line():
    backbone = small().train()
    with pytest.raises(ModelError, match="in split attention needs two images or more"):
        backbone(torch.randn(1, 3, 64, 48))


def test_a_gate_without_input_halves_nothing():
    """sigmoid(0) of every channel: half of what comes in."""
    gate = SqueezeGate(4)
    torch.nn.init.zeros_(gate.widen.weight)
    features = torch.randn(2, 4, 3, 3)
    torch.testing.assert_close(gate(features), features / 2)


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", "resnetv2_50"])
def test_other_networks_are_refused_in_one_line(name):
    with META, pytest.raises(ModelError, match=f"{name} is none: use resnet50") as error:
        ChannelAttentionBackbone(name, last_stride=None)
    assert "\n" not in str(error.value)
