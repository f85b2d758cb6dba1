"""What a test keeps of every image for retrieval, gathered and counted once."""

from collections.abc import Sequence
from typing import NamedTuple, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.metrics.gather import gather_by_index
from elsewhere.models import AttentionNetwork
from elsewhere.models.retrieval import retrieval_vectors
from elsewhere.structures import Batch, RetrievalVector


class EmbeddingRows(NamedTuple):
    """The vectors that images are compared by, not normalised; without columns where not kept.

    `pooled` is h itself (eq. 3), `embedding` is before the neck, `neck` behind it; `logits` are of
    the identities trained on.
    """

    indices: Int[Tensor, " rows"]
    pooled: Float[Tensor, "rows pooled"]
    embedding: Float[Tensor, "rows embedding"]
    neck: Float[Tensor, "rows neck"]
    logits: Float[Tensor, "rows logits"]

    def of(self, kind: RetrievalVector) -> Float[Tensor, "rows size"]:
        """The vectors of one kind."""
        vectors: Tensor = getattr(self, kind)
        return vectors


class Embedding:
    """Embeds one table of images, batch by batch, and keeps vectors of some kinds.

    With `mirror`, the mirrored image's vector is added, as the published code does.
    """

    def __init__(
        self, network: AttentionNetwork, kinds: Sequence[RetrievalVector], mirror: bool
    ) -> None:
        self.network = network
        self.kinds = tuple(kinds)
        self.mirror = mirror
        self._seen: list[EmbeddingRows] = []

    @torch.no_grad()
    def add(self, batch: Batch) -> None:
        """Embed one batch."""
        vectors = retrieval_vectors(self.network, batch.images, self.kinds, self.mirror)
        nothing = batch.images.new_empty(len(batch.images), 0)
        kept = {name: vectors.get(name, nothing).detach().cpu() for name in _KINDS}
        self._seen.append(EmbeddingRows(batch.indices.cpu(), **kept))

    def rows(self) -> EmbeddingRows:
        """All images of all processes, in order, each once; nothing is kept here.

        Of the vectors of a large gallery there is to be one copy: each batch's are let go of as
        soon as they stand in it.
        """
        columns = [list(column) for column in zip(*self._seen, strict=True)]
        self._seen.clear()
        joined = []
        while columns:
            joined.append(torch.cat(columns.pop(0)))
        return gather_by_index(EmbeddingRows(*joined))


_KINDS: tuple[RetrievalVector, ...] = get_args(RetrievalVector)
