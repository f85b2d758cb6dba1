import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.sampling.batches import Draw, SeededBatchSampler, SequentialBatchSampler
from elsewhere.errors import CheckpointError, DataError


class Noise(Dataset):
    def __getitem__(self, draw: Draw) -> Tensor:
        generator = torch.Generator().manual_seed(draw.seed)
        return torch.tensor([draw.index, torch.rand((), generator=generator)])


def noise_loader(workers: int = 0) -> BatchLoader[Tensor]:
    return BatchLoader(Noise(), SeededBatchSampler(22, 3, 5), workers=workers)


def take(loader: BatchLoader[Tensor], epoch: int) -> list[Tensor]:
    """Takes an epoch the way Lightning does: the iterator first, then the epoch's number."""
    iterator = iter(loader)
    loader.sampler.set_epoch(epoch)
    return list(iterator)


@pytest.mark.parametrize("workers", [0, 2])
def test_resumes_at_the_batch_after_the_last_one_handed_over(workers):
    expected = take(noise_loader(), 2)
    interrupted = noise_loader(workers)
    iterator = iter(interrupted)
    interrupted.sampler.set_epoch(2)
    handed = [next(iterator) for _ in range(4)]  # workers have loaded more than these
    state = interrupted.state_dict()
    assert (state["epoch"], state["batch"]) == (2, 4)

    resumed = noise_loader(2 - workers)
    resumed.load_state_dict(state)
    assert len(resumed) == len(expected) == 7
    assert torch.equal(torch.stack(handed + take(resumed, 2)), torch.stack(expected))
    assert torch.equal(torch.stack(take(resumed, 3)), torch.stack(take(noise_loader(), 3)))


def test_a_state_of_another_epoch_changes_nothing():
    loader = noise_loader()
    loader.load_state_dict({**loader.state_dict(), "epoch": 1, "batch": 4})
    assert len(take(loader, 2)) == 7


def test_the_restored_place_holds_once():
    loader = noise_loader()
    loader.load_state_dict({**loader.state_dict(), "epoch": 1, "batch": 4})
    assert len(take(loader, 1)) == 3
    assert len(take(loader, 1)) == 7


def test_a_state_that_was_loaded_is_given_back_before_the_first_batch():
    loader = noise_loader()
    state = {**loader.state_dict(), "epoch": 0, "batch": 4}
    loader.load_state_dict(state)
    assert loader.state_dict() == state


@pytest.mark.parametrize("workers", [0, 1])
def test_loading_leaves_the_global_generator_alone(workers):
    before = torch.get_rng_state()
    take(noise_loader(workers), 0)
    assert torch.equal(before, torch.get_rng_state())


def test_evaluation_loads_every_image_each_time():
    loader = BatchLoader(Noise(), SequentialBatchSampler(7, 3))
    first, second = torch.cat(list(loader)), torch.cat(list(loader))
    assert torch.equal(first, second)
    assert first[:, 0].tolist() == list(range(7))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (SeededBatchSampler(23, 3, 5), "images 22, now it is 23"),
        (SeededBatchSampler(22, 4, 5), "batch size 3, now it is 4"),
        (SeededBatchSampler(22, 3, 5, world_size=2), "processes 1, now it is 2"),
        (SeededBatchSampler(22, 3, 6), "seed 5, now it is 6"),
    ],
)
def test_a_state_of_other_batches_is_refused(other, said):
    state = noise_loader().state_dict()
    with pytest.raises(CheckpointError, match=said):
        BatchLoader(Noise(), other).load_state_dict(state)


class BrokenImages(Dataset):
    """Every image of it is broken."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, draw: Draw) -> int:
        raise DataError(f"image {draw.index} is broken: copy it again")


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_image_is_one_line_also_from_a_worker(workers):
    loader = BatchLoader(BrokenImages(), SequentialBatchSampler(4, 2), workers=workers)
    with pytest.raises(DataError) as caught:
        next(iter(loader))
    assert str(caught.value) == "image 0 is broken: copy it again"
