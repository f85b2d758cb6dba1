"""What tells one drawn individual from another, and how look-alikes come about."""

from collections.abc import Mapping, Sequence

import numpy as np

from elsewhere.data.synthetic.canvas import choice, uniform
from elsewhere.data.synthetic.seeding import generator_of, shuffled

Options = Mapping[str, Sequence[str]]
FAMILY = 3


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
