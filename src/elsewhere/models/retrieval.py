"""What images are compared by, and what a match of two was made of."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from elsewhere.errors import ModelError
from elsewhere.models.network import AttentionNetwork
from elsewhere.structures import AttentionOutput, RetrievalVector

_SMALLEST_NORM = 1e-12  # torch.nn.functional.normalize divides by no less


def retrieval_vectors(
    network: AttentionNetwork,
    images: Float[Tensor, "batch channels height width"],
    kinds: Sequence[RetrievalVector],
    mirror: bool = False,
) -> dict[RetrievalVector, Float[Tensor, "batch _"]]:
    """Return the vectors that images are compared by, float32 and not normalised.

    With a `ClassifierHead` the embedding is h itself. Gradients flow unless the caller says
    otherwise.

    Args:
        network: in evaluation mode, so that no image's vector depends on its batch mates.
        images: normalised images.
        kinds: which vectors.
        mirror: add the mirrored image's vector, as the published code does at test.

    Raises:
        ModelError: in training mode, or for the neck of a head that has none.
    """
    views = [images, images.flip(-1)] if mirror else [images]
    return view_vectors(network, [network(view) for view in views], kinds)


def view_vectors(
    network: AttentionNetwork,
    outputs: Sequence[AttentionOutput],
    kinds: Sequence[RetrievalVector],
) -> dict[RetrievalVector, Float[Tensor, "batch _"]]:
    """Return the same vectors from what the network said of every view; views are added up."""
    if network.training:
        raise ModelError(
            "vectors to compare images by need evaluation mode: call network.eval() first"
        )
    return {
        kind: torch.stack([network.vector(output, kind) for output in outputs]).sum(0)
        for kind in kinds
    }


@torch.no_grad()
def match_evidence(
    network: AttentionNetwork,
    outputs: Sequence[AttentionOutput],
    other: Float[Tensor, "batch length"],
    kind: RetrievalVector,
) -> tuple[tuple[Float[Tensor, "batch heads h w"], ...], Float[Tensor, " batch"]]:
    """Share the cosine of a match out over one image's views, heads and positions.

    The other image's vector is held fixed, and so is the length of this image's vector, the
    sum over its views. What batch norm adds to every image alike belongs to no position; it is
    the constant, zero for `pooled` and `embedding` and for a `ClassifierHead`.

    Args:
        network: in evaluation mode, with average pooling.
        outputs: what it said of this image: one output, or image and mirror.
        other: the other image's vector, mirror included where it counts; any length.
        kind: what is compared.

    Returns:
        One map per view in the view's own coordinates (a mirrored image's map is mirrored), and
        the constant. Maps and constant add up to the cosine similarity.

    Raises:
        ModelError: with max pooling, in training mode, or for the neck of a head that has none.
    """
    vector = view_vectors(network, outputs, (kind,))[kind]
    length = torch.linalg.vector_norm(vector, dim=1, keepdim=True).clamp_min(_SMALLEST_NORM)
    direction = F.normalize(other.to(vector.dtype), dim=1) / length
    row, constant = network.head.pull_back(kind, direction)
    return tuple(network.share(output, row) for output in outputs), len(outputs) * constant
