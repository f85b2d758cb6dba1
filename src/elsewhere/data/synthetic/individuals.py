"""Which individuals are drawn, which cameras see them, and each single picture by its numbers."""

from dataclasses import dataclass
from typing import Literal

from elsewhere.data.synthetic.cameras import camera_of
from elsewhere.data.synthetic.garage import Vehicle, vehicle_of
from elsewhere.data.synthetic.persons import draw_person
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size
from elsewhere.data.synthetic.vehicles import draw_vehicle
from elsewhere.data.synthetic.wardrobe import Person, person_of
from elsewhere.errors import DataError

GENERATOR = "individuals 1"  # raise the number whenever a pixel of any picture changes
LOOKALIKES = 0.6
Kind = Literal["persons", "vehicles"]
# Far apart, so that the test stays the same however many are trained on; multiples of a family.
FIRST = {"train": 0, "val": 300_000, "test": 600_000, "distractor": 900_000}


@dataclass(frozen=True)
class IndividualSettings:
    """Everything that decides which pictures of individuals there are.

    Attributes:
        kind: "persons" or "vehicles".
        train: Identities to train on.
        test: Identities to test on.
        val: Identities held out for validation.
        cameras: Cameras of the set; each looks at a place of its own.
        sightings: Cameras that see each individual, at least 2.
        shots: Pictures of an individual that each of these cameras takes, at least 2.
        size: Height of a picture in pixels; persons are half as wide, vehicles square.
        lookalikes: Probability that the second and third of three individuals look like the first
            but for one small thing.
        seed: Of everything random.
    """

    kind: Kind
    train: int = 30
    test: int = 20
    val: int = 0
    cameras: int = 6
    sightings: int = 4
    shots: int = 3
    size: int = 64
    lookalikes: float = LOOKALIKES
    seed: int = 0

    def check(self) -> None:
        """Say what is wrong before anything is drawn.

        Raises:
            DataError: A number is out of its range.
        """
        check_size(self.size)
        if self.train < 1 or self.test < 2 or self.val < 0:
            raise DataError(
                f"drawn {self.kind}: {self.train} identities to train on, {self.val} to validate "
                f"and {self.test} to test are too few; use 1, 0 and 2 or more"
            )
        if not 2 <= self.sightings <= self.cameras:
            raise DataError(
                f"drawn {self.kind}: {self.sightings} cameras cannot see each individual; use 2 to "
                f"{self.cameras} sightings"
            )
        if self.shots < 2:
            raise DataError(f"drawn {self.kind}: shots {self.shots}; use 2 or more pictures each")
        if not 0.0 <= self.lookalikes <= 1.0:
            raise DataError(
                f"drawn {self.kind}: lookalikes {self.lookalikes} is not a probability; use 0 to 1"
            )
        if self.seed < 0:
            raise DataError(f"drawn {self.kind}: seed {self.seed} is negative; use 0 or more")

    def individuals(self, split: str) -> range:
        """The numbers of a split's individuals: of "train", "val" or "test"."""
        count = {"train": self.train, "val": self.val, "test": self.test}[split]
        return range(FIRST[split], FIRST[split] + count)


@dataclass(frozen=True)
class Shot:
    """Which picture: of whom, by which camera, and which one of these; all counted from 0."""

    individual: int
    camera: int
    number: int


def shots_of(individual: int, settings: IndividualSettings) -> list[Shot]:
    """All pictures of one individual, camera by camera."""
    generator = generator_of("drawn sightings", settings.seed, individual)
    cameras = sorted(shuffled(generator, settings.cameras)[: settings.sightings])
    return [
        Shot(individual, camera, number) for camera in cameras for number in range(settings.shots)
    ]


def individual_of(number: int, settings: IndividualSettings) -> Person | Vehicle:
    """What individual `number` of a set looks like."""
    of = person_of if settings.kind == "persons" else vehicle_of
    return of(settings.seed, number, settings.lookalikes)


def draw_shot(shot: Shot, settings: IndividualSettings) -> DrawnIndividual:
    """Draw one picture.

    It depends on the shot, the seed, the kind, the share of look-alikes and the size only, not on
    how many are drawn.
    """
    generator = generator_of("drawn shot", settings.seed, shot.individual, shot.camera, shot.number)
    camera = camera_of(settings.seed, shot.camera)
    someone = individual_of(shot.individual, settings)
    if isinstance(someone, Person):
        return draw_person(someone, camera, settings.size, generator)
    return draw_vehicle(someone, camera, settings.size, generator)
