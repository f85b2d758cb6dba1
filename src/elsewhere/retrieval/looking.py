"""Images through the network, a batch at a time."""

from collections.abc import Iterable, Iterator

import torch

from elsewhere.data.inputs import InputImage, stream_images
from elsewhere.models import AttentionNetwork
from elsewhere.models.retrieval import retrieval_vectors
from elsewhere.retrieval.settings import Wanted
from elsewhere.retrieval.vectors import Loading, Looked, looked_at


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

    The network is in evaluation mode, and works where it lies.
    """
    device = next(network.parameters()).device
    made, vector = wanted.preprocessing, wanted.vector
    for batch in stream_images(images, made, loading.batch_size, loading.workers):
        vectors = torch.empty(0, 0)
        if batch.read:
            with torch.inference_mode():
                found = retrieval_vectors(
                    network, batch.images.to(device), [vector], mirror=wanted.mirror
                )
                vectors = found[vector].float().cpu()
        yield looked_at(batch.inputs, batch.read, vectors.numpy(), dict(batch.problems))
