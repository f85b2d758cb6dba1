"""Which of several ways to compute is fastest here, of those whose answers are the same."""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from elsewhere.inference.naming import softmax

Logits = Float[np.ndarray, "images classes"]
Way = Callable[[], Logits]

AGREED = 0.01
"""By so much may a probability differ for answers to count as the same."""
_ROUNDS = 3
_WORTH = 1.1


class Speed(NamedTuple):
    """The way that was taken.

    Attributes:
        name: of the way.
        gain: how many times as fast as the first way it is.
        apart: largest difference of a probability from the first way's.
        images: on how many images that was seen.
        refused: faster ways whose answers were others, and by how much a probability differed.
    """

    name: str
    gain: float
    apart: float
    images: int
    refused: dict[str, float]

    def __str__(self) -> str:
        if self.gain == 1:
            said = f"{self.name}: no other way is faster here"
        else:
            said = (
                f"{self.name}, {self.gain:.1f} x as fast on {self.images} of the images; the same "
                f"classes, probabilities within {max(self.apart, 0.001):.3f}"
            )
        others = [f"{name} differs by {apart:.2f}" for name, apart in self.refused.items()]
        return said + (f"; not taken: {', '.join(others)}" if others else "")


def fastest(ways: Mapping[str, Way], temperature: float = 1.0) -> Speed:
    """Try every way in turns; take the fastest whose answers agree with the first way's.

    Each gives logits of the same images, which `temperature` divides before the softmax.
    """
    answers = {name: softmax(way(), temperature) for name, way in ways.items()}
    seconds = dict.fromkeys(ways, np.inf)
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            start = perf_counter()
            way()
            seconds[name] = min(seconds[name], perf_counter() - start)
    first, wanted = next(iter(answers.items()))
    apart = {name: _apart(wanted, found) for name, found in answers.items()}
    gains = {name: seconds[first] / seconds[name] for name in ways}
    faster = [name for name in ways if gains[name] >= _WORTH]
    agreed = [name for name in faster if apart[name] <= AGREED]
    best = max(agreed, key=lambda name: gains[name], default=first)
    refused = {name: apart[name] for name in faster if gains[name] > gains[best]}
    return Speed(best, gains[best] if best != first else 1.0, apart[best], len(wanted), refused)


def _apart(wanted: Logits, found: Logits) -> float:
    """Largest difference of a probability; 1 where a class is another, or what is not finite."""
    same = (wanted.argmax(axis=1) == found.argmax(axis=1)).all() and np.isfinite(found).all()
    return float(np.abs(wanted - found).max()) if same else 1.0
