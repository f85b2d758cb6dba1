from typing import NamedTuple

import torch
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.metrics.gather import PredictionRows, first_of_each, gather_by_index


class Rows(NamedTuple):
    indices: torch.Tensor
    single: torch.Tensor
    half: torch.Tensor
    yes: torch.Tensor


def rows(indices: list[int], rank: int = 0) -> Rows:
    places = torch.tensor(indices, dtype=torch.int64)
    single = places[:, None, None] * 10.0 + torch.arange(6).reshape(2, 3)
    return Rows(places, single, torch.full((len(indices),), rank + 0.5).half(), places % 2 == 1)


def check(found: dict[str, torch.Tensor], expected: Rows) -> None:
    assert list(found) == list(expected._fields)
    for name, tensor in expected._asdict().items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_one_process_sorts_and_drops_repeats():
    found = gather_by_index(rows([5, 2, 5, 0]))
    assert type(found) is Rows
    check(found._asdict(), rows([0, 2, 5]))


def test_prediction_rows_pass_through():
    given_ = PredictionRows(torch.tensor([1, 0]), torch.tensor([7, 8]), torch.randn(2, 3, 9))
    found = gather_by_index(given_)
    assert found.labels.tolist() == [8, 7]
    assert torch.equal(found.logits, given_.logits.flip(0))


@given(st.lists(st.integers(0, 9), max_size=20))
def test_first_of_each(indices):
    expected = [indices.index(index) for index in sorted(set(indices))]
    assert first_of_each(torch.tensor(indices, dtype=torch.int64)).tolist() == expected
