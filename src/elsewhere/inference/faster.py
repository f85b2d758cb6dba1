"""A network in fewer bits or another order of memory, where that is faster and says the same."""

from copy import deepcopy
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.inference.speed import Speed, fastest
from elsewhere.models import AttentionNetwork
from elsewhere.structures import AttentionOutput


class HowComputed(NamedTuple):
    """How a network computes.

    `bfloat16` is with 8 bits of precision where that does no harm, as autocast knows it;
    `channels_last` has the channels of a position side by side in memory.
    """

    bfloat16: bool = False
    channels_last: bool = False

    @property
    def name(self) -> str:
        """In words."""
        words = [*(["bfloat16"] if self.bfloat16 else ()),
                 *(["channels last"] if self.channels_last else ())]  # fmt: skip
        return " and ".join(words) or "as it is"


WAYS = (HowComputed(), HowComputed(False, True), HowComputed(True), HowComputed(True, True))


class Faster:
    """A network as it is computed in a way; the network itself stays as it is.

    Channels last take a copy of its weights.
    """

    def __init__(self, network: AttentionNetwork, way: HowComputed) -> None:
        self.network, self.way = network, way
        self._order = torch.channels_last if way.channels_last else torch.contiguous_format
        if way.channels_last:
            self.network = deepcopy(network)
            self.network.to(memory_format=self._order)  # type: ignore[call-overload]

    def __call__(self, images: Float[Tensor, "batch 3 height width"]) -> AttentionOutput:
        """What the network says of images; float32, whatever it was computed in."""
        kind = images.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.way.bfloat16):
            output = self.network(images.contiguous(memory_format=self._order))
        return AttentionOutput(*(each.float() for each in output))


def speed_up(
    network: AttentionNetwork, images: Float[Tensor, "batch 3 height width"]
) -> tuple[Speed, Faster]:
    """Find the fastest way to compute a network that gives the same answers on some images.

    The network is in evaluation mode; images are its inputs, on its device.
    """
    ways = {way.name: Faster(network, way) for way in WAYS}
    temperature = network.calibration.temperature if network.calibration else 1.0
    speed = fastest({name: partial(_logits, way, images) for name, way in ways.items()},
                    temperature)  # fmt: skip
    return speed, ways[speed.name]


@torch.inference_mode()
def _logits(way: Faster, images: Tensor) -> np.ndarray:
    found: np.ndarray = way(images).logits.cpu().numpy()
    return found
