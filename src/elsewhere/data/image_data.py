"""From a data set on disk to the batches of training, validation and test."""

from collections.abc import Sequence
from typing import Any

from elsewhere.data.images.dataset import ImageDataset
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.images.transforms import TrainTransform, Transform
from elsewhere.data.records import RecordTable, require_training_images
from elsewhere.data.sampling.batches import SeededBatchSampler, balancing_weights
from elsewhere.data.sets.classes.reading import FoundSet, find_category_set, read_images
from elsewhere.data.sets.published import count_remarks
from elsewhere.data.sets.splitting import AUTO, split_remarks
from elsewhere.data.table_data import TableData
from elsewhere.errors import ConfigError
from elsewhere.structures import Batch


class ImageData(TableData):
    """A published set, or one's own: a folder per class, or a list `path,label[,split,…]`.

    Published sets are called cub, cars, aircraft, dogs, nabirds, flowers, inat2017, inat2018,
    inat2019, inat2021 and inat2021-mini.

    Args:
        path: the name of a published set; the folder or list; or one list for each split.
        images: folder that the paths of a list are relative to; by default the list's own.
        size: height and width of what the network sees, in pixels.
        batch_size: images a step and process.
        test_batch_size: images at once in validation and test.
        val: share of the training images drawn for validation where the data name none.
        test: share drawn for the test where the data name no splits at all.
        validate_on: split by which the best checkpoint is chosen: `val`; `test` is the
            literature's habit, and every result says so; or nothing, and the last one is tested.
        group: what a drawn split keeps on one side: `auto`, that is a list's column `group`, or
            else what belongs together by looks, time and folder; another column of the list; or
            `none`, and every image is drawn by itself.
        balanced: draw every class equally often in training.
        flip: probability of mirroring a training image.
        brightness: largest relative change of brightness in training.
        saturation: largest relative change of saturation in training.
        loading: root, resize, mean, std, workers and seed, as in `TableData`.

    Raises:
        ConfigError: for a negative number of workers.
    """

    def __init__(
        self,
        path: str | dict[str, str] | None = None,
        images: str | None = None,
        size: int | tuple[int, int] = 448,
        batch_size: int = 16,
        test_batch_size: int = 16,
        val: float = 0.1,
        test: float = 0.2,
        validate_on: str | None = "val",
        group: str = AUTO,
        balanced: bool = False,
        flip: float = 0.5,
        brightness: float = 0.126,
        saturation: float = 0.5,
        **loading: Any,
    ) -> None:
        super().__init__(size, batch_size, test_batch_size, **loading)
        self.path = path
        self.images = images
        self.val = val
        self.test = test
        self.validate_on = validate_on
        self.group = group
        self.balanced = balanced
        self.flip = flip
        self.brightness = brightness
        self.saturation = saturation

    def read(self) -> RecordTable:
        """Read the table of records; a data set of its own overrides this."""
        if self.path is None:
            raise ConfigError(
                "no images named: give --data.path a folder with one folder per class, or a list"
            )
        shares = (self.val, self.test, self.seed)
        return read_images(
            self.path, self.images, *shares, self.root, self.group, refuse=self.refuse
        )

    @property
    def published(self) -> FoundSet | None:
        """The published set that `path` means; None for one's own images."""
        return find_category_set(self.path, self.root) if isinstance(self.path, str) else None

    @property
    def own_tables(self) -> Sequence[RecordTable]:
        """The table, where it is not a published set's."""
        return () if self.published else (self.table,)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How a published set differs from what is published of it; how splits were drawn."""
        published = self.published
        if published:
            return count_remarks(published.name, self.table)
        return split_remarks(self.table)

    @property
    def test_splits(self) -> tuple[str, ...]:
        """The splits that are tests: `test` and every `test-NAME`."""
        return tuple(split for split in self.table.splits if split.startswith("test"))

    def check(self) -> None:
        """Refuse a table that nothing can be learned from.

        Raises:
            DataError: naming the classes and what to do.
        """
        require_training_images(self.table)
        self.require_validation(self.validate_on in self.table.splits)

    def dataset(self, split: str, transform: Transform | None = None) -> ImageDataset:
        """Return one split as it is tested, or under another transform."""
        return self.dataset_of(self.table.split(split), transform)

    def train_dataloader(self) -> BatchLoader[Batch]:
        """Load shuffled, augmented batches; batch k of epoch e depends on the seed alone."""
        changes = TrainTransform(self.preprocessing, self.flip, self.brightness, self.saturation)
        dataset = self.dataset("train", changes)
        rank, world_size = self.process
        sampler = SeededBatchSampler(
            len(dataset),
            self.batch_size,
            self.seed,
            rank=rank,
            world_size=world_size,
            weights=balancing_weights(dataset.table.labels) if self.balanced else None,
        )
        return self.loader(dataset, sampler)

    def val_dataloader(self) -> BatchLoader[Batch] | list[BatchLoader[Batch]]:
        """Load the split that the best checkpoint is chosen by; nothing where nothing chooses."""
        return [] if self.validate_on is None else self.evaluation_loader(self.validate_on)

    def test_dataloader(self) -> list[BatchLoader[Batch]]:
        """Load every test split."""
        return [self.evaluation_loader(split) for split in self.test_splits]

    def evaluation_loader(self, split: str) -> BatchLoader[Batch]:
        """Load one split in order, every image of it."""
        return self.loader_in_order(self.dataset(split))
