"""What every kind of data does alike: a table read once, images loaded for this process."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from lightning.pytorch import LightningDataModule

from elsewhere.data.features import FeatureDataset, collate_features
from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.images.transforms import Transform, evaluation_transform
from elsewhere.data.records import RecordTable, digest_of
from elsewhere.data.sampling.batches import SeededBatchSampler, SequentialBatchSampler
from elsewhere.data.sets.remarks import table_remarks
from elsewhere.errors import ConfigError, DataError
from elsewhere.structures import Batch, Preprocessing

MOST_WORKERS, LONGEST = 512, 8192
"""Loading processes that no machine wants more of, and the longest side of an input."""


class TableData(LightningDataModule, ABC):
    """Images with labels, from a table of records to batches; the base of every data module.

    A kind of data says how its table is read, what its classes are, and which loaders it has.

    Attributes:
        preprocessing: how a image becomes a network's input at test.
        validate_on: split that the best checkpoint is chosen by; None where the last is taken.
        told_apart: what a label is called, several and one.
        individuals: labels are individuals, and not classes.
        refuse: whether reading raises what speaks against training; else its problems say it.

    Args:
        size: height and width of what the network sees, in pixels.
        batch_size: images a step and process.
        test_batch_size: images at once in validation and test.
        root: the folder that holds data sets; relative paths are looked for there.
        resize: height and width that images are resized to before the crop; `size` if not given.
        mean: of the colours that the backbone was trained with.
        std: of the same.
        workers: loading processes.
        seed: of splits, order and augmentation.

    Raises:
        ConfigError: for workers, sizes or colours that no loading can have.
    """

    validate_on: str | None
    told_apart = ("classes", "class")
    refuse = True
    individuals = False

    def __init__(
        self,
        size: int | tuple[int, int],
        batch_size: int,
        test_batch_size: int,
        root: str | None = None,
        resize: int | tuple[int, int] | None = None,
        mean: tuple[float, float, float] = (0.485, 0.456, 0.406),
        std: tuple[float, float, float] = (0.229, 0.224, 0.225),
        workers: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not 0 <= workers <= MOST_WORKERS:
            raise ConfigError(f"workers must be 0 to {MOST_WORKERS}, got {workers}")
        crop = _pair(size)
        _require_sizes(size=crop, resize=_pair(resize or crop))
        for name, numbers in (("mean", mean), ("std", std)):
            if numbers is None or len(numbers) != 3 or not all(map(math.isfinite, numbers)):
                raise ConfigError(f"{name} must be three numbers, one a colour, got {numbers}")
        self.root = root
        self.preprocessing = Preprocessing(_pair(resize or crop), crop, mean, std)
        self.batch_size = batch_size
        self.test_batch_size = test_batch_size
        self.workers = workers
        self.seed = seed
        self._table: RecordTable | None = None
        self._features_of: Callable[[ImageDataset], FeatureDataset] | None = None

    @abstractmethod
    def read(self) -> RecordTable:
        """Read the table of records."""

    @abstractmethod
    def check(self) -> None:
        """Refuse a table that nothing can be learned from."""

    def require_validation(self, there: bool) -> None:
        """Refuse to choose the best checkpoint by images that are not there.

        Raises:
            DataError: saying what to set.
        """
        if self.validate_on is not None and not there:
            raise DataError(
                f"no images in split {self.validate_on!r} to choose the best checkpoint by: set "
                "data.val above 0, or data.validate_on to test or null"
            )

    @property
    def table(self) -> RecordTable:
        """All images, read once."""
        if self._table is None:
            self._table = self.read()
        return self._table

    def order_classes(self, names: Sequence[str]) -> None:
        """Number the classes as they stand in `names`, which holds each of them once."""
        self._table = replace(self.table, class_names=tuple(names))

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes; a label is a position here."""
        return self.table.class_names

    @property
    def parts(self) -> Mapping[str, RecordTable]:
        """What a run uses, by name: training, validation, tests."""
        return {split: self.table.split(split) for split in self.table.splits}

    @cached_property
    def tested_digest(self) -> str:
        """A digest of the images that are tested on, and of what is said of each."""
        return digest_of({name: part for name, part in self.parts.items() if name != "train"})

    @property
    def protocols(self) -> Mapping[str, str]:
        """Name of the protocol of every test set; a classifier has none."""
        return {}

    @property
    def own_tables(self) -> Sequence[RecordTable]:
        """What is one's own of the data, and so worth a look before training."""
        return (self.table,)

    @property
    def own_remarks(self) -> list[str]:
        """What `check-data` would say of these without opening an image."""
        tables = self.own_tables
        return [line for t in tables for line in table_remarks(t, individuals=self.individuals)]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What deserves a look but stops nothing, a line each."""
        return ()

    def dataset_of(self, table: RecordTable, transform: Transform | None = None) -> ImageDataset:
        """Return a table's images as they are tested, or under another transform."""
        transform = transform or evaluation_transform(self.preprocessing)
        return ImageDataset(table, transform, self.preprocessing.resize)

    def loader(
        self, dataset: ImageDataset, sampler: SeededBatchSampler | SequentialBatchSampler
    ) -> BatchLoader[Batch]:
        """Load the batches that a sampler asks for; of features where these are given."""
        on_gpu = self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"
        if self._features_of is not None:
            known = self._features_of(dataset)
            return BatchLoader(known, sampler, collate=collate_features, pin_memory=on_gpu)
        return BatchLoader(
            dataset, sampler, collate=collate, workers=self.workers, pin_memory=on_gpu
        )

    @contextmanager
    def giving(self, features_of: Callable[[ImageDataset], FeatureDataset]) -> Iterator[None]:
        """Load features for images within this context, whatever is asked for."""
        self._features_of = features_of
        try:
            yield
        finally:
            self._features_of = None

    def loader_of(self, table: RecordTable) -> BatchLoader[Batch]:
        """Load every image of a table as it is tested, in order; labels number its own classes."""
        return self.loader_in_order(self.dataset_of(table))

    def loader_in_order(self, dataset: ImageDataset) -> BatchLoader[Batch]:
        """Load every image in order; each process takes its share."""
        rank, world_size = self.process
        sampler = SequentialBatchSampler(
            len(dataset), self.test_batch_size, self.seed, rank=rank, world_size=world_size
        )
        return self.loader(dataset, sampler)

    @property
    def process(self) -> tuple[int, int]:
        """This process's rank, from 0, and how many there are."""
        if self.trainer is None:
            return 0, 1
        return self.trainer.global_rank, self.trainer.world_size


def _require_sizes(**sizes: tuple[int, int]) -> None:
    for name, sides in sizes.items():
        if not all(0 < side <= LONGEST for side in sides):
            raise ConfigError(f"{name} must be 1 to {LONGEST} pixels, got {sides[0]} x {sides[1]}")


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    height, width = size
    return height, width
