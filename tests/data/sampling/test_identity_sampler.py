from collections import Counter
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.sampling.batches import Draw, SeededBatchSampler
from elsewhere.data.sampling.identities import IdentityBatchSampler
from elsewhere.errors import CheckpointError, DataError


@st.composite
def sets(draw: st.DrawFn) -> tuple[list[int], int, int, int]:
    """Labels of identities with 1 to 12 images each, shuffled; P, K and processes that fit."""
    counts = draw(st.lists(st.integers(1, 12), min_size=2, max_size=12))
    names = draw(st.permutations(range(0, 3 * len(counts), 3)))
    labels = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    world = draw(st.integers(1, min(3, len(counts))))
    identities = draw(st.integers(1, len(counts) // world))
    images = draw(st.integers(2, 5))
    return draw(st.permutations(labels)), identities, images, world


def epoch_of(sampler: SeededBatchSampler, epoch: int, start: int = 0) -> list[list[Draw]]:
    sampler.set_epoch(epoch)
    sampler.start_at(start)
    return list(sampler)


def alone(labels, identities, images, world=1, seed=5) -> IdentityBatchSampler:
    """One process with the batches of all."""
    return IdentityBatchSampler(labels, identities * world, images, seed)


@given(sets(), st.integers(0, 3))
def test_batches_are_p_distinct_identities_of_k_images(shape, epoch):
    labels, identities, images, world = shape
    for batch in epoch_of(alone(*shape), epoch):
        groups = [
            [labels[draw.index] for draw in batch[first : first + images]]
            for first in range(0, len(batch), images)
        ]
        assert all(len(set(group)) == 1 and len(group) == images for group in groups)
        assert len({group[0] for group in groups}) == len(groups) == identities * world


@given(sets(), st.integers(0, 3))
def test_an_epoch_is_one_pass(shape, epoch):
    labels, identities, images, world = shape
    sampler = alone(*shape)
    batches = epoch_of(sampler, epoch)
    met = Counter(draw.index for draw in chain.from_iterable(batches))
    assert set(met) == set(range(len(labels)))

    # counted anew, group by group
    groups = 0
    longest = 0
    for count in Counter(labels).values():
        own = 0
        while own * images < count:
            own += 1
        groups, longest = groups + own, max(longest, own)
    needed = longest
    while needed * identities * world < groups:
        needed += 1
    assert len(batches) == len(sampler) == needed


@given(sets(), st.integers(0, 3))
def test_images_repeat_only_where_they_must(shape, epoch):
    """An identity's images are gone through in circles, so their counts differ by at most one."""
    labels, _, images, _ = shape
    sizes = Counter(labels)
    batches = epoch_of(alone(*shape), epoch)
    met = Counter(draw.index for draw in chain.from_iterable(batches))
    for identity, size in sizes.items():
        counts = [met[row] for row, label in enumerate(labels) if label == identity]
        assert max(counts) - min(counts) <= 1
        assert len(counts) == size
    for batch in batches:
        for row, times in Counter(draw.index for draw in batch).items():
            assert times <= -(-images // sizes[labels[row]])


@given(sets(), st.integers(0, 3))
def test_ranks_share_the_batches_of_one_process(shape, epoch):
    labels, identities, images, world = shape
    ranks = [
        epoch_of(
            IdentityBatchSampler(labels, identities, images, 5, rank=r, world_size=world), epoch
        )
        for r in range(world)
    ]
    joined = [list(chain.from_iterable(parts)) for parts in zip(*ranks, strict=True)]
    assert joined == epoch_of(alone(*shape), epoch)


@given(sets(), st.integers(0, 3), st.data())
def test_starting_at_a_batch_gives_the_rest_of_the_epoch(shape, epoch, data):
    whole = epoch_of(alone(*shape), epoch)
    start = data.draw(st.integers(0, len(whole)))
    assert epoch_of(alone(*shape), epoch, start) == whole[start:]


@given(sets())
def test_batches_do_not_touch_the_global_generator(shape):
    before = torch.get_rng_state()
    epoch_of(alone(*shape), 0)
    assert torch.equal(before, torch.get_rng_state())


LABELS = [row % 10 for row in range(73)]


def test_epochs_and_seeds_differ_in_order_and_in_every_draw():
    runs = [
        list(chain.from_iterable(epoch_of(alone(LABELS, 4, 3, seed=seed), epoch)))
        for seed, epoch in ((5, 0), (5, 1), (6, 0))
    ]
    orders = [[draw.index for draw in draws] for draws in runs]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]
    assert len({draw.seed for draws in runs for draw in draws}) == sum(map(len, runs))
    again = list(chain.from_iterable(epoch_of(alone(LABELS, 4, 3), 0)))
    assert again == runs[0]


def test_seeds_are_the_same_on_every_machine():
    # Written down once: were they to change, no older run could be resumed or repeated.
    first = next(iter(IdentityBatchSampler(LABELS, 3, 2, 5)))
    assert [draw.index for draw in first] == [61, 71, 2, 72, 40, 50]


def test_images_of_an_identity_meet_different_ones_each_epoch():
    """Else the same triplets would be seen over and over."""
    partners = set()
    for epoch in range(30):
        for batch in epoch_of(alone(LABELS, 4, 2), epoch):
            rows = [draw.index for draw in batch]
            partners |= {rows[at ^ 1] for at, row in enumerate(rows) if row == 0}
    assert partners == set(range(10, 73, 10))


def test_identities_fill_free_places_equally_often():
    # one identity with 20 groups: 19 batches have 3 free places and 1 or more of 8 others in them
    labels = [0] * 40 + [1 + n % 8 for n in range(16)]
    sampler = alone(labels, 4, 2)
    met = Counter(
        labels[draw.index] for epoch in range(60) for b in epoch_of(sampler, epoch) for draw in b
    )
    assert len(sampler) == 20
    assert met[0] == 60 * 40
    others = [met[identity] / 2 for identity in range(1, 9)]
    # 60 · 20 batches with 3 places for 8 identities: 450 each; a deviation is about 15
    assert all(abs(count - 450) < 75 for count in others)


class Numbers(torch.utils.data.Dataset):
    def __getitem__(self, draw: Draw) -> torch.Tensor:
        return torch.tensor([draw.index, draw.seed])


def take(loader: BatchLoader, epoch: int) -> list[torch.Tensor]:
    iterator = iter(loader)
    loader.sampler.set_epoch(epoch)
    return list(iterator)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_resumes_within_an_epoch(workers):
    expected = take(BatchLoader(Numbers(), alone(LABELS, 4, 3)), 2)
    interrupted = BatchLoader(Numbers(), alone(LABELS, 4, 3), workers=workers)
    iterator = iter(interrupted)
    interrupted.sampler.set_epoch(2)
    handed = [next(iterator) for _ in range(3)]
    resumed = BatchLoader(Numbers(), alone(LABELS, 4, 3), workers=2 - workers)
    resumed.load_state_dict(interrupted.state_dict())
    assert torch.equal(torch.stack(handed + take(resumed, 2)), torch.stack(expected))
    assert len(take(resumed, 3)) == len(expected)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (alone(LABELS[:-1], 4, 3), "images 73, now it is 72"),
        (alone(LABELS, 6, 2), "images per identity 3, now it is 2"),
        (alone(LABELS, 3, 3), "batch size 12, now it is 9"),
        (alone([*LABELS[:-1], 10], 4, 3), "identities 10, now it is 11"),
    ],
)
def test_a_state_of_other_batches_is_refused(other, said):
    state = BatchLoader(Numbers(), alone(LABELS, 4, 3)).state_dict()
    with pytest.raises(CheckpointError, match=said):
        BatchLoader(Numbers(), other).load_state_dict(state)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"identities": 11}, r"10 identities, fewer than the 11 .* identities_per_batch to 10"),
        (
            {"identities": 4, "world_size": 3},
            r"fewer than the 12 .* identities_per_batch to 3 or less",
        ),
        ({"identities": 1, "world_size": 11}, "fewer than the 11 .* use one process"),
        ({"identities": 0}, "at least 1"),
        ({"images": 0}, "at least 1"),
        ({"identities": 1, "images": 1}, "at least 2"),
    ],
)
def test_bad_arguments_say_what_is_wrong(arguments, said):
    with pytest.raises(DataError, match=said):
        IdentityBatchSampler(LABELS, **{"identities": 4, "images": 2, "seed": 0, **arguments})
