from collections import Counter
from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.data.sampling.batches import (
    Draw,
    SeededBatchSampler,
    SequentialBatchSampler,
    balancing_weights,
    step_seed,
)
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import DataError


def epoch_of(sampler: SeededBatchSampler, epoch: int, start: int = 0) -> list[list[Draw]]:
    sampler.set_epoch(epoch)
    sampler.start_at(start)
    return list(sampler)


def joined(batches: Iterable[list[Draw]]) -> list[Draw]:
    return list(chain.from_iterable(batches))


@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, int, int]:
    batch, world = draw(st.integers(2, 5)), draw(st.integers(1, 4))
    return draw(st.integers(batch * world, 60)), batch, world


@given(shapes(), st.integers(0, 3), st.data())
def test_starting_at_a_batch_gives_the_rest_of_the_epoch(shape, epoch, data):
    size, batch, _ = shape
    whole = epoch_of(SeededBatchSampler(size, batch, 5), epoch)
    start = data.draw(st.integers(0, len(whole)))
    fresh = SeededBatchSampler(size, batch, 5)
    assert epoch_of(fresh, epoch, start) == whole[start:]


@given(shapes(), st.integers(0, 3))
def test_ranks_share_the_batches_of_one_process(shape, epoch):
    size, batch, world = shape
    alone = epoch_of(SeededBatchSampler(size, batch * world, 5), epoch)
    ranks = [
        epoch_of(SeededBatchSampler(size, batch, 5, rank=r, world_size=world), epoch)
        for r in range(world)
    ]
    together, full = [joined(parts) for parts in zip(*ranks, strict=True)], size // (batch * world)
    assert together[:full] == alone[:full]
    assert all(set(alone[full]) <= set(tail) for tail in together[full:])


@given(shapes())
def test_batches_are_counted_right_and_equal_over_ranks(shape):
    size, batch, world = shape
    samplers = [SeededBatchSampler(size, batch, 5, rank=r, world_size=world) for r in range(world)]
    lengths = [[len(b) for b in sampler] for sampler in samplers]
    assert all(ls == lengths[0] for ls in lengths)
    assert all(len(s) == len(ls) for s, ls in zip(samplers, lengths, strict=True))
    assert all(n >= 2 for n in lengths[0])
    assert lengths[0][: size // (batch * world)] == [batch] * (size // (batch * world))


@given(st.integers(2, 60), st.integers(2, 5))
def test_a_kept_tail_leaves_out_at_most_a_lonely_image(size, batch):
    if size < batch:
        return
    sampler = SeededBatchSampler(size, batch, 5)
    seen = [draw.index for b in sampler for draw in b]
    assert len(seen) == len(set(seen)) == size - (size % batch == 1)


def test_epochs_and_seeds_differ_in_order_and_in_every_draw():
    first = joined(epoch_of(SeededBatchSampler(40, 4, 5), 0))
    second = joined(epoch_of(SeededBatchSampler(40, 4, 5), 1))
    other = joined(epoch_of(SeededBatchSampler(40, 4, 6), 0))
    assert len({draw.seed for draw in first + second + other}) == 120
    orders = [[draw.index for draw in draws] for draws in (first, second, other)]
    assert all(sorted(order) == list(range(40)) for order in orders)
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]


def test_an_epoch_set_anew_starts_from_its_beginning():
    sampler = SeededBatchSampler(20, 4, 5)
    assert len(epoch_of(sampler, 1, 3)) == 2
    sampler.set_epoch(2)
    assert len(list(sampler)) == len(sampler) == 5


def test_balancing_weights_draw_classes_equally_often():
    labels = [0] * 90 + [1] * 10
    sampler = SeededBatchSampler(100, 10, 5, weights=balancing_weights(labels))
    drawn = Counter(
        labels[draw.index] for epoch in range(50) for b in epoch_of(sampler, epoch) for draw in b
    )
    # 5,000 fair draws: five standard deviations are 177.
    assert abs(drawn[0] - 2500) < 180


def test_images_of_weight_zero_are_never_drawn():
    sampler = SeededBatchSampler(6, 2, 5, weights=[1.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    drawn = {draw.index for epoch in range(20) for b in epoch_of(sampler, epoch) for draw in b}
    assert drawn == {0, 2, 4}


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 4))
def test_evaluation_covers_every_image_with_equally_many_batches(size, batch, world):
    ranks = [
        list(SequentialBatchSampler(size, batch, rank=r, world_size=world)) for r in range(world)
    ]
    draws = [draw for batches in ranks for b in batches for draw in b]
    assert {draw.index for draw in draws} == set(range(size))
    assert len(draws) - size < world
    assert {len(batches) for batches in ranks} == {
        len(SequentialBatchSampler(size, batch, world_size=world))
    }
    assert len({draw.seed for draw in draws}) == size


def test_evaluation_of_one_process_is_in_plain_order():
    batches = list(SequentialBatchSampler(7, 3))
    assert [[draw.index for draw in b] for b in batches] == [[0, 1, 2], [3, 4, 5], [6]]


def test_seeds_are_the_same_on_every_machine():
    # Written down once: were they to change, no older run could be resumed or repeated.
    assert mix_seed("order", 0, 0) == 6087065507001435998
    assert step_seed(7, 12, 1) == 3550322032245231222
    assert [d.index for d in next(iter(SeededBatchSampler(10, 5, 3)))] == [2, 0, 9, 4, 7]


def test_seeds_differ_by_purpose_step_and_rank():
    seeds = {step_seed(seed, step, rank) for seed in (0, 1) for step in (0, 1) for rank in (0, 1)}
    assert len(seeds | {mix_seed("draw", 0, 0, 0)}) == 9
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"size": 7, "batch_size": 8}, "7 images, fewer than one batch of 8"),
        ({"size": 15, "batch_size": 8, "world_size": 2}, "fewer than one batch of 16"),
        ({"size": 7, "batch_size": 1}, "at least 2"),
    ],
)
def test_bad_arguments_say_what_is_wrong(arguments, said):
    with pytest.raises(DataError, match=said):
        SeededBatchSampler(seed=0, **arguments)


def test_bad_places_say_what_is_wrong():
    with pytest.raises(DataError, match="no images"):
        SequentialBatchSampler(0, 2)
