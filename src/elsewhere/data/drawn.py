"""Drawn birds as a data set: drawn on first use, then read like any other."""

from pathlib import Path
from typing import Any

from elsewhere.data.datamodule import ImageData
from elsewhere.data.lists import read_list
from elsewhere.data.records import RecordTable
from elsewhere.data.synthetic import write_birds


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
        self.settings: dict[str, Any] = {
            "species": species, "size": pixels, "train": train, "val": val, "test": test,
            "bias": bias, "seed": drawing_seed,
        }  # fmt: skip

    def read(self) -> RecordTable:
        """Draw the birds unless they are there, and read them."""
        folder = (
            Path(self.path) if isinstance(self.path, str) else Path(self.root or ".", "drawn-birds")
        )
        write_birds(folder, **self.settings)
        return read_list(folder / "labels.csv")
