"""Generators that depend on a purpose and on numbers, not on what was drawn before."""

import numpy as np

from elsewhere.data.samplers import mix_seed


def generator_of(purpose: str, *parts: int) -> np.random.Generator:
    """A generator of its own for every purpose (at most 16 ASCII characters) and numbers."""
    return np.random.Generator(np.random.PCG64(mix_seed(purpose, *parts)))


def shuffled(generator: np.random.Generator, count: int) -> list[int]:
    """The numbers below `count` in an order that the generator draws."""
    return sorted(range(count), key=generator.random(count).tolist().__getitem__)
