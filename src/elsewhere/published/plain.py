"""Weights of a plain backbone: torchvision's, timm's, and those of strong re-id baselines."""

import torch

from elsewhere.models import TimmBackbone
from elsewhere.published.contents import Published
from elsewhere.published.filling import Filled, Ignored, fill
from elsewhere.published.resnet import resnet_name

_BASE = "base."
_HEADS = ("bottleneck.", "classifier.", "fc.", "head.")


def convert_plain(published: Published, name: str | None) -> tuple[TimmBackbone, Filled]:
    """Put plain weights into a backbone; a head behind it is left out.

    Args:
        published: the file, with torchvision's or timm's names, or the same behind `base.`.
        name: timm's name of the network, if its shapes do not tell.

    Raises:
        CheckpointError: if a tensor of the backbone is missing, has no place or another shape.
    """
    body = {key: value for key, value in published.tensors.items() if not key.startswith(_HEADS)}
    start = _BASE if any(key.startswith(_BASE) for key in body) else ""
    if name is None:
        named = {key.removeprefix(start): value for key, value in body.items()}
        name = resnet_name(named, published)
    with torch.device("meta"):
        backbone = TimmBackbone(name)
    used = fill(backbone.network, published._replace(tensors=body), {start: ""})
    left = len(published.tensors) - len(body)
    reason = "the head behind the backbone, for other classes"
    return backbone, Filled(used, (Ignored(left, reason),) if left else ())
