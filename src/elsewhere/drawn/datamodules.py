"""Drawn birds, persons and vehicles as the data of recipes: drawn on first use, then read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from elsewhere.data.image_data import ImageData
from elsewhere.data.records import RecordTable
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.data.sets.classes.reading import read_images
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.splitting import ALONE
from elsewhere.drawn.layouts.birds import Birds
from elsewhere.drawn.layouts.individuals import Individuals
from elsewhere.errors import ConfigError

_NOT_DRAWN = ("train", "val", "test_share")


class DrawnBirds(ImageData):
    """Look-alike birds whose species are bound to scenes in training.

    Splits: train, val and test are biased alike, in `test-unbiased` scene and species have
    nothing to do with each other.

    Args:
        path: folder of the set; by default `root/drawn-birds`.
        root: folder for data sets.
        species: number of species.
        pixels: side of the pictures drawn.
        train: training pictures a species.
        val: validation pictures a species.
        test: pictures a species in each test.
        bias: probability that a picture shows its species' own scene.
        drawing_seed: decides what is drawn, apart from the seed of training.
        options: everything else of `ImageData`.
    """

    def __init__(
        self,
        path: str | None = None,
        root: str = "data",
        species: int = 8,
        pixels: int = 64,
        train: int = 120,
        val: int = 15,
        test: int = 60,
        bias: float = 0.7,
        drawing_seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(path=path, root=root, **options)
        self.drawing = Birds(species, pixels, train, val, test, bias, drawing_seed)

    def read(self) -> RecordTable:
        """Draw the birds unless they are there, and read them."""
        usual = Path(self.root or ".", "drawn-birds")
        folder = Path(self.path) if isinstance(self.path, str) else usual
        self.drawing.write(folder)
        return read_images(folder, group=ALONE)


class DrawnIndividuals(ReidentificationData):
    """Drawn persons or vehicles, many of which differ in one small thing only.

    Every camera has a place of its own behind them, so that who looks at the background finds the
    camera and not the individual. The identities of train, val and test differ; each test image
    queries the others.

    Args:
        kind: persons or vehicles.
        path: folder of the set; by default `root/drawn-persons` or `root/drawn-vehicles`.
        root: folder for data sets.
        pixels: height of the pictures drawn; persons are half as wide, vehicles square.
        identities: identities to train on.
        val_identities: identities held out for validation.
        test_identities: identities to test on.
        cameras: cameras of the set.
        sightings: cameras that see each individual.
        shots: pictures of an individual by each of these cameras.
        lookalikes: share of individuals that differ from another one in a single small thing.
        drawing_seed: decides what is drawn, apart from the seed of training.
        options: everything else of `ReidentificationData`.

    Raises:
        ConfigError: an option says how other data are read.
    """

    def __init__(
        self,
        kind: Literal["persons", "vehicles"] = "persons",
        path: str | None = None,
        root: str = "data",
        pixels: int = 64,
        identities: int = 30,
        val_identities: int = 6,
        test_identities: int = 20,
        cameras: int = 6,
        sightings: int = 4,
        shots: int = 3,
        lookalikes: float = 0.6,
        drawing_seed: int = 0,
        **options: Any,
    ) -> None:
        given = [name for name in _NOT_DRAWN if options.get(name) is not None]
        if given:
            raise ConfigError(
                f"drawn {kind} take no {' and no '.join(given)}: identities, val_identities and "
                "test_identities say how many are drawn for each split"
            )
        super().__init__(root=root, **options)
        self.path = path
        self.drawing = Individuals(
            kind, identities, test_identities, val_identities, cameras, sightings, shots, pixels,
            lookalikes, drawing_seed,
        )  # fmt: skip

    def read_trained(self) -> Mapping[str, RecordTable]:
        """Draw the individuals unless they are there, and read them."""
        name = f"drawn-{self.drawing.kind}"
        folder = Path(self.path) if self.path else Path(self.root or ".", name)
        self.drawing.write(folder)
        return {name: read_own(folder, val=0.0, test=0.0)}
