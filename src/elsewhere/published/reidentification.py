"""The published re-identification network: a ResNet, stored twice, with channel attention."""

from collections.abc import Sequence

import torch

from elsewhere.errors import CheckpointError
from elsewhere.models import AttentionNetwork, ChannelAttentionBackbone, EmbeddingHead
from elsewhere.published.contents import Published, listed
from elsewhere.published.filling import Filled, Ignored, fill, renamed, required
from elsewhere.published.resnet import resnet_name
from elsewhere.structures import Preprocessing, Retrieval

_RUN = {
    "base_1.0.": "conv1.",
    "base_1.1.": "bn1.",
    "base_2.0.": "layer1.",
    "base_3.0.": "layer2.",
    "base_4.0.": "layer3.",
    "base_5.0.": "layer4.",
}
_COPY = {"base.": ""}
_RESNET = _RUN | _COPY
_PLACES = ("stem", "layer1", "layer2", "layer3", "layer4")
_HEAD = {
    "attentions.": "attention.",
    "bottleneck.": "head.norm.",
    "classifier_bap.": "head.projection.",
    "classifier.": "head.classifier.",
}


def convert_reidentification(
    published: Published, classes: Sequence[str] | None, name: str | None
) -> tuple[AttentionNetwork, Filled]:
    """Build the network of a published re-identification file.

    Pictures of 384 × 192 pixels, compared by the classifier's logits of picture and mirrored
    picture, ε of 1e-12, the last stride of 1 and a stem without ReLU are the published code's.

    Args:
        published: the file.
        classes: names of the identities it was trained on; numbered if not given.
        name: timm's name of the ResNet, if its shapes do not tell.

    Raises:
        CheckpointError: if a tensor is missing, has no place or another shape, or if the two
            copies of the ResNet differ.
    """
    published, copies = _without_copy(published)
    heads = required(published, "attentions.conv.weight", 4).shape[0]
    size = required(published, "classifier_bap.weight", 2).shape[0]
    count = required(published, "classifier.weight", 2).shape[0]
    if name is None:
        named = {renamed(key, _RESNET) or key: value for key, value in published.tensors.items()}
        name = resnet_name(named, published)
    with torch.device("meta"):
        network = AttentionNetwork(
            ChannelAttentionBackbone(name, last_stride=1, blocks="published", stem_relu=False),
            heads=heads,
            classes=count if classes is None else classes,
            head=EmbeddingHead(size),
            epsilon=1e-12,
            preprocessing=Preprocessing((384, 192), (384, 192)),
        )
    network.retrieval = Retrieval("logits", mirror=True)
    used = fill(network, published, _names())
    reason = "base.*: the ResNet a second time, equal in every number"
    return network, Filled(used, (Ignored(copies, reason),) if copies else ())


def _names() -> dict[str, str]:
    names = {theirs: f"backbone.network.{ours}" for theirs, ours in _RESNET.items()}
    for number, place in enumerate(_PLACES, start=1):
        block = f"backbone.blocks.{place}"
        names[f"att_s{number}."] = f"{block}.split."
        names[f"BN{number}.bottleneck2."] = f"{block}.norm."
        names[f"att{number}.fc.0."] = f"{block}.gate.narrow."
        names[f"att{number}.fc.2."] = f"{block}.gate.widen."
    return names | _HEAD


def _without_copy(published: Published) -> tuple[Published, int]:
    """Leave out what lies under `base` too: the network runs the other copy."""
    tensors = published.tensors
    run = {place: key for key in tensors if (place := renamed(key, _RUN)) is not None}
    copies = {key: run[at] for key in tensors if (at := renamed(key, _COPY)) in run and at}
    unequal = [
        f"{key} and {other}"
        for key, other in copies.items()
        if not torch.equal(tensors[key], tensors[other])
    ]
    if unequal:
        raise CheckpointError(
            f"{published.file}: the two copies of the ResNet differ: {listed(unequal)}"
        )
    kept = {key: value for key, value in tensors.items() if key not in copies}
    return published._replace(tensors=kept), len(copies)
