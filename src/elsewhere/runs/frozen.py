"""Training on a frozen backbone: its features are computed once, attention and head are trained.

A network in training asks its backbone for the same features again and again. Where the backbone
is not to change, it is asked once for each image and each of a few changed copies.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor, nn

from elsewhere.data.features import FeatureDataset, FeatureStore, StoreShape
from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.data.table_data import TableData
from elsewhere.errors import ConfigError, ElsewhereError
from elsewhere.models.backbone import output_size
from elsewhere.models.views import TestViews
from elsewhere.structures import Batch
from elsewhere.tasks import Classification
from elsewhere.tasks.training import CounterfactualTraining
from elsewhere.terminal import notes

_TRAINED_AT_ONCE = 16
_EVERY = 10.0
"""Seconds between two lines of progress."""


class Frozen(NamedTuple):
    """How a backbone is frozen.

    Attributes:
        copies: feature maps kept of each training image: one as it is tested, the others changed
            as in training (mirror, crop, colours), by the run's seed.
        views: crop and drop the feature maps as training crops and drops images. A crop of a map
            shows nothing finer than the map: what attention-guided crops of images are for is
            lost. Without them a test looks at whole images alone.
    """

    copies: int = 2
    views: bool = False


class FrozenData(LightningDataModule):
    """The batches of a data module, with features in place of images.

    Args:
        data: what the batches are of.
        train: features of its training images.
        val: features of what chooses the best checkpoint; None where nothing does.
        features_of: computes, or finds, the features of other images as they are tested.
    """

    def __init__(
        self,
        data: TableData,
        train: FeatureDataset,
        val: FeatureDataset | None,
        features_of: Callable[[RecordTable], FeatureDataset],
    ) -> None:
        super().__init__()
        self.data, self.train, self.val = data, train, val
        self._features_of = features_of

    def loader_of(self, table: RecordTable) -> BatchLoader[Batch]:
        """Load the features of any images in order."""
        sampler = self.data.loader_of(table).sampler
        return BatchLoader(self._features_of(table), sampler, collate=collate)

    @property
    def validation_set(self) -> Any:
        """What the best checkpoint is chosen by."""
        return self.data.validation_set  # type: ignore[attr-defined]

    def train_dataloader(self) -> BatchLoader[Batch]:
        """Load the batches of training."""
        return BatchLoader(self.train, self.data.train_dataloader().sampler, collate=collate)

    def val_dataloader(self) -> BatchLoader[Batch] | list[BatchLoader[Batch]]:
        """Load what the best checkpoint is chosen by."""
        if self.val is None:
            return []
        loader = self.data.val_dataloader()
        return BatchLoader(self.val, loader.sampler, collate=collate)


def freeze(task: CounterfactualTraining, how: Frozen) -> None:
    """Take a task's backbone out of training, and views that go with a trained one.

    Raises:
        ConfigError: no copies.
    """
    if how.copies < 1:
        raise ConfigError(f"frozen.copies is {how.copies}: 1 or more, please")
    task.network.backbone.requires_grad_(False)
    if isinstance(task, Classification) and not how.views:
        task.augmentation = None
        task.views = TestViews(crops=(), mirror=False)


@contextmanager
def trained_on(
    task: CounterfactualTraining, data: TableData, how: Frozen | None, runs: Path, seed: int
) -> Iterator[TableData | FrozenData]:
    """What a task is trained on within this context: images, or features of a frozen backbone.

    Args:
        task: as `freeze` leaves it where it is frozen.
        data: the images.
        how: see `Frozen`; None trains on images.
        runs: features lie in `runs/features/FINGERPRINT`.
        seed: of the changed copies.

    Raises:
        ElsewhereError: the disk cannot take the features.
    """
    if how is None:
        yield data
        return
    changed: Any = data.train_dataloader().dataset
    plain = data.dataset_of(changed.table)
    backbone = task.network.backbone.eval()
    features = _Features(backbone, plain, runs / "features", seed)
    train = features.of([plain, *[changed] * (how.copies - 1)])
    loader: Any = data.val_dataloader()
    val = None if isinstance(loader, list) else features.of([loader.dataset])
    with task.network.fed_by_features():
        yield FrozenData(data, train, val, lambda table: features.of([data.dataset_of(table)]))


class _Features:
    """Features of one backbone, whose weights and maps are looked at once for all tables."""

    def __init__(self, backbone: nn.Module, example: ImageDataset, folder: Path, seed: int) -> None:
        self.backbone, self.folder, self.seed = backbone, folder, seed
        height, width = example[0].image.shape[-2:]
        channels: Any = backbone.channels
        self.shape = (channels, *output_size(backbone, (height, width)))
        self.weights = _digest_of(backbone)

    def of(self, datasets: list[ImageDataset]) -> FeatureDataset:
        """Those of a table's images, by the first dataset, and changed copies by the others."""
        name = _fingerprint(self.weights, datasets, self.seed)
        shape = StoreShape(len(datasets[0]), len(datasets), *self.shape)
        store = FeatureStore(self.folder / name, shape)
        if not store.complete:
            _compute(self.backbone, datasets, store, self.seed)
        return FeatureDataset(datasets[0].table, store)


@torch.inference_mode()
def _compute(
    backbone: nn.Module, datasets: list[ImageDataset], store: FeatureStore, seed: int
) -> None:
    console = notes()
    _refuse_full_disk(store)
    began = said = time.monotonic()
    before = store.done
    copies, rows = store.shape.copies, store.shape.rows
    console.print(
        f"features: {rows:,} images × {copies}, {store.shape.bytes / 1e6:,.0f} MB in {store.folder}"
    )
    while not store.complete:
        block = range(store.done, min(store.done + _TRAINED_AT_ONCE, rows))
        batches = [_batch(dataset, block, copy, seed) for copy, dataset in enumerate(datasets)]
        maps = torch.stack([backbone(batch.images) for batch in batches], dim=1)
        store.write(maps, _in_cells(batches[0], maps))
        now = time.monotonic()
        if now - said > _EVERY or before == store.done - len(block):
            left = (now - began) / (store.done - before) * (rows - store.done)
            console.print(f"features: {store.done:,} of {rows:,}, about {left:,.0f} s left")
            said = now


def _batch(dataset: ImageDataset, block: range, copy: int, seed: int) -> Batch:
    draws = [Draw(row, mix_seed("copy", seed, copy, row)) for row in block]
    return collate([dataset[draw] for draw in draws])


def _in_cells(batch: Batch, maps: Tensor) -> Tensor:
    """Boxes in cells of the feature maps in place of pixels."""
    (height, width), (rows, columns) = batch.images.shape[-2:], maps.shape[-2:]
    across, down = columns / width, rows / height
    return batch.boxes * torch.tensor([across, down, across, down])


def _refuse_full_disk(store: FeatureStore) -> None:
    free = shutil.disk_usage(store.folder).free
    if free < store.shape.bytes:
        raise ElsewhereError(
            f"{store.folder}: the features need {store.shape.bytes / 1e9:,.1f} GB, "
            f"{free / 1e9:,.1f} GB are free; lower frozen.copies or data.size, or name another "
            "disk with --runs"
        )


def _digest_of(backbone: nn.Module) -> bytes:
    """A digest of its weights and its kind."""
    digest = hashlib.sha256(str(getattr(backbone, "settings", type(backbone).__name__)).encode())
    for key, value in backbone.state_dict().items():
        digest.update(key.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.digest()


def _fingerprint(weights: bytes, datasets: list[ImageDataset], seed: int) -> str:
    """What decides the features: weights, images by name, size and time, changes, and the seed."""
    digest = hashlib.sha256(weights)
    table = datasets[0].table
    for record in table.records:
        found = (table.root / record.path).stat()
        digest.update(f"{record.path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    changes = [_described(dataset.transform) for dataset in datasets]
    boxes = [record.box for record in table.records]
    digest.update(json.dumps([changes, boxes, seed if len(datasets) > 1 else 0]).encode())
    return digest.hexdigest()[:16]


def _described(transform: object) -> str:
    """A transform with all its settings; torchvision's show theirs."""
    if isinstance(transform, nn.Module | torch.Tensor) or not hasattr(transform, "__dict__"):
        return repr(transform)
    parts = {name: _described(part) for name, part in vars(transform).items()}
    return f"{type(transform).__name__}{parts}"


def probe(train: FeatureDataset, val: FeatureDataset, test: FeatureDataset) -> float:
    """Top-1 accuracy of a linear probe: ridge regression of classes on mean features.

    What the untrained backbone is worth. Its penalty is chosen on the validation images.
    """
    (x, y), *others = (_mean_features(each) for each in (train, val, test))
    mean, scale = x.mean(dim=0), x.std(dim=0) + 1e-6
    inputs, targets = (x - mean) / scale, torch.nn.functional.one_hot(y).double()
    even, shares = torch.eye(inputs.shape[1], dtype=inputs.dtype), targets.mean(dim=0)
    moments, aims = inputs.T @ inputs, inputs.T @ (targets - shares)
    measured = []
    for penalty in (1.0, 10.0, 100.0, 1e3, 1e4):
        weights = torch.linalg.solve(moments + penalty * even, aims)
        hits = [((v - mean) / scale @ weights + shares).argmax(1) == k for v, k in others]
        measured.append([float(each.double().mean()) for each in hits])
    return max(measured, key=lambda scores: scores[0])[1]


def _mean_features(data: FeatureDataset) -> tuple[Tensor, Tensor]:
    """Features averaged over positions, of every image as it is tested; and the classes."""
    rows = [data.store.read(row, 0).mean(dim=(1, 2)) for row in range(len(data))]
    return torch.stack(rows).double(), torch.tensor(data.table.labels)
