"""A network, or a part of one, asked about images of a run's own data outside its training."""

from collections import Counter
from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.data.records import Record, RecordTable
from elsewhere.data.sampling.batches import SequentialBatchSampler
from elsewhere.runs.building import BuiltRun
from elsewhere.structures import AttentionOutput, Batch

PER_CLASS = 50
"""So many training images of a class stand for it."""


@torch.no_grad()
def look_at(
    run: BuiltRun, table: RecordTable
) -> Iterator[tuple[AttentionOutput, Int[Tensor, " batch"]]]:
    """What the network says of each batch in evaluation mode, and the labels; in this process."""
    network, device = run.task.network, run.trainer.strategy.root_device
    sampler = SequentialBatchSampler(len(table), run.data.test_batch_size, run.data.seed)
    training = network.training
    network.eval().to(device)
    batch: Batch
    for batch in run.data.loader(run.data.dataset_of(table), sampler):
        yield network(batch.images.to(device)), batch.labels
    network.train(training)


def some_of_each(table: RecordTable, most: int = PER_CLASS) -> RecordTable:
    """The first images of each class."""
    taken: Counter[str] = Counter()
    kept: list[Record] = []
    for record in table.records:
        taken[record.label] += 1
        if taken[record.label] <= most:
            kept.append(record)
    return RecordTable(table.root, tuple(kept), table.class_names)


def mean_by_class(
    rows: Iterator[tuple[Float[Tensor, "batch size"], Int[Tensor, " batch"]]], classes: int
) -> Float[Tensor, "classes size"]:
    """Mean of each class's rows, of length one; zero for a class without any."""
    sums = None
    for values, labels in rows:
        if sums is None:
            sums = torch.zeros(classes, values.shape[1])
        sums.index_add_(0, labels.cpu(), values.float().cpu())
    assert sums is not None
    return torch.nn.functional.normalize(sums)
