"""A trained network meets other classes or other data: what it takes over, what does not fit."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from elsewhere.data.records import enumerate_names
from elsewhere.errors import CheckpointError
from elsewhere.models import AttentionNetwork, ClassifierHead, EmbeddingHead
from elsewhere.models.network import numbered_classes
from elsewhere.structures import Preprocessing


class Transfer(NamedTuple):
    """What became of the classes when a network took over another's weights.

    Rows of the classifier were taken over for `kept` ones, of both; `new` ones start at random;
    `lost` ones are of the other network only.
    """

    kept: tuple[str, ...]
    new: tuple[str, ...]
    lost: tuple[str, ...]


@torch.no_grad()
def take_over(network: AttentionNetwork, source: AttentionNetwork) -> Transfer:
    """Copy everything but the classifier rows of new classes from another network.

    Backbone, attention, an embedding and its neck are taken over whole, the classifier by the names
    of its classes.
    """
    _same_kind_of_head(network, source)
    for name in ("backbone", "attention"):
        own: nn.Module = getattr(network, name)
        theirs = getattr(source, name).state_dict()
        if {k: v.shape for k, v in own.state_dict().items()} != {
            k: v.shape for k, v in theirs.items()
        }:
            raise CheckpointError(
                f"the bundle's {name} is not built like this recipe's ({source.heads} against "
                f"{network.heads} heads): use the same backbone and number of heads"
            )
        own.load_state_dict(theirs)
    rescale = 1.0
    if isinstance(network.head, ClassifierHead) and isinstance(source.head, ClassifierHead):
        rescale = source.head.scale / network.head.scale
    if isinstance(network.head, EmbeddingHead) and isinstance(source.head, EmbeddingHead):
        network.head.projection.load_state_dict(source.head.projection.state_dict())
        network.head.norm.load_state_dict(source.head.norm.state_dict())
    rows = {name: row for row, name in enumerate(network.class_names)}
    rows_there = {name: row for row, name in enumerate(source.class_names)}
    kept = tuple(name for name in rows if name in rows_there)
    for name in kept:
        network.head.classifier.weight[rows[name]] = (
            source.head.classifier.weight[rows_there[name]] * rescale
        )
    return Transfer(
        kept,
        tuple(name for name in rows if name not in rows_there),
        tuple(name for name in rows_there if name not in rows),
    )


def _same_kind_of_head(network: AttentionNetwork, source: AttentionNetwork) -> None:
    own, theirs = type(network.head), type(source.head)
    if own is not theirs:
        raise CheckpointError(
            f"the bundle has a head of another kind, {theirs.__name__}, than this recipe's "
            f"{own.__name__}: set network.head to the same kind"
        )
    if own is EmbeddingHead and network.embedding_size != source.embedding_size:
        raise CheckpointError(
            f"the bundle's embedding has {source.embedding_size} numbers, this recipe's "
            f"{network.embedding_size}: set the size of network.head to {source.embedding_size}"
        )


def misfit(
    network: AttentionNetwork, class_names: Sequence[str], preprocessing: Preprocessing
) -> str:
    """What keeps a trained network from being asked about data; empty where nothing does.

    Classes that are only numbered fit any names.
    """
    have = network.class_names
    numbered = have == numbered_classes(len(class_names))
    other = "" if numbered else other_classes(have, class_names)
    return other or other_input(network, preprocessing)


def other_classes(trained: Sequence[str], data: Sequence[str]) -> str:
    """How the classes of data differ from those trained for, by name; empty where they agree."""
    if tuple(trained) == tuple(data):
        return ""
    start = f"was trained for {len(trained)} classes, the data have {len(data)}"
    known, found = set(trained), set(data)
    lacking = [name for name in trained if name not in found]
    unknown = [name for name in data if name not in known]
    if not lacking and not unknown:
        return f"{start}: the same ones in another order, {trained[0]!r} first, not {data[0]!r}"
    differing = [
        f"{enumerate_names(names, 3)} {word}"
        for names, word in ((lacking, "only in training"), (unknown, "only in the data"))
        if names
    ]
    return f"{start}: {', '.join(differing)}; name the data it was trained on, under the same names"


def other_input(network: AttentionNetwork, preprocessing: Preprocessing) -> str:
    """How the images that data make differ from those a network was trained on, if they do."""
    if network.preprocessing in (None, preprocessing):
        return ""
    return (
        f"was trained for {network.preprocessing}, the data give {preprocessing}: set data.size, "
        "resize, mean and std alike"
    )
