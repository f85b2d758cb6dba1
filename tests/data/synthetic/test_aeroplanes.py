"""Drawn aeroplanes and models of cars."""

import numpy as np
import pytest
from tests.data.synthetic.drawing import digest

from elsewhere.data.synthetic import Aeroplane, aeroplanes, car_models, car_of, draw_aeroplane
from elsewhere.errors import DataError


def drawn(aeroplane, seed, size=96):
    return draw_aeroplane(aeroplane, size, np.random.default_rng(seed))


def test_the_pixels_are_the_same_everywhere():
    """Raise GENERATOR in layouts/aircraft.py when this changes."""
    assert (
        digest(*(drawn(kind, n).image for n, kind in enumerate(aeroplanes(32))))
        == "a08084568082a1a1"
    )


def test_the_box_is_the_extent_of_the_mask():
    for seed, kind in enumerate(aeroplanes(32)):
        one = drawn(kind, seed)
        assert one.image.shape == (64, 96, 3)
        rows, columns = np.nonzero(one.mask)
        assert one.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        # it lies inside, and is large enough to see
        assert one.box[0] >= 1
        assert one.box[1] >= 1
        assert one.box[2] <= 95
        assert one.box[3] <= 63
        assert 55 <= one.box[2] - one.box[0] <= 90


@pytest.mark.parametrize("seed", range(4))
def test_variants_differ_in_their_parts_alone(seed):
    first = drawn(Aeroplane("two"), seed)
    winglets = drawn(Aeroplane("two", winglets=True), seed)
    changed = np.abs(first.image.astype(int) - winglets.image).max(2) > 2
    assert 0 < changed.mean() < 0.05
    inside = winglets.mask.copy()
    inside |= first.mask
    grown = np.pad(inside, 1)
    near = np.any([np.roll(grown, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1)], 0)
    assert not changed[~near[1:-1, 1:-1]].any()
    for other in (Aeroplane("four"), Aeroplane("two", "high"), Aeroplane("two", length="long")):
        assert (np.abs(first.image.astype(int) - drawn(other, seed).image).max(2) > 2).any()


def test_all_variants_have_names_of_their_own():
    kinds = aeroplanes(32)
    assert len({kind.name for kind in kinds}) == 32
    assert [kind.name for kind in kinds[:4]] == [
        "Kestrel Twin-100", "Kestrel Twin-100W", "Kestrel Twin-300", "Kestrel Twin-300W"
    ]  # fmt: skip
    assert len({kind.family for kind in kinds}) == 8
    assert all(kind.name.startswith(kind.family) for kind in kinds)
    assert all(kind.family.startswith(kind.maker) for kind in kinds)


def test_too_small_a_picture():
    with pytest.raises(DataError, match="16 pixels show no detail"):
        drawn(Aeroplane("two"), 0, 16)


def test_cars_of_a_model_share_what_makes_it():
    models = car_models(80)
    assert len({model.name for model in models}) == 80
    assert [model.name for model in models[:5:4]] == [
        "Silver Spokes Sedan 2012", "Silver Discs Sedan 2012"
    ]  # fmt: skip
    generator = np.random.default_rng(0)
    cars = [car_of(models[4], generator) for _ in range(40)]
    assert {(car.type, car.rims, car.bumper) for car in cars} == {
        (models[4].type, models[4].rims, models[4].bumper)
    }
    assert len({car.colour for car in cars}) > 4
    assert {(car.stripe, car.sticker, car.repair) for car in cars} == {("none", "none", "none")}
