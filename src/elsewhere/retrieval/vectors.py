"""Images through the network, a batch at a time, each to a vector of length one or a problem."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.data.inputs import InputImage, stream_images
from elsewhere.models import AttentionNetwork
from elsewhere.models.retrieval import retrieval_vectors
from elsewhere.retrieval.settings import Wanted

UNUSABLE = "the network's vector for it is zero or not finite"


class Loading(NamedTuple):
    """How images are loaded.

    Attributes:
        batch_size: images at once.
        workers: processes that load; 0 loads in this one.
    """

    batch_size: int = 16
    workers: int = 0


class Looked(NamedTuple):
    """What came of some images.

    Attributes:
        inputs: all of them, in order.
        read: which of them have a vector.
        vectors: theirs, of length one, on the CPU.
        problems: why another has none, by its place in `inputs`.
    """

    inputs: tuple[InputImage, ...]
    read: list[int]
    vectors: Float[Tensor, "read size"]
    problems: dict[int, str]


def unit_vectors(vectors: Float[Tensor, "batch size"]) -> Float[Tensor, "batch size"]:
    """Vectors of length one; NaN where a vector is zero or not finite.

    The product of two is their cosine similarity.
    """
    precise = vectors.to(torch.float64 if vectors.device.type != "mps" else torch.float32)
    length = torch.linalg.vector_norm(precise, dim=1, keepdim=True)
    usable = length.isfinite() & (length > 0)
    return torch.where(usable, precise / length, torch.nan).to(vectors.dtype)


@torch.inference_mode()
def vector_size(network: AttentionNetwork, wanted: Wanted) -> int:
    """How many numbers a network's vector has, found by one look at a blank image.

    Raises:
        ModelError: the network has no such vector.
    """
    device = next(network.parameters()).device
    blank = torch.zeros(1, 3, *wanted.preprocessing.crop, device=device)
    return retrieval_vectors(network, blank, [wanted.vector], mirror=False)[wanted.vector].shape[1]


def look(
    network: AttentionNetwork, images: Iterable[InputImage], wanted: Wanted, loading: Loading
) -> Iterator[Looked]:
    """Each batch's vectors, in the order of the images.

    Args:
        network: in evaluation mode; its device is used.
        images: the images.
        wanted: which of the network's vectors.
        loading: batches and workers.

    Yields:
        What came of one batch after the other.
    """
    device = next(network.parameters()).device
    made, vector = wanted.preprocessing, wanted.vector
    for batch in stream_images(images, made, loading.batch_size, loading.workers):
        problems = dict(batch.problems)
        if not batch.read:
            yield Looked(batch.inputs, [], torch.empty(0, 0), problems)
            continue
        with torch.inference_mode():
            found = retrieval_vectors(
                network, batch.images.to(device), [vector], mirror=wanted.mirror
            )
            vectors = unit_vectors(found[vector].float()).cpu()
        usable = vectors.isfinite().all(dim=1)
        problems.update(
            (row, UNUSABLE)
            for row, fine in zip(batch.read, usable.tolist(), strict=True)
            if not fine
        )
        read = [row for row in batch.read if row not in problems]
        yield Looked(batch.inputs, read, vectors[usable], problems)
