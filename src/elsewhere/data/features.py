"""Feature maps on disk: what a frozen backbone makes of images, computed once."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float16, Float32
from torch import Tensor
from torch.utils.data import Dataset

from elsewhere.data.images.dataset import Sample, collate
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.errors import DataError, ElsewhereError
from elsewhere.files.locks import Say, hold
from elsewhere.files.writing import write_atomically
from elsewhere.structures import Batch

Boxes = Float32[np.ndarray, "rows 4"]
Maps = Float16[np.ndarray, "rows copies height width channels"]


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

    Channels come last there: a training that wants them so (`channels_last`) need not turn them
    round at every step. What decides the maps is in the folder's name, so that a folder never holds
    those of other weights, images or changes.
    """

    def __init__(self, folder: Path, shape: StoreShape) -> None:
        self.folder, self.shape = folder, shape
        self._file, self._state = folder / "maps.f16", folder / "maps.json"
        self._box_file = folder / "boxes.f32"
        self.done = self._read_state()
        if self.complete:
            self._open("c")  # torch takes no array that must not be written

    @contextmanager
    def writing(self, waiting: Say | None = None) -> Iterator[None]:
        """Write alone while the block runs, from where the last writer ended, which may be the end.

        `waiting` is told where another process writes, which is then waited for; else it is an
        error.
        """
        taken = f"{self.folder}: another process computes these features; waiting for its end"
        with hold(self.folder / ".lock", taken, waiting=waiting):
            self.done = self._read_state()
            if not self.done:
                self._state.unlink(missing_ok=True)  # which would call zeros features
                for file, size in self._sizes:
                    with file.open("wb") as opened:
                        opened.truncate(size)
            self._open("r+")
            yield

    @property
    def _sizes(self) -> tuple[tuple[Path, int], ...]:
        return (self._file, self.shape.bytes), (self._box_file, 16 * self.shape.rows)

    def _open(self, mode: Literal["c", "r+"]) -> None:
        rows, copies, channels, *extent = self.shape
        self._maps: Maps = np.memmap(
            self._file, np.float16, mode, shape=(rows, copies, *extent, channels)
        )
        self._boxes: Boxes = np.memmap(self._box_file, np.float32, mode, shape=(rows, 4))

    def _read_state(self) -> int:
        if not self._state.exists():
            return 0
        known = json.loads(self._state.read_text(encoding="utf-8"))
        if known["shape"] != list(self.shape):
            raise DataError(f"{self.folder}: holds maps of another shape; remove the folder")
        whole = all(file.exists() and file.stat().st_size == size for file, size in self._sizes)
        return int(known["done"]) if whole else 0

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be written."""
        return self.done == self.shape.rows

    def write(
        self,
        maps: Float[Tensor, "rows copies channels height width"],
        boxes: Float[Tensor, "rows 4"],
    ) -> None:
        """Write the next images' maps and the boxes of their first copies.

        Boxes are xyxy in pixels of the image, NaN where there is none.
        """
        half = maps.detach().cpu().to(torch.float16).movedim(2, -1).numpy()
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
        """One map, in float32; in memory its channels come last."""
        return torch.from_numpy(self._maps[row, copy]).float().movedim(-1, 0)  # numpy takes longer

    def read_box(self, row: int) -> Float[Tensor, "4"]:
        """The object's box in the first copy, in pixels of the image; NaN where there is none."""
        return torch.from_numpy(self._boxes[row].copy())


class FeatureDataset(Dataset[Sample]):
    """A table's images as features; a `Draw` chooses among the copies of an image by its seed.

    `size`, height and width in pixels, is that of the images that the features are of. `plain` has
    maps of the images as they are tested, with boxes in pixels there; `rows` says where each image
    of the table is in it. `changed` has maps of changed copies, in the order of the table.
    """

    def __init__(
        self,
        table: RecordTable,
        size: tuple[int, int],
        plain: FeatureStore,
        rows: Sequence[int],
        changed: FeatureStore | None = None,
    ) -> None:
        self.table, self.size = table, size
        self.plain, self.rows, self.changed = plain, rows, changed
        self._labels = table.labels
        self._copies = 1 + (changed.shape.copies if changed else 0)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, draw: Draw | int) -> Sample:
        row, seed = (draw.index, draw.seed) if isinstance(draw, Draw) else (draw, 0)
        copy = seed % self._copies
        if copy and self.changed is not None:
            maps = self.changed.read(row, copy - 1)
        else:
            maps = self.plain.read(self.rows[row], 0)
        return Sample(maps, self._labels[row], self.plain.read_box(self.rows[row]), row)


def collate_features(samples: Sequence[Sample]) -> Batch:
    """Put samples together in a batch, in their order, channels last in memory as they are read."""
    turned = [sample._replace(image=sample.image.movedim(0, -1)) for sample in samples]
    batch = collate(turned)
    return batch._replace(images=batch.images.movedim(-1, 1))
