"""Pictures in, vectors on disk: what is missing of a store is computed, whatever is there stays."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from elsewhere.errors import ConfigError
from elsewhere.models import AttentionNetwork
from elsewhere.retrieval.files import Share, hold_share
from elsewhere.retrieval.known import Known
from elsewhere.retrieval.looking import Loading, look
from elsewhere.retrieval.merging import merge
from elsewhere.retrieval.pictures import Picture
from elsewhere.retrieval.settings import StoreSettings, settle
from elsewhere.retrieval.shards import (
    Entry,
    free_number,
    shard_files,
    shard_name,
    write_shard,
)

WHOLE = Share(1, 1)
"""The share of a process that works alone."""

SHARD = 1024
"""Pictures to a shard, if nothing else is said: 8 MiB of vectors of 2,048 numbers."""


class Embedded(NamedTuple):
    """What a run came to.

    Attributes:
        computed: vectors that this run computed.
        there: vectors of its pictures that were there before.
        changed: pictures among the computed ones whose files had changed.
        waiting: pictures of other shares that nobody has looked at yet; where there are none,
            the store is whole.
        left_out: vectors in the store whose pictures are not among those named now, or have
            changed.
        problems: why a picture has no vector, by its name; of all shares.
    """

    computed: int
    there: int
    changed: int
    waiting: int
    left_out: int
    problems: dict[str, str]


def embed_images(
    network: AttentionNetwork,
    pictures: Sequence[Picture],
    folder: Path,
    settings: StoreSettings,
    *,
    share: Share = WHOLE,
    loading: Loading | None = None,
    shard_images: int = SHARD,
    report: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Give every picture of a share a vector, and finish the store when nothing is missing.

    A picture that has a vector keeps it unless its file's size or time of change is another; one
    that could not be read is tried again. Each shard is in place, whole, before the next one
    starts, so a run that ends in any way can be started again and comes to the same files. Who
    finds all pictures of all shares done writes `images.parquet`.

    Args:
        network: in evaluation mode; its device is used.
        pictures: all of them; the same ones in every share's process.
        folder: of the store.
        settings: of the store.
        share: which part of the pictures is this process's.
        loading: batches and workers.
        shard_images: pictures to a shard, rounded up to whole batches; what an interruption costs
            at most.
        report: told how many of this share's pictures are done, and of how many.

    Raises:
        CheckpointError: the store was made with another model, vector or preprocessing.
        ConfigError: there is no such share, or another process is at work on it.
        ElsewhereError: the disk cannot take it.
    """
    if not 1 <= share.number <= share.of:
        raise ConfigError(f"share {share.number}/{share.of}: 1/{share.of} to {share.of}/{share.of}")
    with hold_share(folder, share):
        settle(folder, settings, share)
        known = Known.read(folder, settings.digest)
        mine = [picture for picture in pictures if picture.belongs_to(share)]
        fresh = [picture for picture in mine if known.find(picture) is None]
        again = [picture for picture in mine if known.failed(picture)]
        writer = _Writer(network, folder, settings, share, loading or Loading(), shard_images)
        done = there = len(mine) - len(fresh) - len(again)
        # a failure that is repeated is not written again: it is known
        for pictures_now, failures in ((fresh, True), (again, False)):
            for count in writer.write(pictures_now, failures=failures):
                done += count
                if report is not None:
                    report(done, len(mine))
        merged = merge(folder, settings, pictures, share)
    changed = sum(known.other_version(picture) for picture in fresh)
    return Embedded(
        writer.computed, there, changed, merged.waiting, merged.left_out, merged.problems
    )


class _Writer:
    """Looks at pictures and writes shard after shard."""

    def __init__(
        self,
        network: AttentionNetwork,
        folder: Path,
        settings: StoreSettings,
        share: Share,
        loading: Loading,
        shard_images: int,
    ) -> None:
        self.network, self.folder, self.settings = network, folder, settings
        self.share, self.loading = share, loading
        batches = -(-shard_images // loading.batch_size)
        # whole batches: a run that goes on then makes the batches that it would have made
        self.shard_images = batches * loading.batch_size
        self.computed = 0

    def write(self, pictures: Sequence[Picture], *, failures: bool) -> Iterator[int]:
        """Write the pictures' shards; yields how many more pictures have been looked at.

        Args:
            pictures: to look at.
            failures: whether to write down which could not be read.
        """
        images = [picture.image for picture in pictures]
        vectors: list[Tensor] = []
        entries: list[Entry] = []
        looked = 0
        for batch in look(self.network, images, self.settings.wanted, self.loading):
            places = {row: len(vectors) + place for place, row in enumerate(batch.rows)}
            vectors.extend(batch.vectors)
            for row in range(looked, looked + batch.total):
                if row in places or failures:
                    picture, problem = pictures[row], batch.problems.get(row)
                    file = (picture.path, picture.size, picture.modified)
                    entries.append(Entry(*file, places.get(row), problem))
            looked += batch.total
            if looked % self.shard_images == 0 or looked == len(pictures):
                self._write_shard(vectors, entries)
                vectors, entries = [], []
            yield batch.total

    def _write_shard(self, vectors: list[Tensor], entries: list[Entry]) -> None:
        if not entries:
            return
        taken = [file.name for file in shard_files(self.folder)]
        name = shard_name(self.share, free_number(self.share, taken))
        rows = torch.stack(vectors) if vectors else torch.empty(0, self.settings.dimension)
        write_shard(self.folder / name, rows, entries, self.settings.digest, self.share)
        self.computed += len(vectors)
