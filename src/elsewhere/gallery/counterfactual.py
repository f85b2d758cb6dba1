"""Who an image would show among those of a gallery, had the network looked elsewhere."""

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from elsewhere.data.naming import ImageSource, each_image
from elsewhere.gallery.keeping import Database
from elsewhere.gallery.searching import answer_vectors
from elsewhere.inference.embedder import Embedder
from elsewhere.retrieval.answers import Answer

if TYPE_CHECKING:
    from elsewhere.inference import Model
    from elsewhere.inference.counterfactual import CounterfactualVector, Elsewhere


class FoundElsewhere(NamedTuple):
    """What a gallery answers to two vectors of one image.

    Attributes:
        vectors: the image's vectors, under the learned attention and under another.
        before: who it shows by the first.
        after: by the second; what a threshold says of it was never measured there.
    """

    vectors: "CounterfactualVector"
    before: Answer
    after: Answer


def find_elsewhere(
    database: Database, model: Embedder, image: ImageSource, do: "Elsewhere", top: int
) -> FoundElsewhere:
    """Ask a gallery by an image's vectors under both attentions.

    Args:
        database: of the gallery.
        model: that made its vectors.
        image: one image.
        do: the other attention, as for `Model.counterfactual`.
        top: images and individuals to name.

    Raises:
        ModelError: the model is an exported file, or nothing is painted.
        DataError: the image cannot be read.
    """
    vectors = cast("Model", model).counterfactual_vector(image, do)
    named = next(each_image(image))
    both = np.stack([vectors.factual, vectors.counterfactual])
    before, after = answer_vectors(database, model.retrieval, named, both, top)
    return FoundElsewhere(vectors, before, after)
