"""Batches of P identities with K images each, such that an epoch is one pass over the images."""

from collections.abc import Sequence

import torch

from elsewhere.data.sampling.batches import SeededBatchSampler
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import DataError


class IdentityBatchSampler(SeededBatchSampler):
    """Training batches for triplets; batch k of epoch e depends on (seed, e, k) alone.

    A batch of this process holds P `identities`, with K `images` of each; `labels` says whom each
    image shows. Each image occurs at least once an epoch. The images of an identity are shuffled
    and cut into groups of K, of which the last is filled with further images of that identity. An
    identity with fewer than K images repeats them; nothing else makes an image occur twice in a
    batch. Groups are dealt to batches so that no identity is in a batch twice. Where an identity
    has more groups than that makes batches, or groups do not divide evenly, free places are filled
    with further images of identities drawn at random.

    With several processes all identities of a global batch are distinct, and rank r takes the r-th
    run of P. Each epoch has equally many batches: as many as the groups need, or as the identity
    with most groups has.
    """

    def __init__(
        self,
        labels: Sequence[int],
        identities: int,
        images: int,
        seed: int,
        *,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if identities < 1 or images < 1:
            raise DataError(
                f"A batch of {identities} identities with {images} images each is empty; "
                "both must be at least 1."
            )
        self.identities, self.images = identities, images
        self._rows = _rows_by_identity(labels)
        together = identities * world_size
        if len(self._rows) < together:
            most = len(self._rows) // world_size
            raise DataError(
                f"The training split has {len(self._rows)} identities, fewer than the {together} "
                "that a batch takes; "
                + (f"set identities_per_batch to {most} or less." if most else "use one process.")
            )
        groups = [-(-len(rows) // images) for rows in self._rows]
        self._count = max(-(-sum(groups) // together), max(groups))
        self._labels = len(labels)
        places = self._count * together * images
        super().__init__(places, identities * images, seed, rank=rank, world_size=world_size)

    def settings(self) -> dict[str, int]:
        """What decides the batches besides the epoch; the same for every process."""
        return {
            **super().settings(),
            "images": self._labels,
            "identities": len(self._rows),
            "images per identity": self.images,
        }

    def order(self, epoch: int) -> list[int]:
        """The images of an epoch over all ranks, in order."""
        generator = torch.Generator().manual_seed(mix_seed("identities", self.seed, epoch))
        queues = self._shuffled(generator)
        batches = self._deal(generator)
        self._fill(batches, generator)
        order: list[int] = []
        taken = [0] * len(queues)
        for at in _permutation(len(batches), generator):
            batch = batches[at]
            for place in _permutation(len(batch), generator):
                identity = batch[place]
                queue, first = queues[identity], taken[identity]
                order += [queue[n % len(queue)] for n in range(first, first + self.images)]
                taken[identity] += self.images
        return order

    def _shuffled(self, generator: torch.Generator) -> list[list[int]]:
        """The images of every identity in an order of their own, to be gone through in circles."""
        return [
            [rows[place] for place in _permutation(len(rows), generator)] for rows in self._rows
        ]

    def _deal(self, generator: torch.Generator) -> list[list[int]]:
        """Identities of every batch: a group's batches are neighbours, so none is met twice."""
        batches: list[list[int]] = [[] for _ in range(self._count)]
        dealt = 0
        for identity in _permutation(len(self._rows), generator):
            for _ in range(-(-len(self._rows[identity]) // self.images)):
                batches[dealt % self._count].append(identity)
                dealt += 1
        return batches

    def _fill(self, batches: list[list[int]], generator: torch.Generator) -> None:
        """Fill free places with identities that are not in the batch."""
        together = self.identities * self.world_size
        for batch in batches:
            # So many candidates that enough are left when those in the batch are taken out.
            candidates = _permutation(len(self._rows), generator, most=together)
            inside = set(batch)
            others = [identity for identity in candidates if identity not in inside]
            batch += others[: together - len(batch)]


def _rows_by_identity(labels: Sequence[int]) -> list[list[int]]:
    rows: dict[int, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    return [rows[label] for label in sorted(rows)]


def _permutation(size: int, generator: torch.Generator, most: int | None = None) -> list[int]:
    """Numbers below `size` in random order, the first `most` of them."""
    drawn: list[int] = torch.randperm(size, generator=generator)[:most].tolist()
    return drawn
