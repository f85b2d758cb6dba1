"""Embeddings on disk: made a shard at a time, read a block at a time."""

from elsewhere.retrieval.embedding import Embedded, embed_images
from elsewhere.retrieval.files import Share
from elsewhere.retrieval.looking import Loading, Looked, look, unit_vectors, vector_size
from elsewhere.retrieval.pictures import Picture, list_pictures
from elsewhere.retrieval.settings import (
    StoreSettings,
    Wanted,
    model_fingerprint,
    read_settings,
    refuse_foreign,
)
from elsewhere.retrieval.store import Embeddings, open_embeddings

__all__ = [
    "Embedded",
    "Embeddings",
    "Loading",
    "Looked",
    "Picture",
    "Share",
    "StoreSettings",
    "Wanted",
    "embed_images",
    "list_pictures",
    "look",
    "model_fingerprint",
    "open_embeddings",
    "read_settings",
    "refuse_foreign",
    "unit_vectors",
    "vector_size",
]
