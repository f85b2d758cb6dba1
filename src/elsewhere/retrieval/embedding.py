"""Images in, vectors on disk: what is missing of a store is computed, whatever is there stays."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elsewhere.errors import ConfigError
from elsewhere.retrieval.files import Share, hold_share
from elsewhere.retrieval.listing import ListedImage
from elsewhere.retrieval.settings import StoreSettings, settle
from elsewhere.retrieval.shards import (
    Entry,
    Known,
    free_number,
    shard_files,
    shard_name,
    write_shard,
)
from elsewhere.retrieval.store import merge
from elsewhere.retrieval.vectors import Loading, Look

WHOLE = Share(1, 1)
"""The share of a process that works alone."""

SHARD = 1024
"""Images to a shard, if nothing else is said: 8 MiB of vectors of 2,048 numbers."""


class Embedded(NamedTuple):
    """What a run came to.

    Attributes:
        computed: vectors that this run computed.
        there: vectors of its images that were there before.
        changed: images among the computed ones whose files had changed.
        waiting: images of other shares that nobody has looked at yet; where there are none,
            the store is whole.
        left_out: vectors in the store whose images are not among those named now, or have
            changed.
        problems: why an image has no vector, by its name, or its path where two share a name; of
            all shares.
    """

    computed: int
    there: int
    changed: int
    waiting: int
    left_out: int
    problems: dict[str, str]


def embed_images(
    look: Look,
    images: Sequence[ListedImage],
    folder: Path,
    settings: StoreSettings,
    *,
    share: Share = WHOLE,
    loading: Loading | None = None,
    shard_images: int = SHARD,
    report: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Give every image of a share a vector, and finish the store when nothing is missing.

    An image that has a vector keeps it unless its file's size or time of change is another; one
    that could not be read is tried again. Each shard is in place, whole, before the next one
    starts, so a run that ends in any way can be started again and comes to the same files. Who
    finds all images of all shares done writes `images.parquet`.

    Args:
        look: makes the vectors.
        images: all of them; the same ones in every share's process.
        folder: of the store.
        settings: of the store.
        share: which part of the images is this process's.
        loading: batches and workers.
        shard_images: images to a shard, rounded up to whole batches; what an interruption costs
            at most.
        report: told how many of this share's images are done, and of how many.

    Raises:
        CheckpointError: the store was made with another model, vector or preprocessing.
        ConfigError: there is no such share or size of a shard, or another process is at work on
            the share.
        ElsewhereError: the disk cannot take it.
    """
    if not 1 <= share.number <= share.of:
        raise ConfigError(f"share {share.number}/{share.of}: 1/{share.of} to {share.of}/{share.of}")
    if shard_images < 1:
        raise ConfigError(f"{shard_images} images to a shard: 1 at least")
    with hold_share(folder, share):
        settle(folder, settings, share)
        known = Known(folder, settings.digest)
        mine = [image for image in images if image.belongs_to(share)]
        fresh = [image for image in mine if known.find(image) is None]
        again = [image for image in mine if known.failed(image)]
        writer = _Writer(look, folder, settings, share, loading or Loading(), shard_images)
        done = there = len(mine) - len(fresh) - len(again)
        # a failure that is repeated is not written again: it is known
        for images_now, failures in ((fresh, True), (again, False)):
            for count in writer.write(images_now, failures=failures):
                done += count
                if report is not None:
                    report(done, len(mine))
        merged = merge(folder, settings, images, share)
    changed = sum(known.other_version(image) for image in fresh)
    return Embedded(
        writer.computed, there, changed, merged.waiting, merged.left_out, merged.problems
    )


class _Writer:
    """Looks at images and writes shard after shard."""

    def __init__(
        self,
        look: Look,
        folder: Path,
        settings: StoreSettings,
        share: Share,
        loading: Loading,
        shard_images: int,
    ) -> None:
        self.look, self.folder, self.settings = look, folder, settings
        self.share, self.loading = share, loading
        batches = -(-shard_images // loading.batch_size)
        # whole batches: a run that goes on then makes the batches that it would have made
        self.shard_images = batches * loading.batch_size
        self.computed = 0

    def write(self, images: Sequence[ListedImage], *, failures: bool) -> Iterator[int]:
        """Write the images' shards; yields how many more images have been looked at.

        Args:
            images: to look at.
            failures: whether to write down which could not be read.
        """
        inputs = [image.image for image in images]
        vectors: list[np.ndarray] = []
        entries: list[Entry] = []
        looked = 0
        for batch in self.look(inputs, self.settings.wanted, self.loading):
            places = {row: len(vectors) + place for place, row in enumerate(batch.read)}
            vectors.extend(batch.vectors)
            for row in range(len(batch.inputs)):
                if row in places or failures:
                    image, problem = images[looked + row], batch.problems.get(row)
                    file = (image.path, image.size, image.modified)
                    entries.append(Entry(*file, places.get(row), problem))
            looked += len(batch.inputs)
            if looked % self.shard_images == 0 or looked == len(images):
                self._write_shard(vectors, entries)
                vectors, entries = [], []
            yield len(batch.inputs)

    def _write_shard(self, vectors: list[np.ndarray], entries: list[Entry]) -> None:
        if not entries:
            return
        taken = [file.name for file in shard_files(self.folder)]
        name = shard_name(self.share, free_number(self.share, taken))
        rows = np.reshape(vectors, (-1, self.settings.dimension)).astype(np.float32, copy=False)
        write_shard(self.folder / name, rows, entries, self.settings.digest, self.share)
        self.computed += len(vectors)
