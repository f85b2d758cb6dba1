"""Which images make up batch k of epoch e: a function of (seed, e, k), so training can start there.

Nothing here reads or moves a global random state. Every rank works out the same order of the whole
epoch and takes its share, so no process has to be told anything.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import DataError


class Draw(NamedTuple):
    """What a batch sampler asks a dataset for: a row of its table of records, and a seed.

    The seed, 0 to 2**63 - 1, decides everything random about loading the image.
    """

    index: int  # type: ignore[assignment]  # shadows tuple.index on purpose
    seed: int


def step_seed(seed: int, step: int, rank: int) -> int:
    """The seed, 0 to 2**63 - 1, of everything random in one training step of one process.

    `step` counts training batches before this one since training began, over all epochs.
    """
    return mix_seed("step", seed, step, rank)


class SeededBatchSampler(Sampler[list[Draw]]):
    """Shuffled batches for training; batch k of epoch e depends on (seed, e, k) alone.

    Global batch k is the union of the ranks' batches k: with `world_size` processes it holds
    `batch_size * world_size` images, of which rank r takes the r-th run of `batch_size`.

    The last batch may be smaller: it is made as long as all ranks need to have equally large ones,
    by repeating images from the start of the epoch's order (fewer than `world_size` of them). One
    of one image per rank is dropped: shuffled attention needs a partner.

    `weights`, one per image and not negative, draw images with replacement in proportion to them
    (see `balancing_weights`); None takes each image once. `epoch` is the one whose batches come
    next, `start` the first of them.
    """

    def __init__(
        self,
        size: int,
        batch_size: int,
        seed: int,
        *,
        rank: int = 0,
        world_size: int = 1,
        weights: Sequence[float] | None = None,
    ) -> None:
        if batch_size < 2:
            raise DataError(f"Training needs a batch size of at least 2, got {batch_size}.")
        if size < batch_size * world_size:
            raise DataError(
                f"The training split has {size} images, fewer than one batch of "
                f"{batch_size * world_size}; choose a smaller batch size."
            )
        self.size, self.batch_size, self.seed = size, batch_size, seed
        self.rank, self.world_size = rank, world_size
        self._weights = None if weights is None else torch.tensor(weights, dtype=torch.float64)
        self.epoch = 0
        self.start = 0

    def set_epoch(self, epoch: int) -> None:
        """Turns to another epoch, whose batches come from its first on."""
        self.epoch = epoch
        self.start = 0

    def start_at(self, batch: int) -> None:
        """Makes the next iterations begin at this batch of the epoch, until `set_epoch`."""
        self.start = batch

    def settings(self) -> dict[str, int]:
        """What decides the batches besides the epoch; the same for every process."""
        return {
            "images": self.size,
            "batch size": self.batch_size,
            "processes": self.world_size,
            "seed": self.seed,
        }

    def __len__(self) -> int:
        """Batches of a whole epoch for this process, wherever the next iteration starts."""
        full, tail = divmod(self.size, self.batch_size * self.world_size)
        share = -(-tail // self.world_size)
        return full + (share > 1)

    def __iter__(self) -> Iterator[list[Draw]]:
        """The batches of `epoch` from `start` on; later calls do not disturb this iterator."""
        return self._batches(self.epoch, self.start)

    def order(self, epoch: int) -> list[int]:
        """The images of an epoch over all ranks, in order."""
        generator = torch.Generator().manual_seed(mix_seed("order", self.seed, epoch))
        if self._weights is None:
            drawn = torch.randperm(self.size, generator=generator)
        else:
            drawn = torch.multinomial(
                self._weights, self.size, replacement=True, generator=generator
            )
        return [int(index) for index in drawn.tolist()]

    def _batches(self, epoch: int, start: int) -> Iterator[list[Draw]]:
        order = self.order(epoch)
        whole = self.batch_size * self.world_size
        for batch in range(start, len(self)):
            first = batch * whole
            share = min(self.batch_size, -(-(self.size - first) // self.world_size))
            first += self.rank * share
            yield [
                Draw(order[at % self.size], mix_seed("draw", self.seed, epoch, at))
                for at in range(first, first + share)
            ]


class SequentialBatchSampler(Sampler[list[Draw]]):
    """Every image in plain order, for validation and test; the seeds of its draws never change.

    Rank r takes the r-th of `world_size` equal runs of the images, in batches of its own
    `batch_size`. Where their number does not divide, the ranks' shares are made equal by repeating
    the first images at the end, so every process runs equally many batches; whoever gathers results
    counts an image once by its index.
    """

    def __init__(
        self, size: int, batch_size: int, seed: int = 0, *, rank: int = 0, world_size: int = 1
    ) -> None:
        if batch_size < 1:
            raise DataError(f"The batch size must be at least 1, got {batch_size}.")
        if size < 1:
            raise DataError("There are no images to evaluate; check the split's name.")
        self.size, self.batch_size, self.seed = size, batch_size, seed
        self.rank, self.world_size = rank, world_size

    def __len__(self) -> int:
        """Batches of this process, the same for every rank."""
        return -(-self._share // self.batch_size)

    def __iter__(self) -> Iterator[list[Draw]]:
        """The batches of this process from the first on."""
        begin, end = self.rank * self._share, (self.rank + 1) * self._share
        for first in range(begin, end, self.batch_size):
            places = range(first, min(first + self.batch_size, end))
            rows = (place % self.size for place in places)
            yield [Draw(row, mix_seed("evaluation", self.seed, row)) for row in rows]

    @property
    def _share(self) -> int:
        return -(-self.size // self.world_size)


def balancing_weights(labels: Sequence[int]) -> list[float]:
    """Weights under which every class is drawn equally often, for `SeededBatchSampler`."""
    counts = Counter(labels)
    return [1.0 / counts[label] for label in labels]
