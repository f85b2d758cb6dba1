"""Two images, or two individuals' images: the same or not, how sure, and what made them alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from elsewhere.data.naming import InputImage
from elsewhere.data.sets.text_lists import path_text
from elsewhere.description import Retrieval
from elsewhere.errors import DataError, ModelError
from elsewhere.retrieval.listing import note_problem
from elsewhere.retrieval.vectors import Looked
from elsewhere.retrieval.verdict import Verdict, judge, sentence

if TYPE_CHECKING:
    from elsewhere.models import AttentionNetwork

UNDRAWN = "exported, so what it used cannot be drawn; name its run or bundle"


class Side(NamedTuple):
    """One individual's images that have a vector, of length one; why others have none.

    `problems` are by name, or path where two share a name, or a number where they share both.
    """

    images: tuple[InputImage, ...]
    vectors: Float[np.ndarray, "images size"]
    problems: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Names of the images, and why others could not be read."""
        return {"images": [image.name for image in self.images], "unread": dict(self.problems)}


class Pair(NamedTuple):
    """The two most similar images: a row of A's, a row of B's, and their cosine, -1..1."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True, eq=False)
class Match:
    """What a model says of two images, or of two individuals' images.

    In a notebook it shows its panel.

    Attributes:
        network: what compared them; None where a file did.
        retrieval: by what, and the threshold.
        a: one side.
        b: the other.
        verdict: similarity, whether they are called the same, and the probability of that.
        best: the two most similar images; None where a side has none that could be read.

    Examples:
        >>> model = elsewhere.open_model("runs/individuals/seed-0")
        >>> match = model.compare("a.jpg", "a.jpg")
        >>> round(match.similarity, 5), match.same
        (1.0, True)
        >>> match.panel().mode
        'RGB'
    """

    network: "AttentionNetwork | None"
    retrieval: Retrieval
    a: Side
    b: Side
    verdict: Verdict
    best: Pair | None

    @property
    def similarity(self) -> float:
        """Cosine, -1..1: the mean over all pairs; NaN where a side could not be read."""
        return self.verdict.similarity

    @property
    def same(self) -> bool | None:
        """Whether they are called the same; None where the model has no threshold."""
        return self.verdict.same

    @property
    def probability(self) -> float | None:
        """That they are the same, if it was even odds before; None where not calibrated."""
        return self.verdict.probability

    @property
    def said(self) -> str:
        """The answer with its reasons, in a sentence."""
        return self.problem or sentence(self.verdict, self.retrieval)

    @property
    def problem(self) -> str:
        """Why a side could not be read; empty where both were."""
        for side in (self.a, self.b):
            if not side.images:
                return _unread(side)
        return ""

    def panel(self, below: bool = False) -> Image.Image:
        """Both images (of several the most similar pair): where it looked, what made them alike.

        Args:
            below: put the second image below the first, as on telephones.

        Raises:
            DataError: one could not be read, or cannot any more.
            ModelError: an exported file compared them.
        """
        from elsewhere.retrieval.matching import Compared, draw_match  # with torch

        if self.network is None:
            raise ModelError(f"the model is {UNDRAWN}")
        if self.best is None:
            raise DataError(self.problem)
        first, second = self.a.images[self.best.first], self.b.images[self.best.second]
        pairs = len(self.a.images) * len(self.b.images)
        drawn: UInt8[np.ndarray, "_ _ 3"] = draw_match(
            self.network,
            self.retrieval,
            (
                Compared("A", first.source, (first.name,)),
                Compared("B", second.source, (second.name,)),
            ),
            verdict=self.verdict if pairs == 1 else judge(self.best.similarity, self.retrieval),
            title="" if pairs == 1 else f"the most similar of {pairs} pairs",
            below=below,
        )
        return Image.fromarray(drawn)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `elsewhere compare --json` prints them."""
        best = self.best and {
            "a": self.a.images[self.best.first].name,
            "b": self.b.images[self.best.second].name,
            "similarity": round(self.best.similarity, 6),
        }
        return {
            "a": self.a.as_dict(),
            "b": self.b.as_dict(),
            "similarity": round(self.similarity, 6) if self.best else None,
            "same": self.same,
            "probability": None if self.probability is None else round(self.probability, 6),
            "best_pair": best,
            "retrieval": self.retrieval._asdict(),
        }

    def __repr__(self) -> str:
        return f"Match({self.said})"

    def _repr_png_(self) -> bytes | None:
        drawn = self.best is not None and self.network is not None
        shown: bytes | None = self.panel()._repr_png_() if drawn else None
        return shown


def compare_images(
    network: "AttentionNetwork | None",
    retrieval: Retrieval,
    a: Iterable[Looked],
    b: Iterable[Looked],
) -> Match:
    """Hold two individuals' vectors, which come batch by batch, against each other.

    `network` made the vectors and is what is drawn by; None for none.
    """
    first, second = _side(list(a)), _side(list(b))
    if not (first.images and second.images):
        return Match(network, retrieval, first, second, Verdict(float("nan"), None, None), None)
    similarities = np.clip(first.vectors @ second.vectors.T, -1, 1)
    verdict = judge(float(similarities.mean(dtype=np.float64)), retrieval)
    row, column = divmod(int(similarities.argmax()), similarities.shape[1])
    best = Pair(row, column, float(similarities[row, column]))
    return Match(network, retrieval, first, second, verdict, best)


def _side(batches: Sequence[Looked]) -> Side:
    images = tuple(batch.inputs[row] for batch in batches for row in batch.read)
    vectors = [batch.vectors for batch in batches if len(batch.vectors)]
    problems: dict[str, str] = {}
    for image, why in (
        (batch.inputs[row], why) for batch in batches for row, why in batch.problems.items()
    ):
        note_problem(problems, image.name, path_text(image.path), why)
    return Side(images, np.concatenate(vectors) if vectors else np.empty((0, 0)), problems)


def _unread(side: Side) -> str:
    if not side.problems:
        return "no image on one side"
    first, why = next(iter(side.problems.items()))
    others = len(side.problems) - 1
    more = f" (nor can {others} other{'s' if others > 1 else ''})" if others else ""
    return f"{first}: {why}{more}"
