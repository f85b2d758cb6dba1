"""Who images show, among those embedded before: in words, as CSV and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from elsewhere.description import Retrieval
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.retrieval.answers import Answer, Found
from elsewhere.retrieval.verdict import (
    EQUAL_ODDS,
    false_alarm_words,
    likely_percent,
    telling_digits,
    why_unjudged,
)


def conclusion(answer: Answer, retrieval: Retrieval) -> str:
    """The answer in a line: "known: Ada, about 97 % sure (similarity 0.93 ≥ threshold 0.61)"."""
    if answer.problem:
        return f"not read: {answer.problem}"
    if answer.verdict is None:
        return "nothing to compare with: no other image is among those to be searched"
    first, threshold = answer.images[0], retrieval.threshold
    if answer.verdict.same is None or threshold is None:
        return f"nearest: {_name(first)}, similarity {first.similarity:.2f}"
    digits = telling_digits(first.similarity, threshold)
    measured, limit = f"{first.similarity:.{digits}f}", f"threshold {threshold:.{digits}f}"
    likely = answer.verdict.probability
    if answer.verdict.same:
        sure = "" if likely is None else f", {_sure(likely, 'another is likelier')}"
        return f"known: {_name(first)}{sure} (similarity {measured} ≥ {limit})"
    sure = "" if likely is None or likely < 0.5 else f", although {likely_percent(likely)} likely"
    return f"new individual? (nearest: {_name(first)}, similarity {measured} < {limit}{sure})"


def answer_lines(answer: Answer, retrieval: Retrieval) -> list[str]:
    """The answer, then the nearest individuals and images, a line each."""
    left_out = " (in the store itself; left out)" if answer.itself else ""
    lines = [f"{answer.file}{left_out}: {conclusion(answer, retrieval)}"]
    width = max([0, *(len(_name(found)) for found in answer.individuals)])
    if answer.individuals:
        lines.append("  nearest individuals:")
    for place, found in enumerate(answer.individuals, start=1):
        images = "its 1 image" if found.images == 1 else f"best of {found.images} images"
        name = f"{_name(found):{width}}"
        lines.append(f"  {place:>4}  {found.similarity:5.2f}  {name}  {images}: {found.place}")
    if answer.images:
        lines.append("  nearest images:")
    for place, found in enumerate(answer.images, start=1):
        whose = f"{found.name or '':{width}}".rstrip()
        between = "  " if whose else ""
        name = f"{whose:{width}}" if whose else " " * width
        lines.append(f"  {place:>4}  {found.similarity:5.2f}  {name}{between}{found.place}")
    return lines


def threshold_note(retrieval: Retrieval, images: int) -> str:
    """What the threshold means among so many images, or how to get one."""
    if retrieval.threshold is None:
        return f"Similarities only: {why_unjudged(retrieval)}."
    text = (
        f"known: the nearest image is as similar as the model's threshold, "
        f"{retrieval.threshold:.2f}, or more."
    )
    rate = retrieval.false_positive_rate
    if rate is not None:
        text += (
            f" {false_alarm_words(retrieval)} of the pairs of different individuals held out reach "
            f"it too; {_by_chance(rate * images, images)}."
        )
    return f"{text} {EQUAL_ODDS}" if retrieval.slope else text


def _by_chance(expected: float, images: int) -> str:
    """What a new individual may come to, each image counted; so never less than it will."""
    if expected >= 1:
        amount = f"with about {expected:,.0f} of the {images:,} images here"
    else:
        amount = f"here in at most about {100 * expected:.2g} % of cases"
    return f"a new individual would reach it {amount}"


def _name(found: Found) -> str:
    return f"unnamed, as in {found.place}" if found.name is None else found.name


def _sure(likely: float, otherwise: str) -> str:
    if likely < 0.5:
        return f"although {otherwise}, {likely_percent(1 - likely)}"
    return f"{likely_percent(likely)} sure"


_COLUMNS = ("file", "answer", "probability", "in store", "by", "rank", "name", "similarity",
            "images", "place", "path", "camera", "problem")  # fmt: skip


def search_csv(answers: Sequence[Answer]) -> str:
    """A line for each individual and each image found, nearest first.

    The answer is known, new? or, without a threshold, empty; `by` is individual or picture; a
    picture that was not read has one line with its problem.
    """
    lines: list[Sequence[object]] = [_COLUMNS]
    for answer in answers:
        common = {"file": answer.file, **_judged(answer)}
        rows = [
            {"by": by, "rank": rank, **_as_cells(found)}
            for by, several in (("individual", answer.individuals), ("picture", answer.images))
            for rank, found in enumerate(several, start=1)
        ]
        for row in rows or [{"problem": answer.problem}]:
            cells = common | row
            lines.append([cells.get(name, "") for name in _COLUMNS])
    return csv_text(lines)


def search_json(
    answers: Sequence[Answer], *, model: str, store: str, images: int, retrieval: Retrieval
) -> str:
    """Everything that was found, and where."""
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
