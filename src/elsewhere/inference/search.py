"""Who images show, among those embedded before: asked of a store, and drawn."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image

from elsewhere.data.naming import InputImage
from elsewhere.description import Preprocessing, Retrieval
from elsewhere.errors import DataError
from elsewhere.inference.vectors import Vectors, gather_vectors
from elsewhere.reports.found import conclusion
from elsewhere.retrieval.answers import Answer, Found, search_vectors
from elsewhere.retrieval.settings import Wanted
from elsewhere.retrieval.store import Embeddings
from elsewhere.retrieval.vectors import Loading, Look, Looked
from elsewhere.retrieval.verdict import judge
from elsewhere.visualization.strip import Tile, strip

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

_PLACES = 10
_LONGEST = 288


def search_store(
    look: Look,
    retrieval: Retrieval,
    store: Embeddings,
    images: Sequence[InputImage],
    top: int,
    loading: Loading,
    report: Report | None = None,
) -> list[Answer]:
    """Answer for each image, in order; an image that is in the store is not found by itself.

    `look` makes vectors as the store's were made; `top` is for images and individuals alike.
    """
    said = report or (lambda _what, _done, _of: None)
    found = look_at_images(look, store.settings.wanted, images, loading, said)
    answers = {row: Answer(images[row].name, problem=why) for row, why in found.problems.items()}
    if found.read:
        asked = [images[row] for row in found.read]
        named = search_vectors(
            store,
            asked,
            found.vectors[found.read],
            top,
            retrieval,
            lambda done, total: said("searching", done, total),
        )
        answers.update(zip(found.read, named, strict=True))
    return [answers[row] for row in range(len(images))]


def look_at_images(
    look: Look,
    wanted: Wanted,
    images: Sequence[InputImage],
    loading: Loading,
    said: Report,
) -> Vectors:
    """The wanted vectors of images that are looked for; `said` is told of the progress."""
    looked = look(images, wanted, loading)
    return gather_vectors(_counted(looked, len(images), said))


def draw_answer(
    preprocessing: Preprocessing, retrieval: Retrieval, image: InputImage, answer: Answer
) -> Image.Image:
    """Draw an image beside the nearest ones that were found for it.

    The threshold frames what reaches it. The answer is not that of an image that could not be read.
    """
    from elsewhere.data.inputs import seen_image  # with torch, as images are drawn everywhere

    drawn = strip(
        seen_image(image.source, preprocessing, _LONGEST),
        [_tile(found, preprocessing, retrieval) for found in answer.images[:_PLACES]],
        title=image.name,
        note=conclusion(answer, retrieval) + _legend(answer),
    )
    return Image.fromarray(drawn)


def _counted(batches: Iterable[Looked], total: int, said: Report) -> Iterator[Looked]:
    """The batches as they come, told of one after the other."""
    seen = 0
    for batch in batches:
        seen += len(batch.inputs)
        yield batch
        said("looking", seen, total)


def _legend(answer: Answer) -> str:
    judged = answer.verdict is not None and answer.verdict.same is not None
    framed = "; framed: at or above the threshold" if judged else ""
    return framed + ("; itself in the store, left out" if answer.itself else "")


def _tile(found: Found, preprocessing: Preprocessing, retrieval: Retrieval) -> Tile:
    captions = [found.name or "unnamed", f"{found.similarity:.3f}"]
    if found.camera is not None:
        captions.append(f"camera {found.camera}")
    reached = judge(found.similarity, retrieval).same is True
    return Tile(_open(found, preprocessing), captions, framed=reached)


def _open(found: Found, preprocessing: Preprocessing) -> Float[np.ndarray, "3 _ _"] | None:
    from elsewhere.data.inputs import seen_image

    if found.file is None:  # a store is searched without its images, too
        return None
    try:
        return seen_image(found.file, preprocessing, _LONGEST)
    except DataError:
        return None
