from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest
from tests.drawn.drawing import PERSON, VEHICLE, digest

from elsewhere.drawn.cameras import camera_of
from elsewhere.drawn.chance import generator_of
from elsewhere.drawn.individuals import IndividualSettings, Shot, draw_shot, shots_of
from elsewhere.drawn.person_drawing import draw_person
from elsewhere.drawn.persons import OPTIONS as CLOTHES
from elsewhere.drawn.persons import SMALL as SMALL_OF_PERSONS
from elsewhere.drawn.persons import person_of
from elsewhere.drawn.vehicle_drawing import draw_vehicle
from elsewhere.drawn.vehicles import OPTIONS as CARS
from elsewhere.drawn.vehicles import SMALL as SMALL_OF_CARS
from elsewhere.drawn.vehicles import vehicle_of
from elsewhere.errors import DataError

pytestmark = pytest.mark.slow

# Raise `GENERATOR` in individuals.py together with these.
GOLDEN = {"persons": "0e2c2f586b46fcb4", "vehicles": "bd39a8a3cf66ef92"}
MAKERS = {
    "persons": (PERSON, draw_person, person_of, CLOTHES, SMALL_OF_PERSONS),
    "vehicles": (VEHICLE, draw_vehicle, vehicle_of, CARS, SMALL_OF_CARS),
}
KINDS = pytest.mark.parametrize("kind", MAKERS)
CAMERA = camera_of(3, 0)


@KINDS
def test_pixels_are_these_on_every_machine(kind):
    """Every camera's place, some sizes, and enough individuals for most garments and marks."""
    images = []
    for number in range(36):
        settings = IndividualSettings(kind, cameras=7, size=32 + number % 3, seed=2)
        images.append(draw_shot(shots_of(number, settings)[number % 12], settings).image)
    assert digest(*images) == GOLDEN[kind]


@KINDS
@pytest.mark.parametrize("size", [32, 47, 64])
def test_shape_of_a_picture(kind, size):
    someone, draw, *_ = MAKERS[kind]
    drawn = draw(someone, CAMERA, size, generator_of("test", 1))
    width = size // 2 if kind == "persons" else size
    assert drawn.image.shape == (size, width, 3)
    assert drawn.image.dtype == np.uint8
    assert drawn.mask.shape == (size, width)


@KINDS
def test_a_picture_too_small_for_details_is_refused(kind):
    someone, draw, *_ = MAKERS[kind]
    with pytest.raises(DataError, match="32 or more"):
        draw(someone, CAMERA, 31, generator_of("test", 1))


@KINDS
def test_the_generator_decides_everything(kind):
    someone, draw, *_ = MAKERS[kind]
    first, again, other = (
        draw(someone, CAMERA, 48, generator_of("test", seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.image, again.image)
    assert (first.box, first.attributes) == (again.box, again.attributes)
    assert not np.array_equal(first.image, other.image)


@KINDS
def test_the_box_is_the_extent_of_the_mask(kind):
    someone, draw, *_ = MAKERS[kind]
    for seed in range(20):
        drawn = draw(someone, camera_of(3, seed), 64, generator_of("test", seed))
        points = [
            (x, y)
            for y in range(drawn.mask.shape[0])
            for x in range(drawn.mask.shape[1])
            if drawn.mask[y, x]
        ]
        xs, ys = zip(*points, strict=True)
        assert drawn.box == (min(xs), min(ys), max(xs) + 1, max(ys) + 1)


@KINDS
def test_individuals_fill_their_pictures_and_stay_inside(kind):
    """Half to nearly all of the longer side; at most a hand or a lamp touches the border."""
    _, draw, of, *_ = MAKERS[kind]
    for number in range(60):
        drawn = draw(of(1, number), camera_of(1, number), 64, generator_of("test", number))
        x1, y1, x2, y2 = drawn.box
        longer = y2 - y1 if kind == "persons" else x2 - x1
        assert 0.62 * 64 <= longer <= 64
        edges = np.concatenate([drawn.mask[0], drawn.mask[:, 0], drawn.mask[:, -1]])
        assert edges.mean() < 0.05


@KINDS
def test_every_option_of_every_small_trait_can_be_seen(kind):
    """In the same scene, whatever look-alikes may differ in changes pixels in most views."""
    someone, draw, _, options, small = MAKERS[kind]
    for trait in small:
        for option in dict.fromkeys(options[trait]):
            if option == getattr(someone, trait) or option.startswith(
                f"{next(iter(asdict(someone).values()))} "
            ):
                continue
            other = replace(someone, **{trait: option})
            changed = []
            for seed in range(6):
                one, two = (
                    draw(who, CAMERA, 64, generator_of("test", seed)).image.astype(int)
                    for who in (someone, other)
                )
                changed.append((np.abs(one - two).max(axis=2) > 24).sum())
            assert np.median(changed) >= 8, (trait, option, changed)


@KINDS
def test_only_the_individual_changes_with_its_traits(kind):
    someone, draw, of, *_ = MAKERS[kind]
    for seed in range(10):
        other = of(0, seed)
        one, two = (draw(who, CAMERA, 64, generator_of("test", seed)) for who in (someone, other))
        assert one.attributes["facing"] == two.attributes["facing"]
        assert one.attributes["behind"] == two.attributes["behind"]
        either = one.mask | two.mask
        for axis in (0, 1):  # edges are soft and blurred
            either = np.any([np.roll(either, shift, axis) for shift in range(-5, 6)], axis=0)
        far = ~either
        assert far.sum() > 50
        assert np.abs(one.image.astype(int) - two.image)[far].max() <= 1


def test_a_person_faces_all_four_ways_and_a_vehicle_stands_in_all_views():
    shots = [
        draw_person(PERSON, CAMERA, 32, generator_of("test", seed)).attributes for seed in range(80)
    ]
    counts = Counter(shot["facing"] for shot in shots)
    assert set(counts) == {"left", "right", "front", "back"}
    assert min(counts.values()) >= 8
    views = Counter(
        tuple(draw_vehicle(VEHICLE, CAMERA, 32, generator_of("test", seed)).attributes[key]
              for key in ("facing", "view"))
        for seed in range(120)
    )  # fmt: skip
    assert len(views) == 6
    assert min(views.values()) >= 8


@pytest.mark.parametrize(
    ("kind", "trait", "ahead", "behind"),
    [
        ("persons", "hat", "yellow cap", "yellow beanie"),
        ("persons", "bag", "yellow shoulder bag", "yellow backpack"),
        ("vehicles", "sticker", "yellow front sticker", "yellow rear sticker"),
    ],
)
def test_individuals_face_where_they_say(kind, trait, ahead, behind):
    """The peak of a cap and the sticker on the front door point there."""
    plain, draw, *_ = MAKERS[kind]

    def middle(option: str, seed: int) -> float:
        one, two = (
            draw(who, CAMERA, 64, generator_of("test", seed)).image.astype(int)
            for who in (plain, replace(plain, **{trait: option}))
        )
        changed = np.abs(one - two).sum(axis=(0, 2))
        return float(changed @ np.arange(len(changed)) / changed.sum())

    seen = Counter()
    for seed in range(16):
        facing = draw(plain, CAMERA, 64, generator_of("test", seed)).attributes["facing"]
        if facing in ("left", "right"):
            assert (middle(ahead, seed) > middle(behind, seed)) == (facing == "right")
            seen[facing] += 1
    assert len(seen) == 2


@KINDS
def test_lookalikes_differ_from_the_first_of_their_family_in_one_small_trait(kind):
    of, small = MAKERS[kind][2], MAKERS[kind][4]
    for family in range(40):
        first, *others = (asdict(of(4, 3 * family + place, 1.0)) for place in range(3))
        differing = []
        for other in others:
            changed = [trait for trait in first if first[trait] != other[trait]]
            assert len(changed) == 1
            differing += changed
        assert set(differing) <= set(small)
        assert differing[0] != differing[1]


@KINDS
def test_the_share_of_lookalikes_is_as_asked(kind):
    of = MAKERS[kind][2]

    def share(lookalikes: float) -> float:
        alike = []
        for number in range(300):
            first, own = asdict(of(0, number // 3 * 3)), asdict(of(0, number, lookalikes))
            if number % 3:
                alike.append(sum(first[trait] != own[trait] for trait in first) == 1)
        return float(np.mean(alike))

    assert share(0.0) < 0.02
    assert abs(share(0.6) - 0.6) < 4 * (0.24 / 200) ** 0.5
    assert share(1.0) == 1.0


@KINDS
def test_individuals_are_told_apart_and_depend_on_their_number_alone(kind):
    of = MAKERS[kind][2]
    drawn = [of(0, number) for number in range(300)]
    assert len(set(drawn)) == 300
    assert [of(0, number) for number in reversed(range(300))] == drawn[::-1]
    assert len({of(1, number) for number in range(300)} & set(drawn)) < 3


def test_nothing_is_painted_in_the_colour_that_it_lies_on():
    for number in range(300):
        person, vehicle = person_of(0, number), vehicle_of(0, number)
        assert person.pattern.split(" ")[0] != person.upper
        assert vehicle.stripe.split(" ")[0] != vehicle.colour
        assert vehicle.sticker.split(" ")[0] != vehicle.colour


def test_cameras_have_a_place_of_their_own():
    cameras = [camera_of(0, number) for number in range(20)]
    assert len({camera.cast for camera in cameras}) == 20
    assert len({camera.place for camera in cameras[:7]}) == 7
    assert [camera.name for camera in cameras[:3]] == ["c1", "c2", "c3"]


@KINDS
def test_the_camera_is_seen_in_the_background(kind):
    """A look at the colours beside the individuals names the camera: the trap of the sets."""
    someone, draw, *_ = MAKERS[kind]

    def background(camera: int, seed: int) -> np.ndarray:
        drawn = draw(someone, camera_of(0, camera), 48, generator_of("test", camera, seed))
        return drawn.image[~drawn.mask].astype(float).mean(axis=0)

    means = [np.mean([background(c, seed) for seed in range(30)], axis=0) for c in range(6)]
    right = [
        np.argmin([np.abs(background(c, seed) - mean).sum() for mean in means]) == c
        for c in range(6)
        for seed in range(30, 40)
    ]
    assert np.mean(right) > 0.4  # a sixth by chance


@KINDS
def test_a_shot_depends_on_its_numbers_alone(kind):
    few = IndividualSettings(kind, train=2, test=2, size=32)
    many = IndividualSettings(kind, train=9, test=5, val=4, cameras=6, size=32)
    assert few.individuals("test")[0] == many.individuals("test")[0]
    for split in ("train", "test"):
        for individual in few.individuals(split):
            assert shots_of(individual, few) == shots_of(individual, many)
    shot = shots_of(few.individuals("test")[1], few)[3]
    assert np.array_equal(draw_shot(shot, few).image, draw_shot(shot, many).image)
    other = draw_shot(shot, replace(few, seed=1))
    assert not np.array_equal(draw_shot(shot, few).image, other.image)


def test_shots_are_all_sightings_of_some_cameras():
    settings = IndividualSettings("persons", cameras=15, sightings=4, shots=3)
    seen: Counter[int] = Counter()
    for individual in range(120):
        shots = shots_of(individual, settings)
        cameras = sorted({shot.camera for shot in shots})
        assert len(cameras) == 4
        assert shots == [Shot(individual, c, n) for c in cameras for n in range(3)]
        seen.update(cameras)
    assert set(seen) == set(range(15))
    assert min(seen.values()) > 12


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"train": 0}, "too few"),
        ({"test": 1}, "too few"),
        ({"val": -1}, "too few"),
        ({"sightings": 1}, "2 to 6 sightings"),
        ({"sightings": 7}, "2 to 6 sightings"),
        ({"shots": 1}, "2 or more"),
        ({"lookalikes": 1.5}, "not a probability"),
        ({"seed": -1}, "negative"),
        ({"size": 16}, "32 or more"),
        ({"size": 1_000_000}, "2048 or less"),
    ],
)
def test_impossible_settings_are_refused(setting, message):
    with pytest.raises(DataError, match=message):
        IndividualSettings("persons", **setting)._check()
