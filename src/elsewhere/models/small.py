"""A small residual network for drawn images: trains from scratch in a minute."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor, nn

from elsewhere.errors import ModelError

_WIDTHS = (24, 48, 96)
_TRAINED = Path(__file__).with_name("small_drawn_birds.safetensors")


class SmallResNet(nn.Module):
    """A plain residual network of three stages whose map is 8 times coarser than the image.

    Args:
        widths: channels of the three stages.
        weights: `drawn-birds`: those that lie beside this file, trained on 24 species of drawn
            birds, none of which is among the first eight; for the usual widths. None starts afresh.

    Raises:
        ModelError: weights for other widths.

    Examples:
        >>> tuple(elsewhere.SmallResNet((8, 16, 24))(torch.rand(2, 3, 32, 32)).shape)
        (2, 24, 4, 4)
    """

    def __init__(
        self,
        widths: Sequence[int] = _WIDTHS,
        weights: Literal["drawn-birds"] | None = None,
    ) -> None:
        super().__init__()
        self.settings = {"widths": tuple(widths)}
        first, second, third = widths
        self.network = nn.Sequential(
            nn.Conv2d(3, first, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
            ResidualBlock(first, first, stride=1),
            ResidualBlock(first, second, stride=2),
            ResidualBlock(second, third, stride=2),
        )
        self.channels = third
        if weights is not None:
            if self.settings["widths"] != _WIDTHS:
                raise ModelError(f"weights={weights} are for widths {_WIDTHS}, not {tuple(widths)}")
            self.load_state_dict(load_file(_TRAINED))

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the last stage's features."""
        features: Tensor = self.network(images)
        return features


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return relu(f(x) + shortcut(x))."""
        inner = F.relu(self.bn1(self.conv1(features)))
        return F.relu(self.bn2(self.conv2(inner)) + self.shortcut(features))
