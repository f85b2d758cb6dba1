"""Features of a frozen backbone in place of images: known already, or computed once and kept."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any

import torch
from torch import nn

from elsewhere.data.features import FeatureDataset, FeatureStore, StoreShape
from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import ElsewhereError
from elsewhere.models.backbone import output_size
from elsewhere.runs.building import BuiltRun
from elsewhere.structures import Batch
from elsewhere.terminal import notes

_AT_ONCE = 16
"""Images that the backbone is asked about at a time."""
_EVERY = 10.0
"""Seconds between two lines of progress."""
_LAYOUT = "rows, copies, height, width, channels"
"""Of what lies on disk; another one is another store."""


@contextmanager
def known_features(run: BuiltRun, seed: int | None = None) -> Iterator[None]:
    """Put features for images within this context, where the run's backbone is frozen.

    The data load them and the network takes them, so that nothing between the two differs. What
    is not known is computed by the run's device, and lies in `RUNS/features/FINGERPRINT` from then
    on; another process that computes the same is waited for.

    Args:
        run: what is trained or tested.
        seed: of the changed copies of training images; the run's own if not given.

    Raises:
        ElsewhereError: the disk cannot take the features.
    """
    if run.frozen is None:
        yield
        return
    known = _Features(run, run.seed if seed is None else seed)
    with run.data.giving(known.of), run.task.network.fed_by_features():
        yield


def tested_features(run: BuiltRun) -> AbstractContextManager[None]:
    """The same for a test, unless it looks at crops or mirrors, which are made of images."""
    return known_features(run) if run.task.tests_whole_images else nullcontext()


def compute_features(run: BuiltRun) -> None:
    """Compute all features that training needs and that are not known."""
    with known_features(run):
        run.data.train_dataloader()
        run.data.val_dataloader()


class _Features:
    """Features of one backbone, whose weights are looked at once for all tables."""

    def __init__(self, run: BuiltRun, seed: int) -> None:
        assert run.frozen is not None
        self.data, self.seed, self.copies = run.data, seed, run.frozen.copies
        self.backbone, self.device = run.task.network.backbone, run.trainer.strategy.root_device
        self.folder = run.folder.parent.parent / "features"
        self.weights = _digest_of(self.backbone)

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Of one image's features."""
        channels: Any = self.backbone.channels
        return (channels, *output_size(self.backbone, self.data.preprocessing.crop))

    @cached_property
    def parts(self) -> list[RecordTable]:
        """What the run looks at; further tables are some of their images."""
        return list(self.data.parts.values())

    def of(self, images: ImageDataset) -> FeatureDataset:
        """Features of images as they are tested and, where these are changed, of changed copies."""
        plain, size = self.data.dataset_of(images.table), self.data.preprocessing.crop
        known = FeatureDataset(images.table, size, *self._tested(plain))
        changes = _described(images.transform) != _described(plain.transform)
        if not changes or self.copies == 1:
            return known
        changed = self._computed(images, range(1, self.copies))
        return FeatureDataset(images.table, size, known.plain, known.rows, changed)

    def _tested(self, plain: ImageDataset) -> tuple[FeatureStore, Sequence[int]]:
        """Where the features of images as they are tested lie: within those of a part, if known."""
        for part in self.parts:
            rows = _rows_within(part, plain.table)
            if rows is not None:
                store = self._found(self.data.dataset_of(part), range(1))
                if store.complete:
                    return store, rows
        return self._computed(plain, range(1)), range(len(plain))

    def _found(self, images: ImageDataset, copies: range) -> FeatureStore:
        name = _fingerprint(self.weights, images, copies, self.seed)
        return FeatureStore(self.folder / name, StoreShape(len(images), len(copies), *self.shape))

    def _computed(self, images: ImageDataset, copies: range) -> FeatureStore:
        store = self._found(images, copies)
        if not store.complete:
            _refuse_full_disk(store)
            with store.writing(waiting=notes().print):
                if not store.complete:  # by another process, meanwhile
                    self._compute(images, store, copies)
        return store

    @torch.inference_mode()
    def _compute(self, images: ImageDataset, store: FeatureStore, copies: range) -> None:
        blocks = _blocks(store, copies)
        draws = [
            [Draw(row, mix_seed("copy", self.seed, copy, row)) for copy in copies for row in block]
            for block in blocks
        ]
        batches: BatchLoader[Batch] = BatchLoader(
            images, draws, collate=collate, workers=self.data.workers
        )
        with _evaluating(self.backbone, self.device):
            for block, batch in zip(_told(blocks, store), batches, strict=True):
                maps = self.backbone(batch.images.to(self.device))
                each = maps.unflatten(0, (len(copies), len(block))).transpose(0, 1)
                store.write(each, batch.boxes[: len(block)])


def _blocks(store: FeatureStore, copies: range) -> list[range]:
    """The rows that are left, so many at a time as the backbone is asked about."""
    rows, step = store.shape.rows, max(_AT_ONCE // len(copies), 1)
    return [range(first, min(first + step, rows)) for first in range(store.done, rows, step)]


def _told(blocks: list[range], store: FeatureStore) -> Iterator[range]:
    """The same; how far it is and how long the rest will take is said meanwhile."""
    console, (rows, copies, *_) = notes(), store.shape
    megabytes = store.shape.bytes / 1e6
    console.print(f"features: {rows:,} images × {copies}, {megabytes:,.0f} MB in {store.folder}")
    before, began, said = store.done, time.monotonic(), 0.0
    for block in blocks:
        yield block
        now = time.monotonic()
        if now - said > _EVERY:
            left = (now - began) / (store.done - before) * (rows - store.done)
            console.print(f"features: {store.done:,} of {rows:,}, about {left:,.0f} s left")
            said = now


@contextmanager
def _evaluating(backbone: nn.Module, device: torch.device) -> Iterator[None]:
    """Ask a backbone on a device; then it is where and as it was."""
    training, home = backbone.training, next(backbone.parameters()).device
    backbone.eval().to(device)
    try:
        yield
    finally:
        backbone.train(training).to(home)


def _rows_within(part: RecordTable, table: RecordTable) -> list[int] | None:
    """Where a table's images are in another one; None if one of them is not there."""
    if part.root != table.root:
        return None
    rows = {(record.path, record.box): row for row, record in enumerate(part.records)}
    found = [rows.get((record.path, record.box)) for record in table.records]
    known = [row for row in found if row is not None]
    return known if len(known) == len(found) else None


def _refuse_full_disk(store: FeatureStore) -> None:
    needed = store.shape.bytes * (1 - store.done / store.shape.rows)
    there = next(each for each in (store.folder, *store.folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise ElsewhereError(
            f"{store.folder}: the features need {needed / 1e9:,.1f} GB, "
            f"{free / 1e9:,.1f} GB are free; lower frozen.copies or data.size, or name another "
            "disk with --runs"
        )


def _digest_of(backbone: nn.Module) -> bytes:
    """A digest of its weights and its kind."""
    digest = hashlib.sha256(str(getattr(backbone, "settings", type(backbone).__name__)).encode())
    for key, value in backbone.state_dict().items():
        digest.update(key.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.digest()


def _fingerprint(weights: bytes, images: ImageDataset, copies: range, seed: int) -> str:
    """What decides the features: weights, images by name, size and time, changes, and the seed."""
    digest, table = hashlib.sha256(weights), images.table
    for record in table.records:
        found = (table.root / record.path).stat()
        digest.update(f"{record.path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    boxes = [record.box for record in table.records]
    changes = [_described(images.transform), list(copies), seed if copies != range(1) else 0]
    digest.update(json.dumps([_LAYOUT, changes, boxes]).encode())
    return digest.hexdigest()[:16]


def _described(transform: object) -> str:
    """A transform with all its settings; torchvision's show theirs."""
    if isinstance(transform, nn.Module | torch.Tensor) or not hasattr(transform, "__dict__"):
        return repr(transform)
    parts = {name: _described(part) for name, part in vars(transform).items()}
    return f"{type(transform).__name__}{parts}"
