"""Who it is: what was found of a store, with names, and what a threshold says of it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int64

from elsewhere.data.naming import InputImage
from elsewhere.description import Retrieval
from elsewhere.retrieval.listing import absolute_text
from elsewhere.retrieval.similarity import most_similar
from elsewhere.retrieval.store import Embeddings
from elsewhere.retrieval.verdict import Verdict, judge

_BLOCK = 2**14


class Found(NamedTuple):
    """An image of a store.

    Attributes:
        name: its individual; None where unknown.
        similarity: cosine to the image that asked, -1..1.
        place: its path below the folder or list that it was embedded by.
        path: its absolute path; of an image that was given in memory, its name.
        camera: which camera took it; None where unknown.
        images: how many images of its individual were compared; 0 where the individual is
            unknown.
    """

    name: str | None
    similarity: float
    place: str
    path: str
    camera: str | None
    images: int

    @property
    def file(self) -> Path | None:
        """Its file, as long as it is there; None for an image that was given in memory.

        What such an image is called is a stranger's word, and no file of the working folder.
        """
        path = Path(self.path)
        try:
            return path if path.is_absolute() and path.is_file() else None
        except (OSError, ValueError):
            return None


class Answer(NamedTuple):
    """What is said of one image.

    Attributes:
        file: its name.
        itself: whether it is in the store itself, where it was left out.
        images: the nearest images.
        individuals: the nearest individuals, each by its most similar image.
        verdict: of the nearest image; None where there is none to compare with.
        problem: why it was not read; empty where it was.
    """

    file: str
    itself: bool = False
    images: tuple[Found, ...] = ()
    individuals: tuple[Found, ...] = ()
    verdict: Verdict | None = None
    problem: str = ""


def number_individuals(store: Embeddings) -> Int64[np.ndarray, " rows"]:
    """The number of each image's individual, from 0; -1 where it is unknown."""
    import pyarrow.compute as pc

    labels = store.table["label"].combine_chunks().dictionary_encode()
    numbers: np.ndarray = pc.fill_null(labels.indices, -1).to_numpy()
    return numbers.astype(np.int64)


def find_itself(store: Embeddings, images: Sequence[InputImage]) -> list[set[int]]:
    """The rows of a store that are the same file as an image, by its path or through a link."""
    import pyarrow.compute as pc

    rows: list[set[int]] = []
    paths = store.table["path"]
    sizes, times = (store.table[name].to_numpy() for name in ("size", "modified"))
    for image in images:
        same = np.array(pc.equal(paths, absolute_text(image.path)))
        try:
            now = image.path.stat()
        except (OSError, ValueError):
            now = None
        if now is not None:
            alike = (sizes == now.st_size) & (times == now.st_mtime_ns) & ~same
            for row in np.flatnonzero(alike).tolist():
                same[row] = _same_file(image.path, paths[row].as_py())
        rows.append(set(np.flatnonzero(same).tolist()))
    return rows


def _same_file(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def search_vectors(
    store: Embeddings,
    images: Sequence[InputImage],
    vectors: Float[np.ndarray, "images size"],
    k: int,
    retrieval: Retrieval,
    report: Callable[[int, int], None],
) -> list[Answer]:
    """Say of each image, by its vector of length one, what is nearest in a store.

    Every vector is compared where it lies on disk, a block at a time; an image that is in the store
    is not found by itself. `report` is told how many have been compared, and of how many.

    Raises:
        CheckpointError: a shard cannot be read any more.
    """

    def blocks() -> Iterator[np.ndarray]:
        for first, block in store.blocks(_BLOCK):
            yield block
            report(first + len(block), len(store))

    individuals, left_out = number_individuals(store), find_itself(store, images)
    searched = most_similar(vectors, blocks(), store.vectors, individuals, k, left_out)
    rows = np.unique(np.concatenate([nearby.rows.ravel() for nearby in searched]))
    rows = rows[rows >= 0]
    facts: dict[int, dict[str, Any]] = dict(
        zip(rows.tolist(), store.table.take(rows).to_pylist(), strict=True)
    )
    counts = np.bincount(individuals[individuals >= 0], minlength=1)
    answers = []
    for query, image in enumerate(images):
        unseen = [int(individuals[row]) for row in left_out[query]]
        nearest, best = (
            tuple(
                _found(facts[row], similarity, _count(counts, int(individuals[row]), unseen))
                for similarity, row in zip(
                    nearby.similarities[query].tolist(), nearby.rows[query].tolist(), strict=True
                )
                if row >= 0
            )
            for nearby in searched
        )
        verdict = judge(nearest[0].similarity, retrieval) if nearest else None
        answers.append(Answer(image.name, bool(unseen), nearest, best, verdict))
    return answers


def _count(counts: np.ndarray, individual: int, unseen: list[int]) -> int:
    return 0 if individual < 0 else int(counts[individual]) - unseen.count(individual)


def _found(facts: dict[str, Any], similarity: float, images: int) -> Found:
    place, path = facts["place"], facts["path"]
    return Found(facts["label"], similarity, place, path, facts["camera"], images)
