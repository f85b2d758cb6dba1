"""Who images show, among those of a gallery."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from elsewhere.data.naming import ImageSource, InputImage, each_image
from elsewhere.data.records import enumerate_names
from elsewhere.data.sets.unknown import known_name
from elsewhere.description import Retrieval
from elsewhere.errors import DataError, printable
from elsewhere.gallery.adding import Report
from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.database import Held, Hits, LeftOut
from elsewhere.gallery.entries import FACTS, image_key
from elsewhere.gallery.keeping import Database
from elsewhere.inference.embedder import Embedder
from elsewhere.inference.search import look_at_images
from elsewhere.retrieval.answers import Answer
from elsewhere.retrieval.vectors import Loading
from elsewhere.retrieval.verdict import judge

if TYPE_CHECKING:
    from elsewhere.inference import Model
    from elsewhere.inference.counterfactual import CounterfactualVector, Elsewhere

_COLUMNS = 30
"""Columns that are named where one that is asked for is not there."""


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


def require_columns(
    database: Database, conditions: Sequence[Condition], removed: bool = False
) -> None:
    """Refuse conditions on a column that no image has: a slip of the pen would find nothing.

    Labels may come later, so that a condition on them is none too many; that a camera or time is
    another one, or none, holds where nobody knows any. Removed images count where they are meant.

    Raises:
        DataError: saying which columns there are.
    """
    for column, operator, value in conditions:
        holds_without = column in FACTS and (value is None or operator == "!=")
        if not holds_without and not _is_there(database, column, removed):
            there = [each for each in FACTS if _is_there(database, each, removed)]
            raise DataError(
                f"no image of the gallery has {printable(column)!r}; there are "
                f"{enumerate_names([*there, *database.columns()], _COLUMNS)}"
            )


def search_gallery(
    database: Database,
    model: Embedder,
    images: Sequence[InputImage],
    top: int,
    conditions: Sequence[Condition],
    other_cameras: bool,
    loading: Loading,
    report: Report,
) -> list[Answer]:
    """Answer for each image, in order.

    Raises:
        DataError: with `other_cameras`, an image's camera is not known.
    """
    keys = [_key(image) for image in images]
    held = database.find([key for key in keys if key])
    known = [held[key] if key in held and held[key].present else None for key in keys]
    rules = [
        _rule(image, key, each, other_cameras)
        for image, key, each in zip(images, keys, known, strict=True)
    ]
    looked = look_at_images(model.look, model.wanted(), images, loading, report)
    answers = {row: Answer(images[row].name, problem=why) for row, why in looked.problems.items()}
    if looked.read:
        vectors = looked.vectors[looked.read]
        found = database.nearest(vectors, top, conditions, [rules[row] for row in looked.read])
        for row, hits in zip(looked.read, found, strict=True):
            answers[row] = _answer(images[row], known[row] is not None, hits, model.retrieval)
    return [answers[row] for row in range(len(images))]


def find_elsewhere(
    database: Database, model: Embedder, image: ImageSource, do: "Elsewhere", top: int
) -> FoundElsewhere:
    """Ask a gallery by an image's vectors under both attentions.

    Raises:
        ModelError: the model is an exported file, or nothing is painted.
        DataError: the image cannot be read.
    """
    vectors = cast("Model", model).counterfactual_vector(image, do)
    named = next(each_image(image))
    key = _key(named)
    held = database.find([key] if key else [])
    itself = key in held and held[key].present
    both = np.stack([vectors.factual, vectors.counterfactual])
    hits = database.nearest(both, top, [], [LeftOut(key)] * 2)
    before, after = (_answer(named, itself, each, model.retrieval) for each in hits)
    return FoundElsewhere(vectors, before, after)


def _answer(image: InputImage, itself: bool, hits: Hits, retrieval: Retrieval) -> Answer:
    verdict = judge(hits.images[0].similarity, retrieval) if hits.images else None
    return Answer(image.name, itself, *hits, verdict)


def _is_there(database: Database, column: str, removed: bool) -> bool:
    if column in ("label", "path", "place"):
        return True
    return database.count([Condition(column, "!=", None)], most=1, removed=removed) > 0


def _key(image: InputImage) -> str:
    """An image's key; empty where it cannot be read, which is said when it is looked at."""
    try:
        return image_key(image)
    except DataError:
        return ""


def _rule(image: InputImage, key: str, known: Held | None, other_cameras: bool) -> LeftOut:
    if not other_cameras:
        return LeftOut(key)
    line, entry = image.listed, known.entry if known else None
    camera = (line.camera if line else "") or (entry.camera if entry else None)
    label = (known_name(line.identity) if line else "") or (entry.label if entry else None)
    if not camera:
        raise DataError(
            f"{image.name}: its camera is not known, so images of other cameras cannot be told; "
            "name it in a list with a column camera"
        )
    return LeftOut(key, camera, label or None)
