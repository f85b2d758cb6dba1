"""Two images: where a network looked in each, what made them alike, what is said of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.images.decode import ImageContent
from elsewhere.data.inputs import load_images, seen_image
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork, match_evidence, view_vectors
from elsewhere.retrieval.verdict import Verdict, judge, sentence
from elsewhere.structures import AttentionOutput, Preprocessing, Retrieval, RetrievalVector
from elsewhere.visualization.match import MatchSide, match_panel
from elsewhere.visualization.tiles import Sheet

_LONGEST = 384


class Compared(NamedTuple):
    """One of two images that are held against each other.

    Attributes:
        name: what it is called, such as "query".
        source: where it lies, or the image itself.
        captions: lines about it, such as its file, identity and camera.
    """

    name: str
    source: Path | ImageContent
    captions: tuple[str, ...]


class Match(NamedTuple):
    """Two images and what makes them alike.

    Attributes:
        sides: both, with the evidence of every view.
        similarity: cosine of their vectors, -1..1.
    """

    sides: tuple[MatchSide, MatchSide]
    similarity: float


def draw_match(
    network: AttentionNetwork,
    retrieval: Retrieval,
    pair: tuple[Compared, Compared],
    *,
    verdict: Verdict | None = None,
    right: bool | None = None,
    title: str = "",
    below: bool = False,
) -> Sheet:
    """Draw two images, where the network looked and what made them alike, and say what follows.

    Args:
        network: in evaluation mode; without evidence where it pools by maximum.
        retrieval: by what it compares, and the threshold to judge by.
        pair: the images.
        verdict: of these two, where they were judged before; else they are judged now.
        right: whether they show the same individual; None where unknown.
        title: one line above everything.
        below: put the second image below the first, as on telephones.

    Raises:
        DataError: an image is missing or broken.
        ModelError: the network does not say how images become its inputs.
    """
    match = look_at_match(network, retrieval, pair)
    judged = judge(match.similarity, retrieval) if verdict is None else verdict
    said = sentence(judged, retrieval)
    return match_panel(*match.sides, said=said, right=right, title=title, below=below)


@torch.inference_mode()
def look_at_match(
    network: AttentionNetwork, retrieval: Retrieval, pair: tuple[Compared, Compared]
) -> Match:
    """Look at two images, and share their similarity out over views and positions of each.

    The network is in evaluation mode; there is no evidence where it pools by maximum.

    Raises:
        DataError: an image is missing or broken.
        ModelError: the network does not say how images become its inputs.
    """
    if network.preprocessing is None:
        raise ModelError("this network does not say how images become inputs: no preprocessing")
    kind = retrieval.vector
    first, second = (_views(network, each.source, retrieval.mirror) for each in pair)
    a, b = (view_vectors(network, views, (kind,))[kind] for views in (first, second))
    sides = (
        _side(network, network.preprocessing, pair[0], first, b, kind),
        _side(network, network.preprocessing, pair[1], second, a, kind),
    )
    return Match(sides, float(torch.cosine_similarity(a.double(), b.double())))


def _views(
    network: AttentionNetwork, source: Path | ImageContent, mirror: bool
) -> list[AttentionOutput]:
    device = next(network.parameters()).device
    images = load_images(source, network.preprocessing).to(device)
    return [network(view) for view in ([images, images.flip(-1)] if mirror else [images])]


def _side(
    network: AttentionNetwork,
    preprocessing: Preprocessing,
    shown: Compared,
    views: Sequence[AttentionOutput],
    other: Float[Tensor, "1 size"],
    kind: RetrievalVector,
) -> MatchSide:
    evidence, constant = None, 0.0
    if network.pooling == "average":  # with max pooling there is no sum over positions
        maps, rest = match_evidence(network, views, other, kind)
        upright = [maps[0], *(each.flip(-1) for each in maps[1:])]
        evidence = torch.cat(upright).float().cpu().numpy()
        constant = float(rest)
    return MatchSide(
        name=shown.name,
        picture=seen_image(shown.source, preprocessing, _LONGEST),
        attention=views[0].attention[0].float().cpu().numpy(),
        evidence=evidence,
        constant=constant,
        captions=shown.captions,
    )
