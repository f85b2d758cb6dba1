"""Feature maps on disk: what a frozen backbone makes of images, computed once."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float16, Float32
from torch import Tensor
from torch.utils.data import Dataset

from elsewhere.data.images.dataset import Sample
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.errors import DataError, ElsewhereError
from elsewhere.files.writing import write_atomically

Boxes = Float32[np.ndarray, "rows 4"]
Maps = Float16[np.ndarray, "rows copies channels height width"]


class StoreShape(NamedTuple):
    """What a store holds: images, copies of each, and the shape of a map."""

    rows: int
    copies: int
    channels: int
    height: int
    width: int

    @property
    def bytes(self) -> int:
        """Size on disk."""
        return 2 * self.rows * self.copies * self.channels * self.height * self.width


class FeatureStore:
    """Maps in float16, in one file that is read without loading it; writing goes on where it ended.

    Args:
        folder: where it lies; made when needed. What decides the maps is in its name, so that
            a folder never holds those of other weights, images or changes.
        shape: of what it holds.

    Raises:
        DataError: the folder holds maps of another shape.
    """

    def __init__(self, folder: Path, shape: StoreShape) -> None:
        self.folder, self.shape = folder, shape
        self._file, self._state = folder / "maps.f16", folder / "maps.json"
        self._box_file = folder / "boxes.f32"
        folder.mkdir(parents=True, exist_ok=True)
        self.done = self._read_state()
        for file, size in ((self._file, shape.bytes), (self._box_file, 16 * shape.rows)):
            if not file.exists() or file.stat().st_size != size:
                self.done = 0
                with file.open("wb") as opened:
                    opened.truncate(size)
        self._maps: Maps = np.memmap(self._file, np.float16, "r+", shape=tuple(shape))
        self._boxes: Boxes = np.memmap(self._box_file, np.float32, "r+", shape=(shape.rows, 4))

    def _read_state(self) -> int:
        if not self._state.exists():
            return 0
        known = json.loads(self._state.read_text(encoding="utf-8"))
        if known["shape"] != list(self.shape):
            raise DataError(f"{self.folder}: holds maps of another shape; remove the folder")
        return int(known["done"])

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be written."""
        return self.done == self.shape.rows

    def write(
        self,
        maps: Float[Tensor, "rows copies channels height width"],
        boxes: Float[Tensor, "rows 4"],
    ) -> None:
        """Write the maps of the next images, and the objects' boxes in the first copies.

        Args:
            maps: of every copy.
            boxes: xyxy in cells of the map; NaN where there is none.

        Raises:
            ElsewhereError: a value is beyond what float16 can hold.
        """
        half = maps.detach().cpu().to(torch.float16).numpy()
        if not np.isfinite(half).all():
            raise ElsewhereError(
                f"features of image {self.done} and the following ones are not finite in float16: "
                "this backbone cannot be frozen"
            )
        self._maps[self.done : self.done + len(half)] = half
        self._boxes[self.done : self.done + len(half)] = boxes.numpy()
        self._maps.flush()  # type: ignore[attr-defined]
        self._boxes.flush()  # type: ignore[attr-defined]
        self.done += len(half)
        state = json.dumps({"shape": list(self.shape), "done": self.done})
        write_atomically(self._state, state)

    def read(self, row: int, copy: int) -> Float[Tensor, "channels height width"]:
        """One map, in float32."""
        return torch.from_numpy(self._maps[row, copy]).float()  # numpy takes nine times as long

    def read_box(self, row: int) -> Float[Tensor, "4"]:
        """The object's box in the first copy, in cells of the map; NaN where there is none."""
        return torch.from_numpy(self._boxes[row].copy())


class FeatureDataset(Dataset[Sample]):
    """A table's images as features; a `Draw` chooses among the copies of an image by its seed.

    Args:
        table: the images, in the order of the store.
        store: their maps.
    """

    def __init__(self, table: RecordTable, store: FeatureStore) -> None:
        self.table, self.store = table, store
        self._labels = table.labels

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, draw: Draw | int) -> Sample:
        row, seed = (draw.index, draw.seed) if isinstance(draw, Draw) else (draw, 0)
        maps = self.store.read(row, seed % self.store.shape.copies)
        return Sample(maps, self._labels[row], self.store.read_box(row), row)
