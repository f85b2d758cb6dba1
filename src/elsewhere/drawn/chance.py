"""Everything random: generators by purpose, choices, and the traits of look-alikes.

A generator depends on a purpose and on numbers, not on what was drawn before.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from elsewhere.data.sampling.seeds import mix_seed

T = TypeVar("T")
Options = Mapping[str, Sequence[str]]
FAMILY = 3


def generator_of(purpose: str, *parts: int) -> np.random.Generator:
    """A generator of its own for every purpose (at most 16 ASCII characters) and numbers."""
    return np.random.Generator(np.random.PCG64(mix_seed(purpose, *parts)))


def shuffled(generator: np.random.Generator, count: int) -> list[int]:
    """The numbers below `count` in an order that the generator draws."""
    return sorted(range(count), key=generator.random(count).tolist().__getitem__)


def uniform(generator: np.random.Generator, low: float, high: float) -> float:
    """One number in [low, high), from the generator's plainest stream, which numpy keeps."""
    return low + (high - low) * float(generator.random())


def choice(generator: np.random.Generator, options: Sequence[T]) -> T:
    """One of the options, each as likely."""
    return options[int(generator.random() * len(options))]


def draw_traits(
    options: Options, small: Sequence[str], *, seed: int, number: int, lookalikes: float
) -> dict[str, str]:
    """The traits of one individual, by its number alone.

    Numbers come in families of three. The first of a family is drawn freely. Each other one is, by
    chance, a look-alike: the first one again but for a single small trait, and not the same one in
    both.

    Args:
        options: what each trait may be; an option that starts with the word of the first trait (a
            stripe of the coat's own colour) is not drawn, nobody would see it.
        small: the traits that look-alikes differ in.
        seed: of the individuals.
        number: which individual, from 0.
        lookalikes: probability that a second or third of a family is a look-alike.
    """
    family, place = divmod(number, FAMILY)
    first = _draw(options, generator_of("drawn traits", seed, family * FAMILY))
    generator = generator_of("drawn traits", seed, number)
    if place == 0:
        return first
    if uniform(generator, 0.0, 1.0) >= lookalikes:
        return _draw(options, generator)
    order = shuffled(generator_of("drawn family", seed, family), len(small))
    trait = small[order[place - 1]]
    others = [option for option in _visible(options[trait], first) if option != first[trait]]
    return first | {trait: choice(generator, others)}


def _draw(options: Options, generator: np.random.Generator) -> dict[str, str]:
    traits: dict[str, str] = {}
    for trait, choices in options.items():
        traits[trait] = choice(generator, _visible(choices, traits))
    return traits


def _visible(choices: Sequence[str], traits: Mapping[str, str]) -> list[str]:
    ground = next(iter(traits.values()), "")
    return [option for option in choices if not (ground and option.startswith(f"{ground} "))]
