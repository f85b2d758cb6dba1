"""From a published file to a network, by what its tensors are called."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from elsewhere.errors import CheckpointError, ModelError
from elsewhere.models import (
    AttentionNetwork,
    ChannelAttentionBackbone,
    ClassifierHead,
    EmbeddingHead,
    TimmBackbone,
)
from elsewhere.published.contents import Published, listed, read_published
from elsewhere.published.filling import Names, fill, renamed, required
from elsewhere.structures import Preprocessing, Retrieval

_REIDENTIFICATION = ("base_1.", "classifier_bap.", "att_s1.", "BN1.bottleneck2.")
_CLASSIFICATION = ("features.", "attentions.")
_HEADS = ("bottleneck.", "classifier.", "fc.", "head.")  # behind a plain backbone
_PARTS = ("conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4.")
_CLASSIFIER = {f"features.{n}.": part for n, part in zip((0, 1, 4, 5, 6, 7), _PARTS, strict=True)}
_STAGES = ("1.0", "1.1", "2.0", "3.0", "4.0", "5.0")
_RUN = {f"base_{stage}.": part for stage, part in zip(_STAGES, _PARTS, strict=True)}
_INCEPTION = (
    "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "Mixed_5b",
    "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7a",
    "Mixed_7b", "Mixed_7c",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 4, 5, *range(7, 18))  # of those parts, two poolings between them
_ENDS = tuple(1 + _INCEPTION.index(end) for end in ("Mixed_6e", "Mixed_7c"))
_EPSILON = 1e-3  # of the batch norm behind the attention's convolution
_UNUSED_ATTENTION = (
    "attentions.*: up to Mixed_7c the published code never asks its attention module and takes the "
    "first channels of the features for maps; so does this network"
)
_PART = re.compile(r"features\.([0-9]{1,3})\.")
_BLOCK = re.compile(r"layer([1-4])\.(\d+)\.")
_RESNETS: dict[tuple[bool, tuple[int, ...], int], str] = {
    (False, (2, 2, 2, 2), 64): "resnet18.tv_in1k",
    (False, (3, 4, 6, 3), 64): "resnet34.tv_in1k",
    (True, (3, 4, 6, 3), 64): "resnet50.tv_in1k",
    (True, (3, 4, 23, 3), 64): "resnet101.tv_in1k",
    (True, (3, 8, 36, 3), 64): "resnet152.tv_in1k",
    (True, (3, 4, 6, 3), 128): "wide_resnet50_2.tv_in1k",
    (True, (3, 4, 23, 3), 128): "wide_resnet101_2.tv_in1k",
}
"""By bottlenecks or not, blocks of each stage, and the width of the first one."""


class Ignored(NamedTuple):
    """Tensors that were left out: how many, what they are, and why nothing needs them."""

    tensors: int
    reason: str


class Conversion(NamedTuple):
    """A published file as a network.

    Attributes:
        network: in evaluation mode; the backbone alone where the file holds no more.
        used: how many of the file's tensors went into the network.
        ignored: the others, if there are any.
        published: the file.
    """

    network: AttentionNetwork | TimmBackbone
    used: int
    ignored: Ignored
    published: Published


def convert_file(
    file: Path, classes: Sequence[str] | None = None, name: str | None = None
) -> Conversion:
    """Turn a file of the published code, or of a plain backbone's weights, into a network.

    Nothing in the file is executed.

    Args:
        file: a classifier's dictionary, a pickled re-identification network, or a dictionary of
            torchvision's, timm's or a strong baseline's weights.
        classes: names of its classes or identities; numbered if not given.
        name: timm's name of the backbone, if its shapes do not tell.

    Raises:
        CheckpointError: if the file cannot be read, or a tensor in it is missing, unknown or of
            another shape.
    """
    published = read_published(file)
    keys = list(published.tensors)
    try:
        if any(key.startswith(_REIDENTIFICATION) for key in keys):
            return _reidentification(published, classes, name)
        if any(key.startswith(_CLASSIFICATION) for key in keys):
            return _classification(published, classes, name)
        if classes is not None:
            raise CheckpointError(
                f"{file}: holds a backbone alone, and a backbone knows no classes"
            )
        return _plain(published, name)
    except ModelError as error:
        raise CheckpointError(f"{file}: {error}") from error


def _classification(
    published: Published, classes: Sequence[str] | None, name: str | None
) -> Conversion:
    """The network of a published classifier.

    The factor of 100 before the classifier, ε of 1e-6, the last stride of 1 and 448 pixels cut
    from 512 are the published code's.
    """
    tensors, biases = fold_biases(published.tensors)
    folded = published._replace(tensors=tensors)
    known = _classes(published, "fc.weight", classes)
    heads = required(folded, "attentions.conv.weight", 4).shape[0]
    inception = any(_PART.sub("", key) == "conv.weight" for key in published.tensors)
    body = _inception_names(folded) if inception else _CLASSIFIER
    with torch.device("meta"):
        if inception:
            end = _INCEPTION[len(body) - 1]
            backbone = TimmBackbone(name or "inception_v3.tv_in1k", stop_at=end)
        else:
            backbone = TimmBackbone(_resnet_name(folded, body, name), last_stride=1)
        network = AttentionNetwork(
            backbone, heads=heads, classes=known, head=ClassifierHead(scale=100.0), epsilon=1e-6,
            preprocessing=Preprocessing((512, 512), (448, 448)),
        )  # fmt: skip
    names = {theirs: f"backbone.network.{ours}" for theirs, ours in body.items()}
    names |= {"attentions.": "attention.", "fc.": "head.classifier."}
    if inception and end == "Mixed_7c":
        channels = fill(network, folded._replace(tensors=_first_channels(folded)), names)
        unused = Ignored(_count_attentions(folded), _UNUSED_ATTENTION)
        return Conversion(network, channels - unused.tensors, unused, published)
    used = fill(network, folded, names)
    reason = "biases before a batch norm: taken off its running mean, which comes to the same"
    return Conversion(network, used, Ignored(biases, reason), published)


def _first_channels(published: Published) -> dict[str, Tensor]:
    """The tensors with an attention that hands on the first channels, as that forward does.

    A convolution that picks them and a batch norm that changes nothing: features are not
    negative, so the ReLU behind does neither.
    """
    conv = required(published, "attentions.conv.weight", 4)
    tensors = dict(published.tensors)
    tensors["attentions.conv.weight"] = torch.eye(*conv.shape[:2])[:, :, None, None]
    neutral = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0 - _EPSILON}
    for name, value in neutral.items():
        tensors[f"attentions.bn.{name}"] = torch.full((len(conv),), value)
    return tensors


def _count_attentions(published: Published) -> int:
    return sum(key.startswith("attentions.") for key in published.tensors)


def _inception_names(published: Published) -> Names:
    """Name the parts in their order, or by their numbers where one is missing or too many."""
    numbers = {int(found[1]) for key in published.tensors if (found := _PART.match(key))}
    end = min(_ENDS, key=lambda count: abs(count - len(numbers)))
    ordered = sorted(numbers) if len(numbers) == end else _NUMBERS
    pairs = zip(ordered, _INCEPTION[:end], strict=False)
    return {f"features.{number}.": f"{part}." for number, part in pairs}


def fold_biases(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], int]:
    """Move biases of convolutions into the batch norms behind them, which changes no output.

    A batch norm takes the mean away: w·x + b − μ = w·x − (μ − b). The difference of two float16
    would be rounded to another, so it is taken, and kept, in float64. Returned are the tensors
    without those biases, and how many there were.
    """
    folded = dict(tensors)
    for key, bias in tensors.items():
        norm = re.sub(r"conv(\d)\.bias$", r"bn\1.", key)
        norm = re.sub(r"downsample\.0\.bias$", "downsample.1.", norm)
        mean = folded.get(f"{norm}running_mean")
        if norm != key and mean is not None and mean.shape == bias.shape:
            folded[f"{norm}running_mean"] = mean.double() - folded.pop(key).double()
    return folded, len(tensors) - len(folded)


def _reidentification(
    published: Published, classes: Sequence[str] | None, name: str | None
) -> Conversion:
    """The network of a published re-identification file: a ResNet, stored twice.

    Images of 384 × 192 pixels, compared by the classifier's logits of image and mirrored image,
    ε of 1e-12, the last stride of 1 and a stem without ReLU are the published code's.
    """
    kept = _without_copy(published)
    known = _classes(published, "classifier.weight", classes)
    heads = required(kept, "attentions.conv.weight", 4).shape[0]
    size = required(kept, "classifier_bap.weight", 2).shape[0]
    resnet = _RUN | {"base.": ""}
    name = _resnet_name(kept, resnet, name)
    with torch.device("meta"):
        network = AttentionNetwork(
            ChannelAttentionBackbone(name, last_stride=1, blocks="published", stem_relu=False),
            heads=heads, classes=known, head=EmbeddingHead(size), epsilon=1e-12,
            preprocessing=Preprocessing((384, 192), (384, 192)),
        )  # fmt: skip
    network.retrieval = Retrieval("logits", mirror=True)
    names = {theirs: f"backbone.network.{ours}" for theirs, ours in resnet.items()}
    for number, place in enumerate(("stem", "layer1", "layer2", "layer3", "layer4"), start=1):
        block = f"backbone.blocks.{place}"
        names |= {
            f"att_s{number}.": f"{block}.split.", f"BN{number}.bottleneck2.": f"{block}.norm.",
            f"att{number}.fc.0.": f"{block}.gate.narrow.",
            f"att{number}.fc.2.": f"{block}.gate.widen.",
        }  # fmt: skip
    names |= {
        "attentions.": "attention.", "bottleneck.": "head.norm.",
        "classifier_bap.": "head.projection.", "classifier.": "head.classifier.",
    }  # fmt: skip
    used = fill(network, kept, names)
    copies, reason = len(published.tensors) - len(kept.tensors), "the ResNet a second time"
    ignored = Ignored(copies, f"base.*: {reason}, equal in every number")
    return Conversion(network, used, ignored, published)


def _without_copy(published: Published) -> Published:
    """Leave out what lies under `base` too: the network runs the other copy."""
    tensors = published.tensors
    run = {place: key for key in tensors if (place := renamed(key, _RUN)) is not None}
    copies = {key: run[at] for key in tensors if (at := renamed(key, {"base.": ""})) in run and at}
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
    return published._replace(tensors=kept)


def _plain(published: Published, name: str | None) -> Conversion:
    """The backbone of plain weights: torchvision's or timm's names, or the same behind `base.`."""
    tensors = published.tensors
    body = {key: value for key, value in tensors.items() if not key.startswith(_HEADS)}
    names = {"base." if any(key.startswith("base.") for key in body) else "": ""}
    kept = published._replace(tensors=body)
    with torch.device("meta"):
        backbone = TimmBackbone(_resnet_name(kept, names, name))
    used = fill(backbone.network, kept, names)
    reason = "the head behind the backbone, for other classes"
    return Conversion(backbone, used, Ignored(len(tensors) - len(body), reason), published)


def _classes(published: Published, key: str, classes: Sequence[str] | None) -> int | Sequence[str]:
    """How many classes the classifier has, or their names; refuse names that are not as many."""
    tensor = published.tensors.get(key)
    if classes is not None and tensor is not None and tensor.shape[:1] != (len(classes),):
        raise CheckpointError(
            f"{published.file}: {len(classes)} names of classes for a classifier whose {key} has "
            f"the shape {tuple(tensor.shape)}"
        )
    count = required(published, key, 2).shape[0]
    return count if classes is None else classes


def _resnet_name(published: Published, names: Names, name: str | None) -> str:
    """Timm's name of a ResNet, if it is not given: by the names and shapes of its tensors."""
    if name is not None:
        return name
    tensors = {renamed(key, names) or key: value for key, value in published.tensors.items()}
    blocks: dict[str, set[str]] = {stage: set() for stage in "1234"}
    for key in tensors:
        if found := _BLOCK.match(key):
            blocks[found[1]].add(found[2])
    counts = tuple(len(blocks[stage]) for stage in "1234")
    if not all(counts):
        raise CheckpointError(
            f"{published.file}: no ResNet: name the network as timm does with --name; it holds "
            f"{listed(list(published.tensors))}"
        )
    middle = tensors.get("layer1.0.conv2.weight")
    width = tuple(middle.shape[:2]) if middle is not None and middle.ndim == 4 else (0, 0)
    found_name = _RESNETS.get(("layer1.0.conv3.weight" in tensors, counts, width[0]))
    if found_name is None or width[0] != width[1]:
        raise CheckpointError(
            f"{published.file}: a ResNet of {'-'.join(map(str, counts))} blocks that is not known "
            "here: name it as timm does with --name"
        )
    return found_name
