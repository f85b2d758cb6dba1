"""Who images show, among those embedded before, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from elsewhere.retrieval.answers import Answer, Found
from elsewhere.structures import Retrieval

_COLUMNS = ("file", "answer", "probability", "in store", "by", "rank", "name", "similarity",
            "images", "place", "path", "camera", "problem")  # fmt: skip


def search_csv(answers: Sequence[Answer]) -> str:
    """A line for each individual and each picture found, nearest first.

    The answer is known, new? or, without a threshold, empty; `by` is individual or picture; a
    picture that was not read has one line with its problem.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        common = {"file": answer.file, **_judged(answer)}
        rows = [
            {"by": by, "rank": rank, **_as_cells(found)}
            for by, several in (("individual", answer.individuals), ("picture", answer.images))
            for rank, found in enumerate(several, start=1)
        ]
        for row in rows or [{"problem": answer.problem}]:
            writer.writerow(common | row)
    return text.getvalue()


def search_json(
    answers: Sequence[Answer], *, model: str, store: str, images: int, retrieval: Retrieval
) -> str:
    """Everything that was found, and where.

    Args:
        answers: what was found.
        model: the folder of what compared.
        store: the folder of the embeddings.
        images: how many pictures it holds.
        retrieval: of the network.
    """
    document = {
        "model": model,
        "store": store,
        "images_in_store": images,
        "retrieval": retrieval._asdict(),
        "images": [_as_json(answer) for answer in answers],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _judged(answer: Answer) -> dict[str, Any]:
    verdict = answer.verdict
    words = {True: "known", False: "new?", None: ""}
    return {
        "answer": "" if verdict is None else words[verdict.same],
        "probability": ""
        if verdict is None or verdict.probability is None
        else f"{verdict.probability:.6f}",
        "in store": "" if answer.problem else "yes" if answer.itself else "no",
    }


def _as_cells(found: Found) -> dict[str, Any]:
    cells = found._asdict() | {"similarity": f"{found.similarity:.6f}"}
    return {key: "" if value is None else value for key, value in cells.items()}


def _as_json(answer: Answer) -> dict[str, Any]:
    if answer.problem:
        return {"file": answer.file, "problem": answer.problem}
    verdict = answer.verdict
    return {
        "file": answer.file,
        "in_store": answer.itself,
        "known": verdict and verdict.same,
        "probability": verdict and verdict.probability and round(verdict.probability, 6),
        "individuals": [_rounded(found) for found in answer.individuals],
        "pictures": [_rounded(found) for found in answer.images],
    }


def _rounded(found: Found) -> dict[str, Any]:
    return found._asdict() | {"similarity": round(found.similarity, 6)}
