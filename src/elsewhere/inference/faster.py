"""A network in fewer bits or another order of memory, where that is faster and says the same."""

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


@torch.inference_mode()
def speed_up(network: AttentionNetwork, images: Float[Tensor, "batch 3 height width"]) -> Speed:
    """Let a network compute in the fastest way that gives the same answers on some images.

    The network is in evaluation mode, and is changed; images are its inputs, on its device.
    """
    ways = {way.name: way for way in WAYS}
    temperature = network.calibration.temperature if network.calibration else 1.0
    speed = fastest({name: partial(_logits, network, way, images) for name, way in ways.items()},
                    temperature)  # fmt: skip
    go(network, ways[speed.name])
    return speed


def _logits(network: AttentionNetwork, way: HowComputed, images: Tensor) -> np.ndarray:
    go(network, way)
    found: np.ndarray = network(images).logits.float().cpu().numpy()
    return found


def go(network: AttentionNetwork, way: HowComputed) -> None:
    """Let a network compute in a way from now on."""
    order = torch.channels_last if way.channels_last else torch.contiguous_format
    network.to(memory_format=order)  # type: ignore[call-overload]
    network.forward = partial(_forward, network, way, order)  # type: ignore[method-assign]


def _forward(
    network: AttentionNetwork, way: HowComputed, order: torch.memory_format, images: Tensor
) -> AttentionOutput:
    kind = images.device.type
    with torch.autocast(kind, torch.bfloat16, enabled=way.bfloat16):
        output = AttentionNetwork.forward(network, images.contiguous(memory_format=order))
    return AttentionOutput(*(each.float() for each in output))
