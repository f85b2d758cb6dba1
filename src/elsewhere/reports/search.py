"""Who images show, among those embedded before, in words."""

from elsewhere.retrieval.answers import Answer, Found
from elsewhere.retrieval.verdict import (
    EQUAL_ODDS,
    UNCALIBRATED,
    likely_percent,
    telling_digits,
)
from elsewhere.structures import Retrieval


def conclusion(answer: Answer, retrieval: Retrieval) -> str:
    """The answer in a line: "known: Ada, about 97 % sure (similarity 0.93 ≥ threshold 0.61)"."""
    if answer.problem:
        return f"not read: {answer.problem}"
    if answer.verdict is None:
        return "nothing to compare with: the store holds no other image"
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
        return f"Similarities only: {UNCALIBRATED}."
    text = (
        f"known: the nearest image is as similar as the model's threshold, "
        f"{retrieval.threshold:.2f}, or more."
    )
    rate = retrieval.false_positive_rate
    if rate is not None:
        text += (
            f" {100 * rate:.2g} % of the pairs of different validation individuals reach it too; "
            f"{_by_chance(rate * images, images)}."
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
