"""Measures counted one image at a time, in plain Python."""

import math
from collections import Counter
from collections.abc import Sequence

Scores = Sequence[Sequence[float]]


def ranking(scores: Sequence[float]) -> list[int]:
    """Classes from the highest score on, the lower index of equals first; none with a NaN."""
    if any(math.isnan(score) for score in scores):
        return []
    return sorted(range(len(scores)), key=lambda place: (-scores[place], place))


def top(scores: Scores, labels: Sequence[int], k: int) -> float:
    right = sum(label in ranking(row)[:k] for row, label in zip(scores, labels, strict=True))
    return right / len(labels)


def by_class(scores: Scores, labels: Sequence[int]) -> dict[int, list[bool]]:
    result: dict[int, list[bool]] = {}
    for row, label in zip(scores, labels, strict=True):
        result.setdefault(label, []).append(ranking(row)[:1] == [label])
    return result


def confusions(scores: Scores, labels: Sequence[int]) -> list[tuple[int, int, int]]:
    counts: Counter[tuple[int, int]] = Counter()
    for row, label in zip(scores, labels, strict=True):
        guess = ranking(row)[:1]
        if guess and guess != [label]:
            counts[label, guess[0]] += 1
    pairs = [(true, predicted, images) for (true, predicted), images in counts.items()]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def softmax(scores: Sequence[float], temperature: float = 1.0) -> list[float]:
    highest = max(scores)
    raised = [math.exp((score - highest) / temperature) for score in scores]
    return [one / math.fsum(raised) for one in raised]


def calibration_error(scores: Scores, labels: Sequence[int], bins: int) -> float:
    filled: dict[int, list[tuple[float, bool]]] = {}
    for row, label in zip(scores, labels, strict=True):
        confidence = max(softmax(row))
        place = min(int(confidence * bins), bins - 1)
        filled.setdefault(place, []).append((confidence, ranking(row)[0] == label))
    gap = 0.0
    for members in filled.values():
        confidence = math.fsum(one for one, _ in members) / len(members)
        right = sum(good for _, good in members) / len(members)
        gap += abs(confidence - right) * len(members) / len(labels)
    return gap


def negative_log_likelihood(scores: Scores, labels: Sequence[int], temperature: float) -> float:
    rows = zip(scores, labels, strict=True)
    return -math.fsum(math.log(softmax(row, temperature)[label]) for row, label in rows)
