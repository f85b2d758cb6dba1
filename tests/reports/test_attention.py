"""Sheets of two networks, against a recount that asks about one picture at a time."""

import random
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from elsewhere.data.image_data import ImageData
from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import Cub
from elsewhere.errors import ConfigError, DataError
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.reports.attention import (
    answer_split,
    attention_sheets,
    readable_names,
    see,
)
from elsewhere.reports.pages import render
from elsewhere.visualization.sheet import attention_sheet
from elsewhere.visualization.tiles import Extent, picture_tile

NAMES = {
    (False, True): "gained",
    (True, False): "lost",
    (False, False): "neither",
    (True, True): "both",
}


class Pair(NamedTuple):
    data: ImageData
    networks: dict


def network(data, seed):
    """Untrained, but made to tell the test pictures apart: what they share says nothing."""
    torch.manual_seed(seed)
    made = AttentionNetwork(
        SmallResNet((4, 6, 8)), 3, data.class_names, preprocessing=data.preprocessing
    )
    nn.init.normal_(made.head.classifier.weight)
    pictures = torch.stack([sample.image for sample in samples(data)])
    with torch.no_grad():
        for _ in range(5):
            made.train()(torch.randn(8, 3, 24, 24))
        shared = made.eval()(pictures).embedding.mean(0)
        weight = made.head.classifier.weight
        weight -= torch.outer(weight @ shared, shared) / (shared @ shared)
    return made


def samples(data):
    dataset = data.dataset("test")
    return [dataset[row] for row in range(42)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    Cub(species=3, train=2, test=14, size=24).write(folder / "CUB_200_2011")
    data = ImageData(
        path="cub", root=str(folder), size=24, resize=28, val=0, workers=0, test_batch_size=5
    )
    return Pair(data, {"baseline": network(data, 1), "CAL": network(data, 2)})


@pytest.fixture(scope="module")
def recount(pair):
    """The way of every test picture."""
    ways = []
    for sample in samples(pair.data):
        with torch.no_grad():
            right = tuple(
                int(each(sample.image[None]).logits[0].argmax()) == sample.label
                for each in pair.networks.values()
            )
        ways.append(NAMES[right])
    assert set(Counter(ways)) == set(NAMES.values()), "the test needs all four ways"
    return ways


def test_all_pictures_are_counted(pair, recount):
    looks = attention_sheets(pair.networks, pair.data, "test", rows=1)
    assert looks.counts == Counter(recount)
    assert f"CAL alone is right on {recount.count('gained')}" in looks.summary
    assert "Of the 42 pictures of split test" in looks.summary


def test_sheets_show_pictures_of_their_way_drawn_by_the_seed(pair, recount):
    looks = attention_sheets(pair.networks, pair.data, "test", rows=1, columns=2, seed=3)
    assert [sheet.way for sheet in looks.sheets] == ["gained", "lost"]
    draw = random.Random(3)
    for sheet in looks.sheets:
        rows = [row for row, way in enumerate(recount) if way == sheet.way]
        drawn = sorted(draw.sample(rows, min(2, len(rows))))
        assert (sheet.total, sheet.shown) == (len(rows), len(drawn))
        for row in drawn:
            image = denormalise(pair.data.dataset("test")[row].image, pair.data.preprocessing)
            tile = picture_tile(image.numpy(), Extent(138, 138))[20:-20, 20:-20]
            assert holds(sheet.picture, tile), f"{sheet.way}: picture {row} is missing"


def holds(sheet, tile):
    """Whether a sheet holds a tile somewhere."""
    height, width = tile.shape[:2]
    corners = (sheet[: -height + 1, : -width + 1] == tile[0, 0]).all(axis=2)
    return any(
        np.array_equal(sheet[y : y + height, x : x + width], tile)
        for y, x in zip(*np.nonzero(corners), strict=True)
    )


def test_a_picture_is_named_with_what_each_answered(pair):
    answers = answer_split(pair.networks, pair.data, "test")
    names = readable_names(pair.data.class_names)
    record = pair.data.table.split("test").records[17]
    seen = see(pair.networks, pair.data, "test", answers, 17, evidence=True)
    assert seen.true_class == record.label[4:].replace("_", " ")
    image = pair.data.dataset("test")[17].image[None]
    for look, (name, each) in zip(seen.looks, pair.networks.items(), strict=True):
        with torch.no_grad():
            output = each(image)
        answer = int(output.logits[0].argmax())
        assert (look.name, look.predicted) == (name, names[answer])
        assert look.correct == (pair.data.class_names[answer] == record.label)
        assert look.confidence == pytest.approx(float(output.logits[0].softmax(0)[answer]))
        assert look.attention == pytest.approx(output.attention[0].numpy())
        total = float(output.logits[0, answer])
        assert look.evidence.sum() == pytest.approx(total, rel=1e-3, abs=1e-3)


def test_fewer_than_wanted_are_all_shown_and_it_is_said(pair, recount):
    looks = attention_sheets(pair.networks, pair.data, "test", rows=20, columns=2, ways=["gained"])
    (sheet,) = looks.sheets
    many = recount.count("gained")
    assert sheet.shown == sheet.total == many
    assert sheet.sentence.endswith(f"there are only {many}, fewer than the 40 asked for.")


def page_of(looks):
    """The sheets as the page of a figure has them."""
    sets = [{"title": "CUB", "looks": looks}]
    return render("attention_figure", verb="", title="", lead="", sets=sets, command="")


def test_where_there_is_nothing_to_show_a_sentence_stands(pair):
    twins = {"baseline": pair.networks["CAL"], "CAL": pair.networks["CAL"]}
    looks = attention_sheets(twins, pair.data, "test", rows=2)
    html = page_of(looks)
    for sheet in looks.sheets:
        assert (sheet.picture, sheet.total, sheet.shown) == (None, 0, 0)
        assert "nothing to show" in sheet.sentence
        assert sheet.sentence in html
    assert "<img" not in html


def test_rows_make_a_page_with_a_caption(pair):
    looks = attention_sheets(pair.networks, pair.data, "test", rows=1, heading="CUB")
    html = page_of(looks)
    assert html.count("<img") == len(looks.sheets)
    for sheet in looks.sheets:
        assert all(words in html for words in (sheet.title, sheet.sentence, looks.caption))
    assert "seed 0" in looks.rule
    assert all(sheet.title in looks.rule for sheet in looks.sheets)


def test_networks_are_left_as_they_are(pair):
    before = {
        n: {k: v.clone() for k, v in e.state_dict().items()} for n, e in pair.networks.items()
    }
    attention_sheets(pair.networks, pair.data, "test", rows=1)
    for name, each in pair.networks.items():
        assert all(
            torch.equal(value, before[name][key]) for key, value in each.state_dict().items()
        )
        assert not each.training


def test_sheets_are_those_of_the_drawing(pair, recount):
    """The sheet is what `attention_sheet` makes of the pictures in the order of the split."""
    looks = attention_sheets(pair.networks, pair.data, "test", rows=30, ways=["lost"])
    answers = answer_split(pair.networks, pair.data, "test")
    rows = [row for row, way in enumerate(recount) if way == "lost"]
    seen = [see(pair.networks, pair.data, "test", answers, row) for row in rows]
    (sheet,) = looks.sheets
    expected = attention_sheet(seen, title=sheet.title, note=sheet.sentence)
    assert np.array_equal(sheet.picture, expected)


def test_networks_of_other_classes_are_refused(pair):
    other = AttentionNetwork(SmallResNet((4, 6, 8)), 3, ["a", "b", "c"]).eval()
    with pytest.raises(ConfigError, match=r"CAL was trained for 3 classes, the data have 3: 'a'"):
        answer_split({"baseline": pair.networks["baseline"], "CAL": other}, pair.data, "test")
    more = AttentionNetwork(SmallResNet((4, 6, 8)), 3, 4).eval()
    with pytest.raises(ConfigError, match="baseline was trained for 4 classes"):
        answer_split({"baseline": more, "CAL": more}, pair.data, "test")
    unnamed = AttentionNetwork(SmallResNet((4, 6, 8)), 3, 3).eval()
    assert len(answer_split({"a": unnamed, "b": unnamed}, pair.data, "test").labels) == 42


def test_networks_of_another_input_are_refused(pair):
    other = network(pair.data, 3)
    other.preprocessing = pair.data.preprocessing._replace(crop=(20, 20))
    with pytest.raises(ConfigError, match=r"CAL was trained for .*20, 20.*: set data") as caught:
        answer_split({"baseline": pair.networks["baseline"], "CAL": other}, pair.data, "test")
    assert "\n" not in str(caught.value)


def test_a_split_that_is_not_there(pair):
    with pytest.raises(DataError, match="no images in split 'val'"):
        attention_sheets(pair.networks, pair.data, "val", rows=1)


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["001.Black_footed_Albatross", "010.Jay"], ("Black footed Albatross", "Jay")),
        (["707-320", "Boeing 717"], ("707-320", "Boeing 717")),
        (["1.Jay", "2.Jay"], ("1.Jay", "2.Jay")),
        (["a_b", "a b"], ("a_b", "a b")),
        (["7.", "8.x"], ("7.", "8.x")),
        (["AM General Hummer SUV 2000"], ("AM General Hummer SUV 2000",)),
    ],
)
def test_class_names_are_shortened_only_where_they_stay_apart(names, plain):
    assert readable_names(names) == plain
