"""Somebody else's attention model, with a batch norm in its head, for the tests of plugging in."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Seen(NamedTuple):
    """What the model says of images: all that an observation needs."""

    logits: Tensor
    attention: Tensor
    features: Tensor


class ForeignModel(nn.Module):
    """Convolutions, a sigmoid mask, a head with batch norm; nothing of it is this package's."""

    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.look = nn.Conv2d(8, 1, 1)
        self.head = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.Linear(6, classes))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.predictions = 0

    def forward(self, images: Tensor) -> Seen:
        features = self.body(images)
        attention = self.look(features).sigmoid()
        return Seen(self._classify(features, attention), attention, features)

    def predict(self, features: Tensor, attention: Tensor) -> Tensor:
        self.predictions += 1
        return self._classify(features, attention)

    def _classify(self, features: Tensor, attention: Tensor) -> Tensor:
        self.calls += 1  # a buffer that changes in place
        return self.head((features * attention).mean(dim=(2, 3)))
