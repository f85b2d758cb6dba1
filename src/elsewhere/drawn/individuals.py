"""Which individuals are drawn, which cameras see them, and each single picture by its numbers."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from elsewhere.drawn.cameras import camera_of, check_size
from elsewhere.drawn.canvas import Drawn
from elsewhere.drawn.chance import generator_of, shuffled
from elsewhere.drawn.person_drawing import draw_person
from elsewhere.drawn.persons import person_of
from elsewhere.drawn.vehicle_drawing import draw_vehicle
from elsewhere.drawn.vehicles import vehicle_of
from elsewhere.errors import DataError

GENERATOR = "individuals 1"  # raise the number whenever a pixel of any picture changes
Kind = Literal["persons", "vehicles"]
# Far apart, so that the test stays the same however many are trained on; multiples of a family.
FIRST = {"train": 0, "val": 300_000, "test": 600_000, "distractor": 900_000}


@dataclass(frozen=True)
class IndividualSettings:
    """Everything that decides which pictures of individuals there are.

    Each camera looks at a place of its own. The second and third of three individuals look, with
    the probability `lookalikes`, like the first but for one small thing.
    """

    kind: Kind
    train: Annotated[int, "identities to train on"] = 30
    test: Annotated[int, "identities to test on"] = 20
    val: int = 0
    cameras: int = 6
    sightings: Annotated[int, "cameras that see each individual, 2 or more"] = 4
    shots: Annotated[int, "pictures of an individual by each of these cameras, 2 or more"] = 3
    size: Annotated[int, "pixels of a side; of persons the height, they are half as wide"] = 64
    lookalikes: Annotated[
        float, "share of individuals that differ from another in one small thing (0 to 1)"
    ] = 0.6
    seed: Annotated[int, "seed of everything random"] = 0

    def _check(self) -> None:
        check_size(self.size)
        drawn = f"drawn {self.kind}"
        if self.train < 1 or self.test < 2 or self.val < 0:
            raise DataError(
                f"{drawn}: {self.train} identities to train on, {self.val} to validate "
                f"and {self.test} to test are too few; use 1, 0 and 2 or more"
            )
        if not 2 <= self.sightings <= self.cameras:
            raise DataError(
                f"{drawn}: {self.sightings} cameras cannot see each individual; use 2 to "
                f"{self.cameras} sightings"
            )
        if self.shots < 2:
            raise DataError(f"{drawn}: shots {self.shots}; use 2 or more pictures each")
        if not 0.0 <= self.lookalikes <= 1.0:
            raise DataError(
                f"{drawn}: lookalikes {self.lookalikes} is not a probability; use 0 to 1"
            )
        if self.seed < 0:
            raise DataError(f"{drawn}: seed {self.seed} is negative; use 0 or more")

    def individuals(self, split: str) -> range:
        """The numbers of a split's individuals: of "train", "val" or "test"."""
        count = {"train": self.train, "val": self.val, "test": self.test}[split]
        return range(FIRST[split], FIRST[split] + count)


class Shot(NamedTuple):
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


def draw_shot(shot: Shot, settings: IndividualSettings) -> Drawn:
    """Draw one picture.

    It depends on the shot, the seed, the kind, the share of look-alikes and the size only, not on
    how many are drawn.
    """
    generator = generator_of("drawn shot", settings.seed, *shot)
    camera = camera_of(settings.seed, shot.camera)
    whose = (settings.seed, shot.individual, settings.lookalikes)
    if settings.kind == "persons":
        return draw_person(person_of(*whose), camera, settings.size, generator)
    return draw_vehicle(vehicle_of(*whose), camera, settings.size, generator)
