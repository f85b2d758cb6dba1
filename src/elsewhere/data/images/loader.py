"""A loader that can begin in the middle of an epoch, and says how far training has come."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from elsewhere.data.sampling.batches import Draw, SeededBatchSampler, SequentialBatchSampler
from elsewhere.errors import CheckpointError, DataError

LoadedBatch = TypeVar("LoadedBatch")


class BatchLoader(Generic[LoadedBatch]):
    """Loads the batches that a batch sampler asks for, with or without worker processes.

    The Trainer stores `state_dict()` in a checkpoint and gives it back on resume. The state counts
    batches handed to training, not those that workers have loaded ahead, and the epoch they belong
    to, so it means the same for any number of workers and in every process.

    It is not a torch `DataLoader` on purpose: Lightning rebuilds those with samplers of its own
    when there are several processes, while our samplers already take their rank's share.

    The dataset is indexed by a `Draw`, whose seed decides everything random about loading.
    Lightning calls `set_epoch` of `sampler`, and knows it as `batch_sampler` too. `workers` are
    kept between epochs, 0 load in this process; `pin_memory` loads where a GPU can fetch from while
    it computes.
    """

    def __init__(
        self,
        dataset: Dataset,
        sampler: SeededBatchSampler | SequentialBatchSampler | Sequence[list[Draw]],
        *,
        collate: Callable[[list[Any]], LoadedBatch] | None = None,
        workers: int = 0,
        pin_memory: bool = False,
    ) -> None:
        self.dataset = dataset
        self.sampler = self.batch_sampler = sampler
        self._loader: DataLoader[list[Draw]] = DataLoader(
            dataset,
            batch_sampler=sampler,
            num_workers=workers,
            collate_fn=collate,
            pin_memory=pin_memory,
            persistent_workers=workers > 0,
            # Its own, or starting workers would draw from torch's global generator.
            generator=torch.Generator(),
        )
        self._resume_at = (0, 0)
        self._handed_over = 0

    def __len__(self) -> int:
        """Batches of a whole epoch, wherever the next iteration starts."""
        return len(self.sampler)

    def __iter__(self) -> Iterator[LoadedBatch]:
        """The batches of the sampler's epoch; from the restored one on in the restored epoch.

        Nothing starts before the first batch is asked for: Lightning makes the iterator before it
        tells the sampler which epoch it is.
        """
        return self._batches()

    def state_dict(self) -> dict[str, Any]:
        """Which epoch it is, how many of its batches have been handed over, and which those are."""
        return {"epoch": self._epoch, "batch": self._handed_over, "settings": self._settings}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Makes the next iteration of the stored epoch begin after its last used batch."""
        for name, stored in state["settings"].items():
            now = self._settings.get(name)
            if now != stored:
                raise CheckpointError(
                    f"The checkpoint was written within an epoch with {name} {stored}, now it is "
                    f"{now}; resume with {name} {stored}."
                )
        self._resume_at = (state["epoch"], state["batch"])
        self._handed_over = state["batch"]

    @property
    def _epoch(self) -> int:
        return self.sampler.epoch if isinstance(self.sampler, SeededBatchSampler) else 0

    @property
    def _settings(self) -> dict[str, int]:
        return self.sampler.settings() if isinstance(self.sampler, SeededBatchSampler) else {}

    def _batches(self) -> Iterator[LoadedBatch]:
        start = 0
        if isinstance(self.sampler, SeededBatchSampler):
            epoch, batches = self._resume_at
            if self.sampler.epoch == epoch:
                start = batches
            self.sampler.start_at(start)
        # The place to resume at holds once: the same epoch asked for again is a new one.
        self._resume_at = (0, 0)
        self._handed_over = start
        with _plain_errors():
            for batch in self._loader:
                self._handed_over += 1
                yield batch


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn an error that a worker process raised back into its message alone."""
    try:
        yield
    except DataError as error:
        # torch puts the worker's whole traceback before the message
        raise DataError(str(error).strip().rpartition("DataError: ")[2]) from error
