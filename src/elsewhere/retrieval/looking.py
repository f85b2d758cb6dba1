"""Pictures through the network, a batch at a time, each to a vector of length one or a problem."""

from collections.abc import Iterator, Sequence
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
    """How pictures are loaded.

    Attributes:
        batch_size: pictures at once.
        workers: processes that load; 0 loads in this one.
    """

    batch_size: int = 16
    workers: int = 0


class Looked(NamedTuple):
    """What came of some pictures.

    Attributes:
        rows: which pictures have a vector.
        vectors: theirs, of length one, on the CPU.
        problems: why another has none, by its row.
    """

    rows: list[int]
    vectors: Float[Tensor, "rows size"]
    problems: dict[int, str]

    @property
    def total(self) -> int:
        """How many pictures these are."""
        return len(self.rows) + len(self.problems)


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
    """How many numbers a network's vector has, found by one look at a blank picture.

    Raises:
        ModelError: the network has no such vector.
    """
    device = next(network.parameters()).device
    blank = torch.zeros(1, 3, *wanted.preprocessing.crop, device=device)
    return retrieval_vectors(network, blank, [wanted.vector], mirror=False)[wanted.vector].shape[1]


def look(
    network: AttentionNetwork, images: Sequence[InputImage], wanted: Wanted, loading: Loading
) -> Iterator[Looked]:
    """Each batch's vectors, in the order of the pictures.

    Args:
        network: in evaluation mode; its device is used.
        images: the pictures.
        wanted: which of the network's vectors.
        loading: batches and workers.

    Yields:
        What came of one batch after the other.
    """
    device = next(network.parameters()).device
    made, vector = wanted.preprocessing, wanted.vector
    for batch in stream_images(images, made, loading.batch_size, loading.workers):
        problems = dict(batch.problems)
        if not batch.rows:
            yield Looked([], torch.empty(0, 0), problems)
            continue
        with torch.inference_mode():
            found = retrieval_vectors(
                network, batch.images.to(device), [vector], mirror=wanted.mirror
            )
            vectors = unit_vectors(found[vector].float()).cpu()
        usable = vectors.isfinite().all(dim=1)
        problems.update(
            (row, UNUSABLE)
            for row, fine in zip(batch.rows, usable.tolist(), strict=True)
            if not fine
        )
        rows = [row for row in batch.rows if row not in problems]
        yield Looked(rows, vectors[usable], problems)
