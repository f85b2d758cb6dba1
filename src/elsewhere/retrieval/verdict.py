"""Same or different individual: what a threshold says of a similarity, in numbers and words."""

import math
from typing import NamedTuple

from elsewhere.description import Retrieval

EQUAL_ODDS = "How sure: if the two were as likely the same as not before they were looked at."


class Verdict(NamedTuple):
    """What is said of two individuals.

    Attributes:
        similarity: cosine, -1..1.
        same: whether they are called the same; None where the network has no threshold.
        probability: that they are the same, if it was even odds before; None where not calibrated.
    """

    similarity: float
    same: bool | None
    probability: float | None

    @property
    def word(self) -> str:
        """The answer in a word or two."""
        return {True: "same", False: "different", None: "not known"}[self.same]


def judge(similarity: float, retrieval: Retrieval) -> Verdict:
    """Hold a similarity (cosine, -1..1) against a network's threshold and probability curve."""
    if retrieval.threshold is None:
        return Verdict(similarity, None, None)
    probability = None
    if retrieval.slope:
        probability = 0.5 + 0.5 * math.tanh((retrieval.slope * similarity + retrieval.offset) / 2)
    return Verdict(similarity, similarity >= retrieval.threshold, probability)


def why_unjudged(retrieval: Retrieval) -> str:
    """Why a network without a threshold has none, and what would give it one."""
    if retrieval.individuals is None:
        why = (
            "it was not trained to find individuals again with some held out to set one by "
            "(elsewhere fit --config individuals does that)"
        )
    else:
        why = (
            f"{retrieval.pairs or 0} pairs of {retrieval.individuals} individuals held out of its "
            "training were too few to set one by; hold out more (data.val, data.test_share)"
        )
    return f"this model has no threshold, so nobody can say which it is: {why}"


def false_alarm_words(retrieval: Retrieval) -> str:
    """The rate of false alarms with its interval: "5 % (95 % interval 1.6 to 15 %)"."""
    rate = f"{100 * (retrieval.false_positive_rate or 0.0):.2g} %"
    if retrieval.interval is None:
        return rate
    low, high = (f"{100 * end:.2g}" for end in retrieval.interval)
    return f"{rate} (95 % interval {low} to {high} %)"


def sentence(verdict: Verdict, retrieval: Retrieval) -> str:
    """The answer with its reasons: "same (similarity 0.83 ≥ threshold 0.61, …)"."""
    if verdict.same is None or retrieval.threshold is None:
        return f"{verdict.word} (similarity {verdict.similarity:.2f}; {why_unjudged(retrieval)})"
    digits = telling_digits(verdict.similarity, retrieval.threshold)
    sign = "≥" if verdict.same else "<"
    parts = [
        f"similarity {verdict.similarity:.{digits}f} {sign} "
        f"threshold {retrieval.threshold:.{digits}f}{_how_sure(verdict)}"
    ]
    if retrieval.false_positive_rate is not None:
        whom = f"{retrieval.individuals or ''} individuals held out".strip()
        parts.append(f"threshold set at {false_alarm_words(retrieval)} false alarms on {whom}")
    return f"{verdict.word} ({'; '.join(parts)})"


def _how_sure(verdict: Verdict) -> str:
    if verdict.probability is None or verdict.same is None:
        return ""
    likely = verdict.probability if verdict.same else 1 - verdict.probability
    if likely < 0.5:
        other = "different" if verdict.same else "the same"
        return f", although {other} is likelier, {likely_percent(1 - likely)}"
    return f", {likely_percent(likely)} sure"


def likely_percent(probability: float) -> str:
    """In whole percent; certainty is never claimed."""
    return "over 99 %" if probability >= 0.995 else f"about {100 * probability:.0f} %"


def telling_digits(similarity: float, threshold: float) -> int:
    """So many digits that two numbers on either side of each other do not look alike."""
    for digits in (2, 3, 4, 5):
        if f"{similarity:.{digits}f}" != f"{threshold:.{digits}f}":
            return digits
    return 6
