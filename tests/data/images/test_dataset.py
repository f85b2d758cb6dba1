import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from elsewhere.data.images.dataset import ImageDataset, collate
from elsewhere.data.images.transforms import TrainTransform, evaluation_transform
from elsewhere.data.records import Record, RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.errors import DataError
from elsewhere.structures import Preprocessing

Write = Callable[..., Path]
PREPROCESSING = Preprocessing((40, 40), (32, 32))


@pytest.fixture
def table(tmp_path: Path, write_image: Write) -> RecordTable:
    records = []
    for number in range(6):
        name = f"{number}.jpg"
        write_image(tmp_path / name, (200, 160), seed=number)
        box = (20.0, 32.0, 120.0, 96.0) if number % 2 else None
        records.append(Record(name, "wren" if number < 4 else "tit", "train", box))
    return RecordTable(tmp_path, tuple(records), ("tit", "wren"))


def test_a_sample_is_a_function_of_its_draw(table: RecordTable) -> None:
    dataset = ImageDataset(table, TrainTransform(PREPROCESSING), (40, 40))
    first = dataset[Draw(3, 11)]
    torch.manual_seed(5)
    before = torch.get_rng_state()
    again = dataset[Draw(3, 11)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.box, again.box)
    assert not torch.equal(first.image, dataset[Draw(3, 12)].image)


def test_a_row_alone_uses_the_generator_as_it_stands(table: RecordTable) -> None:
    dataset = ImageDataset(table, TrainTransform(PREPROCESSING), (40, 40))
    torch.manual_seed(11)
    sample = dataset[3]
    assert torch.equal(sample.image, dataset[Draw(3, 11)].image)
    assert (sample.label, sample.row) == (1, 3)


@pytest.mark.parametrize("decode_size", [None, (40, 40)])
def test_boxes_are_in_pixels_of_the_network_input(
    table: RecordTable, decode_size: tuple[int, int] | None
) -> None:
    dataset = ImageDataset(table, evaluation_transform(PREPROCESSING), decode_size)
    # 200 x 160 becomes 40 x 40, so x / 5 and y / 4, and the crop takes 4 from each side.
    assert dataset[1].box.tolist() == pytest.approx([0, 4, 20, 20])
    assert dataset[0].box.isnan().all()


def test_boxes_mind_that_reduced_sides_are_rounded(table: RecordTable, write_image: Write) -> None:
    write_image(table.root / "1.jpg", (205, 161))  # Decoded at a quarter: 52 x 41.
    whole = Preprocessing((40, 40), (40, 40))
    dataset = ImageDataset(table, evaluation_transform(whole), (40, 40))
    expected = [20 * 40 / 205, 32 * 40 / 161, 120 * 40 / 205, 96 * 40 / 161]
    assert dataset[1].box.tolist() == pytest.approx(expected, rel=1e-5)


def test_reduced_decoding_changes_little(table: RecordTable) -> None:
    whole = ImageDataset(table, evaluation_transform(PREPROCESSING))
    reduced = ImageDataset(table, evaluation_transform(PREPROCESSING), (40, 40))
    assert (whole[2].image - reduced[2].image).abs().mean() < 0.03


def test_a_box_outside_the_crop_is_unknown(table: RecordTable) -> None:
    record = table.records[1]._replace(box=(0.0, 0.0, 5.0, 4.0))
    outside = RecordTable(table.root, (record,), table.class_names)
    sample = ImageDataset(outside, evaluation_transform(PREPROCESSING))[0]
    assert sample.box.isnan().all()


def test_collate_keeps_order(table: RecordTable) -> None:
    dataset = ImageDataset(table, evaluation_transform(PREPROCESSING), (40, 40))
    batch = collate([dataset[5], dataset[0]])
    assert batch.images.shape == (2, 3, 32, 32)
    assert batch.images.is_contiguous()
    assert batch.labels.tolist() == [0, 1]
    assert batch.indices.tolist() == [5, 0]
    assert batch.boxes[0].isfinite().all()
    assert batch.boxes[1].isnan().all()
    assert len(dataset) == 6


def test_the_number_of_workers_changes_nothing(table: RecordTable) -> None:
    dataset = ImageDataset(table, TrainTransform(PREPROCESSING), (40, 40))
    draws = [[Draw(0, 7), Draw(3, 8)], [Draw(5, 9)], [Draw(3, 10), Draw(1, 11)]]
    alone, shared = (
        list(DataLoader(dataset, batch_sampler=draws, collate_fn=collate, num_workers=workers))
        for workers in (0, 2)
    )
    for first, second in zip(alone, shared, strict=True):
        assert torch.equal(first.images, second.images)
        assert torch.equal(first.boxes.nan_to_num(-1), second.boxes.nan_to_num(-1))
        assert torch.equal(first.indices, second.indices)


def test_a_dataset_travels_to_spawned_workers(table: RecordTable) -> None:
    dataset = ImageDataset(table, TrainTransform(PREPROCESSING), (40, 40))
    copy = pickle.loads(pickle.dumps(dataset))
    assert torch.equal(copy[Draw(3, 1)].image, dataset[Draw(3, 1)].image)


def test_a_broken_file_is_named(table: RecordTable) -> None:
    (table.root / "2.jpg").write_bytes(b"broken")
    dataset = ImageDataset(table, evaluation_transform(PREPROCESSING))
    with pytest.raises(DataError, match=r"2.jpg: not an image"):
        dataset[2]
