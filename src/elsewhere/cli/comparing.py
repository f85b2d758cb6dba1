"""The work of `elsewhere compare`."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from rich.console import Console
from torch import Tensor

from elsewhere.cli.retrieving import retrieval_of, wanted_of
from elsewhere.cli.serving import Model, complain_unread, open_model, output, refuse_overwriting
from elsewhere.data import InputImage, find_images
from elsewhere.errors import ConfigError, DataError
from elsewhere.reports.explanation import encode_panel
from elsewhere.reports.files import write_atomically
from elsewhere.reports.retrieval.matching import Compared, draw_match
from elsewhere.retrieval import Loading, look
from elsewhere.retrieval.verdict import EQUAL_ODDS, Verdict, judge, sentence
from elsewhere.structures import Retrieval


class Side(NamedTuple):
    """The pictures of one individual.

    Attributes:
        name: as it was named.
        images: those that have a vector.
        vectors: theirs, of length one.
        problems: why another has none, by its name.
    """

    name: str
    images: list[InputImage]
    vectors: Float[Tensor, "images size"]
    problems: dict[str, str]


class Pair(NamedTuple):
    """The two most similar pictures.

    Attributes:
        first: row among the pictures of A.
        second: row among those of B.
        similarity: cosine, -1..1.
    """

    first: int
    second: int
    similarity: float


def compare(options: argparse.Namespace) -> None:
    """Compare what the options name; print the answer and write what they ask for.

    Raises:
        DataError: nothing can be read of one side; or, when all is done, some picture.
    """
    _check_place(options.out)
    found = [find_images([name]) for name in (options.a, options.b)]
    if options.out is not None:
        refuse_overwriting([Path(options.out)], (image.path for side in found for image in side))
    model = open_model(options.model, options.device)
    loading = Loading(options.batch, options.workers)
    sides = [
        _look(model, name, images, loading)
        for name, images in zip((options.a, options.b), found, strict=True)
    ]
    retrieval = retrieval_of(model)
    similarities = (sides[0].vectors @ sides[1].vectors.T).clamp(-1, 1)
    verdict = judge(float(similarities.double().mean()), retrieval)
    best = _best(similarities)
    if options.out is not None:
        _draw(Path(options.out), model, sides, verdict, best)
    if options.json:
        document = _document(model, sides, verdict, best)
        print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(sides, verdict, best, retrieval)
    unread = [name for side in sides for name in side.problems]
    complain_unread(unread, sum(map(len, found)))


def _check_place(name: str | None) -> None:
    if name is None:
        return
    if Path(name).suffix.lower() != ".png":
        raise ConfigError(f"--out {name}: name a PNG, such as pair.png")
    if Path(name).is_dir():
        raise ConfigError(f"--out {name}: a folder; name a file")


def _look(model: Model, name: str, images: Sequence[InputImage], loading: Loading) -> Side:
    rows: list[int] = []
    vectors: list[Tensor] = []
    problems: dict[str, str] = {}
    for batch in look(model.network, images, wanted_of(model), loading):
        rows += batch.rows
        vectors += list(batch.vectors)
        problems.update((images[row].name, why) for row, why in batch.problems.items())
    if not rows:
        first, why = next(iter(problems.items()))
        others = len(problems) - 1
        more = f" (nor can {others} other{'s' if others > 1 else ''})" if others else ""
        raise DataError(f"{first}: {why}{more}")
    return Side(name, [images[row] for row in rows], torch.stack(vectors), problems)


def _best(similarities: Tensor) -> Pair:
    first, second = divmod(int(similarities.argmax()), similarities.shape[1])
    return Pair(first, second, float(similarities[first, second]))


def _draw(out: Path, model: Model, sides: Sequence[Side], verdict: Verdict, best: Pair) -> None:
    """Draw the two pictures; of folders the most similar pair, judged by itself."""
    first, second = sides[0].images[best.first], sides[1].images[best.second]
    pairs = len(sides[0].images) * len(sides[1].images)
    panel = draw_match(
        model.network,
        retrieval_of(model),
        (Compared("A", first.path, (first.name,)), Compared("B", second.path, (second.name,))),
        verdict=verdict if pairs == 1 else judge(best.similarity, retrieval_of(model)),
        title="" if pairs == 1 else f"the most similar of {pairs} pairs",
    )
    write_atomically(out, encode_panel(panel))


def _print(sides: Sequence[Side], verdict: Verdict, best: Pair, retrieval: Retrieval) -> None:
    lines = [sentence(verdict, retrieval)]
    counts = [len(side.images) for side in sides]
    if max(counts) > 1:
        a, b = sides[0].images[best.first].name, sides[1].images[best.second].name
        lines.append(
            f"The similarity is the mean of {counts[0]} x {counts[1]} pairs; the most similar: "
            f"{a} and {b}, {best.similarity:.2f}."
        )
    if verdict.probability is not None:
        lines.append(EQUAL_ODDS)
    output().print("\n".join(lines), markup=False, soft_wrap=True)
    shared = {image.path.resolve() for image in sides[0].images}
    shared &= {image.path.resolve() for image in sides[1].images}
    if shared:
        note = f"{len(shared)} of the files {'is' if len(shared) == 1 else 'are'} on both sides"
        Console(stderr=True, highlight=False, markup=False).print(f"elsewhere: {note}")


def _document(model: Model, sides: Sequence[Side], verdict: Verdict, best: Pair) -> dict[str, Any]:
    retrieval = retrieval_of(model)
    return {
        "model": str(model.folder),
        "a": _side_as_json(sides[0]),
        "b": _side_as_json(sides[1]),
        "similarity": round(verdict.similarity, 6),
        "same": verdict.same,
        "probability": None if verdict.probability is None else round(verdict.probability, 6),
        "best_pair": {
            "a": sides[0].images[best.first].name,
            "b": sides[1].images[best.second].name,
            "similarity": round(best.similarity, 6),
        },
        "retrieval": retrieval._asdict(),
    }


def _side_as_json(side: Side) -> dict[str, Any]:
    return {
        "named": side.name,
        "images": [image.name for image in side.images],
        "unread": side.problems,
    }
