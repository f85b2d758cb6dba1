"""What holds under several processes: one start of two of them, for its cost."""

import pytest
import torch
from tests.metrics import test_gather
from tests.processes import WORLD, in_two_processes

from elsewhere.metrics.gather import gather_by_index

# 7 images over 2 processes of unequal length: the sampler repeats image 0, a resume repeats 3
SHARES = ([6, 0, 2, 4], [3, 1, 5, 0, 3, 3])


def work(rank: int) -> dict[str, object]:
    return {
        "gather": gather_by_index(test_gather.rows(SHARES[rank], rank))._asdict(),
        "empty": gather_by_index(test_gather.rows([2, 1] if rank else []))._asdict(),
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> list[dict]:
    """What each process came to."""
    return in_two_processes(work, tmp_path_factory.mktemp("processes"))


@pytest.mark.parametrize("rank", range(WORLD))
def test_gather_keeps_every_image_once(found, rank):
    kept_of = torch.tensor([0.5, 1.5, 0.5, 1.5, 0.5, 1.5, 0.5]).half()
    test_gather.check(
        found[rank]["gather"], test_gather.rows(list(range(7)))._replace(half=kept_of)
    )


@pytest.mark.parametrize("rank", range(WORLD))
def test_gather_with_a_process_without_rows(found, rank):
    test_gather.check(found[rank]["empty"], test_gather.rows([1, 2]))
