import numpy as np
import pytest
import torch
from torch import nn

from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import DrawnBirds
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.reports.attention import compared_pictures
from elsewhere.reports.demo import looks, sample_rows
from elsewhere.visualization.comparison import comparison_panel
from elsewhere.visualization.tiles import thumbnail


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return DrawnBirds(
        root=str(tmp_path_factory.mktemp("data")), species=3, pixels=24, train=6, val=2, test=4,
        size=24, resize=28, workers=0, test_batch_size=5,
    )  # fmt: skip


def network(data, seed):
    torch.manual_seed(seed)
    made = AttentionNetwork(SmallResNet((4, 6, 8)), 2, data.class_names).eval()
    nn.init.normal_(made.head.classifier.weight)
    return made


def test_samples_are_the_first_five_of_each_species(data):
    (row,) = sample_rows(data, {"train": "a sentence"}, species=2)
    assert (row.title, row.note) == ("train", "a sentence")
    assert [words for words, _ in row.pictures] == [data.class_names[0]] * 5 + [
        data.class_names[1]
    ] * 5
    labels = [record.label for record in data.table.split("train").records]
    first = labels.index(data.class_names[1])
    image = denormalise(data.dataset("train")[first].image, data.preprocessing)
    assert np.array_equal(row.pictures[5][1], thumbnail(image.numpy()))


def test_every_panel_shows_box_evidence_and_answers(data):
    networks = {"baseline": network(data, 1), "CAL": network(data, 2)}
    rule, rows = looks(networks, data, "test", each=2)
    assert "12 pictures" in rule
    totals = [int(row.note.removesuffix(" of 12 pictures")) for row in rows]
    assert sum(totals) == 12
    _, found = compared_pictures(networks, data, "test", each=2)
    shown = [(chosen, pictures) for chosen, pictures in found if pictures]
    for row, (chosen, pictures) in zip(rows, shown, strict=True):
        assert row.title == chosen.title
        for (_, panel), seen in zip(row.pictures, pictures, strict=True):
            assert np.isfinite(seen.true_box).all()
            expected = comparison_panel(
                seen.picture, seen.looks, true_class=seen.true_class, true_box=seen.true_box
            )
            assert np.array_equal(panel, expected)
