"""What the layouts of drawn classes share: how many pictures each class has, and their order."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.synthetic.folder import write_once
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.errors import DataError


@dataclass(frozen=True)
class ClassSettings:
    """Everything that decides which pictures of classes there are.

    Attributes:
        classes: how many.
        train: training pictures for each.
        test: test pictures for each.
        size: of a picture, in pixels.
        seed: of everything random.
    """

    classes: int
    train: int
    test: int
    size: int
    seed: int

    def check(self, what: str) -> None:
        """Say what is wrong before anything is drawn.

        Args:
            what: is drawn, for messages.

        Raises:
            DataError: a number is out of its range.
        """
        if self.train < 1 or self.test < 1:
            raise DataError(
                f"drawn {what}: {self.train} training and {self.test} test pictures for each class "
                "are too few; use 1 or more"
            )
        if self.seed < 0:
            raise DataError(f"drawn {what}: seed {self.seed} is negative; use 0 or more")


class Picture(NamedTuple):
    """A picture that is going to be drawn.

    Attributes:
        kind: its class, counted from 0.
        split: "train" or "test".
        number: which one of the class in the split, counted from 0.
    """

    kind: int
    split: str
    number: int


def pictures_of(kind: int, settings: ClassSettings) -> Iterator[Picture]:
    """The pictures of a class; as in the published sets, training and test are mixed."""
    parts = {"train": settings.train, "test": settings.test}
    all_of_them = [
        Picture(kind, split, number) for split, count in parts.items() for number in range(count)
    ]
    order = shuffled(generator_of("drawn mixing", settings.seed, kind), len(all_of_them))
    for place in order:
        yield all_of_them[place]


def write_classes(
    folder: Path,
    layout: str,
    generator: str,
    settings: ClassSettings,
    fill: Callable[[Path], None],
    **more: float,
) -> None:
    """Fill a folder once; what is drawn is called as the layout.

    Raises:
        DataError: a setting is out of its range, the folder holds anything else, or cannot be
            written.
    """
    settings.check(layout)
    description = {"generator": generator, "layout": layout, **asdict(settings), **more}
    write_once(folder, layout, description, fill)
