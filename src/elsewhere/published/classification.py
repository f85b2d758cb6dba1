"""The published classifiers: a dictionary of tensors with a plain body."""

import re
from collections.abc import Sequence

import torch

from elsewhere.models import AttentionNetwork, ClassifierHead, TimmBackbone
from elsewhere.published.contents import Published
from elsewhere.published.filling import Filled, Ignored, Names, fill, renamed, required
from elsewhere.published.resnet import fold_biases, resnet_name
from elsewhere.structures import Preprocessing

_RESNET = {
    "features.0.": "conv1.",
    "features.1.": "bn1.",
    "features.4.": "layer1.",
    "features.5.": "layer2.",
    "features.6.": "layer3.",
    "features.7.": "layer4.",
}
_INCEPTION = [
    "Conv2d_1a_3x3",
    "Conv2d_2a_3x3",
    "Conv2d_2b_3x3",
    "Conv2d_3b_1x1",
    "Conv2d_4a_3x3",
    "Mixed_5b",
    "Mixed_5c",
    "Mixed_5d",
    "Mixed_6a",
    "Mixed_6b",
    "Mixed_6c",
    "Mixed_6d",
    "Mixed_6e",
    "Mixed_7a",
    "Mixed_7b",
    "Mixed_7c",
]
_NUMBERS = (0, 1, 2, 4, 5, *range(7, 18))  # of those parts, two poolings between them
_ENDS = tuple(1 + _INCEPTION.index(end) for end in ("Mixed_6e", "Mixed_7c"))
_PART = re.compile(r"features\.([0-9]{1,3})\.")
_HEAD = {"attentions.": "attention.", "fc.": "head.classifier."}


def convert_classification(
    published: Published, classes: Sequence[str] | None, name: str | None
) -> tuple[AttentionNetwork, Filled]:
    """Build the network of a published classifier.

    The factor of 100 before the classifier, ε of 1e-6, the last stride of 1 and 448 pixels cut
    from 512 are the published code's.

    Args:
        published: the file.
        classes: their names; numbered if not given.
        name: timm's name of the backbone, if its shapes do not tell.

    Raises:
        CheckpointError: if a tensor is missing, has no place or another shape.
    """
    inception = any(_PART.sub("", key) == "conv.weight" for key in published.tensors)
    body = _inception_names(published) if inception else _RESNET
    tensors, biases = fold_biases(published.tensors)
    published = published._replace(tensors=tensors)
    heads = required(published, "attentions.conv.weight", 4).shape[0]
    count = required(published, "fc.weight", 2).shape[0]
    with torch.device("meta"):
        network = AttentionNetwork(
            _inception(body, name) if inception else _resnet(published, name),
            heads=heads,
            classes=count if classes is None else classes,
            head=ClassifierHead(scale=100.0),
            epsilon=1e-6,
            preprocessing=Preprocessing((512, 512), (448, 448)),
        )
    places = {theirs: f"backbone.network.{ours}" for theirs, ours in body.items()}
    used = fill(network, published, places | _HEAD)
    reason = "biases before a batch norm: taken off its running mean, which comes to the same"
    return network, Filled(used, (Ignored(biases, reason),) if biases else ())


def _resnet(published: Published, name: str | None) -> TimmBackbone:
    if name is None:
        named = {renamed(key, _RESNET) or key: value for key, value in published.tensors.items()}
        name = resnet_name(named, published)
    return TimmBackbone(name, last_stride=1)


def _inception_names(published: Published) -> Names:
    """Name the parts in their order, or by their numbers where one is missing or too many."""
    numbers = {int(found[1]) for key in published.tensors if (found := _PART.match(key))}
    end = min(_ENDS, key=lambda count: abs(count - len(numbers)))
    ordered = sorted(numbers) if len(numbers) == end else _NUMBERS
    return {
        f"features.{number}.": f"{part}."
        for number, part in zip(ordered, _INCEPTION[:end], strict=False)
    }


def _inception(body: Names, name: str | None) -> TimmBackbone:
    end = _INCEPTION[len(body) - 1]
    return TimmBackbone(name or "inception_v3.tv_in1k", stop_at=end)
