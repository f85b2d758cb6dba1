"""Around a search: whether a store fits a model, and pictures of what was found."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from elsewhere.cli.retrieving import retrieval_of, wanted_of
from elsewhere.cli.serving import Model
from elsewhere.data import InputImage, seen_picture
from elsewhere.errors import CheckpointError, DataError
from elsewhere.reports.explanation import encode_panel, panel_names
from elsewhere.reports.files import write_atomically
from elsewhere.reports.search import conclusion
from elsewhere.retrieval import Embeddings, Wanted, model_fingerprint
from elsewhere.retrieval.naming import Answer, Found
from elsewhere.retrieval.verdict import judge
from elsewhere.structures import Preprocessing, Retrieval
from elsewhere.visualization.found import Tile, found_strip

_PLACES = 10
_LONGEST = 288


def refuse_other_store(model: Model, store: Embeddings) -> None:
    """See that a store holds the vectors that a model compares pictures by.

    Raises:
        CheckpointError: it was made by another model, or of another vector or input.
    """
    there, asked = store.settings.wanted, wanted_of(model)
    if store.settings.fingerprint != model_fingerprint(model.folder):
        raise CheckpointError(
            f"{store.folder}: holds embeddings of another model than {model.folder}; name the "
            "model that made them, or embed the pictures with this one into another folder"
        )
    if there[:2] != asked[:2]:
        raise CheckpointError(
            f"{store.folder}: holds vectors of kind {_kind(there)}, the model compares "
            f"{_kind(asked)}; embed the pictures into another folder, without --vector or --mirror"
        )
    if there != asked:
        raise CheckpointError(
            f"{store.folder}: its pictures were made ready otherwise than {model.folder} does now; "
            "embed them into another folder"
        )


def strip_files(images: Sequence[InputImage], out: Path) -> list[Path]:
    """The files that `draw_found` writes for pictures, in their order."""
    return [out / name for name in panel_names([image.place for image in images])]


def draw_found(
    model: Model, images: Sequence[InputImage], answers: Sequence[Answer], out: Path
) -> Iterator[int]:
    """Draw each picture that was read beside the nearest ones, as a PNG called by its own name.

    Args:
        model: what compared them.
        images: the pictures.
        answers: what was found for each.
        out: folder to write to.

    Yields:
        How many pictures are done.
    """
    retrieval = retrieval_of(model)
    files = strip_files(images, out)
    for row, (image, answer, file) in enumerate(zip(images, answers, files, strict=True)):
        if not answer.problem:
            strip = found_strip(
                seen_picture(image.path, model.preprocessing, _LONGEST),
                [_tile(found, model.preprocessing, retrieval) for found in
                 answer.pictures[:_PLACES]],
                title=image.name,
                note=conclusion(answer, retrieval) + _legend(answer),
            )  # fmt: skip
            write_atomically(file, encode_panel(strip))
        yield row + 1


def _kind(wanted: Wanted) -> str:
    return wanted.vector + (" with the mirrored picture" if wanted.mirror else "")


def _legend(answer: Answer) -> str:
    judged = answer.verdict is not None and answer.verdict.same is not None
    framed = "; framed: at or above the threshold" if judged else ""
    return framed + ("; itself in the store, left out" if answer.itself else "")


def _tile(found: Found, preprocessing: Preprocessing, retrieval: Retrieval) -> Tile:
    captions = [found.name or "unnamed", f"{found.similarity:.3f}"]
    if found.camera is not None:
        captions.append(f"camera {found.camera}")
    reached = judge(found.similarity, retrieval).same is True
    return Tile(_open(found, preprocessing), captions, reached)


def _open(found: Found, preprocessing: Preprocessing) -> Float[np.ndarray, "3 _ _"] | None:
    try:
        return seen_picture(Path(found.path), preprocessing, _LONGEST)
    except DataError:  # a store is searched without its pictures, too
        return None
