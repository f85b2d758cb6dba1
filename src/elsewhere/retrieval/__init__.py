"""Vectors of images on disk, and who an image shows among them."""

from elsewhere.retrieval.answers import Answer, Found
from elsewhere.retrieval.embedding import Embedded, embed_images
from elsewhere.retrieval.files import Share
from elsewhere.retrieval.listing import ListedImage, list_images
from elsewhere.retrieval.settings import (
    StoreSettings,
    Wanted,
    model_fingerprint,
    read_settings,
    refuse_foreign,
)
from elsewhere.retrieval.store import Embeddings, open_embeddings
from elsewhere.retrieval.vectors import Loading, Looked, unit_vectors

__all__ = [
    "Answer",
    "Embedded",
    "Embeddings",
    "Found",
    "ListedImage",
    "Loading",
    "Looked",
    "Share",
    "StoreSettings",
    "Wanted",
    "embed_images",
    "list_images",
    "model_fingerprint",
    "open_embeddings",
    "read_settings",
    "refuse_foreign",
    "unit_vectors",
]
