"""The backbone of the rows marked † (section 4.2): ResNet with channel attention."""

from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from timm.models.resnet import ResNet
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.models.backbone import TimmBackbone
from elsewhere.models.norm import freeze_shift, normalise

_STAGES = ("layer1", "layer2", "layer3", "layer4")


class ChannelAttentionBackbone(TimmBackbone):
    """A timm ResNet that weighs its channels after every stage.

    Weights of the ResNet load as those of `TimmBackbone` do; the blocks start at random. Their
    names in the published checkpoints, for place i of 1…5 (`stem`, `layer1` … `layer4` here):
    `att_s{i}` → `blocks.PLACE.split`, `BN{i}.bottleneck2` → `blocks.PLACE.norm`,
    `att{i}.fc.0`, `att{i}.fc.2` → `blocks.PLACE.gate.narrow`, `.widen`.

    Args:
        name: timm's name of a ResNet with the plain order of stem and four stages.
        last_stride: as in `TimmBackbone`; 1 is the published code's.
        weights: as in `TimmBackbone`, of the ResNet alone.
        blocks: `paper` has one after each of the four stages; `published` has one more behind the
            stem's pooling. The paper does not say what a block holds: it is the published code's.
        stem_relu: False leaves out the ReLU behind the stem's batch norm, as the published code
            does.
        timm_options: passed to `timm.create_model`.

    Raises:
        ModelError: for a network that is no ResNet of timm's.
        CheckpointError: for weights that do not fit.

    Examples:
        >>> backbone = elsewhere.ChannelAttentionBackbone("resnet18", last_stride=1)
        >>> backbone(torch.rand(2, 3, 64, 64)).shape[1] == backbone.channels
        True
    """

    def __init__(
        self,
        name: str = "resnet50.tv_in1k",
        last_stride: int | None = 1,
        weights: str | Path | None = None,
        blocks: Literal["paper", "published"] = "paper",
        stem_relu: bool = True,
        **timm_options: Any,
    ) -> None:
        super().__init__(name, last_stride, weights, **timm_options)
        if not isinstance(self.network, ResNet):
            raise ModelError(
                f"channel attention stands between the stages of a ResNet, and {name} is none: "
                "use resnet50.tv_in1k, or TimmBackbone"
            )
        if blocks not in ("paper", "published"):
            raise ModelError(f"blocks is paper or published, not {blocks!r}")
        self.settings.update(blocks=blocks, stem_relu=stem_relu)
        self.stem_relu = stem_relu
        channels = dict(zip(("stem", *_STAGES), _channels(self.network), strict=True))
        if blocks == "paper":
            del channels["stem"]
        self.blocks = nn.ModuleDict({at: ChannelAttention(n) for at, n in channels.items()})

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the last stage's features, weighed.

        Raises:
            ModelError: in training, for a single image.
        """
        network = self.network
        features: Tensor = network.bn1(network.conv1(images))
        features = network.maxpool(network.act1(features) if self.stem_relu else features)
        if "stem" in self.blocks:
            features = self.blocks["stem"](features)
        for stage in _STAGES:
            features = self.blocks[stage](getattr(network, stage)(features))
        return features


class ChannelAttention(nn.Module):
    """Split attention → batch norm with its shift at zero → squeeze gate; of even channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.split = SplitAttention(channels)
        self.norm = nn.BatchNorm2d(channels)
        self.gate = SqueezeGate(channels)
        freeze_shift(self.norm)

    def forward(
        self, features: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the map, its channels weighed twice."""
        weighed: Tensor = self.gate(self.norm(self.split(features)))
        return weighed


class SplitAttention(nn.Module):
    """Every channel of one half competes with its counterpart in the other (radix 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels % 2:
            raise ModelError(f"split attention needs an even number of channels, got {channels}")
        half = channels // 2
        width = max(half, 32)
        self.fc1 = nn.Conv2d(half, width, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.fc2 = nn.Conv2d(width, channels, kernel_size=1)

    def forward(
        self, features: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the map, every channel times its share of 0..1."""
        first, second = features.chunk(2, dim=1)
        seen = (first + second).mean((2, 3), keepdim=True)
        seen = F.relu(normalise(self.bn1, self.fc1(seen), "in split attention"))
        shares = torch.stack(self.fc2(seen).chunk(2, dim=1)).softmax(0)
        return features * torch.cat([*shares], dim=1)


class SqueezeGate(nn.Module):
    """Every channel times a factor of 0..1 that all channels together decide.

    The hidden width is 8 whatever the number of channels, as in the published code.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(channels, 8, bias=False)
        self.widen = nn.Linear(8, channels, bias=False)

    def forward(
        self, features: Float[Tensor, "batch channels h w"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the map, its channels weighed."""
        factor = self.widen(F.relu(self.narrow(features.mean((2, 3))))).sigmoid()
        weighed: Tensor = features * factor[:, :, None, None]
        return weighed


def _channels(network: Any) -> list[int]:
    """Channels behind the stem and behind each stage."""
    return [stage["num_chs"] for stage in network.feature_info]
