"""Where two networks look, against a recount that asks about one picture at a time."""

import random
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from elsewhere.bundle import load_bundle
from elsewhere.cli import main
from elsewhere.data.image_data import ImageData
from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import Cub
from elsewhere.errors import DataError
from elsewhere.models import AttentionNetwork, SmallResNet
from elsewhere.recipes.composition import compose, split_words
from elsewhere.reports.pages import render
from elsewhere.reproduce.attention_figures import Answers, _sentence, draw_looks, recorded_answers
from elsewhere.reproduce.sets import readable_names
from elsewhere.runs.building import build_data
from elsewhere.visualization.comparison import Look, comparison_panel
from elsewhere.visualization.sheet import grid, titled

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


@torch.no_grad()
def ask(networks, data):
    """What networks answer about one test picture after the other."""
    each = samples(data)
    answers = {
        name: [int(network(sample.image[None]).logits[0].argmax()) for sample in each]
        for name, network in networks.items()
    }
    return Answers([sample.label for sample in each], answers)


@pytest.fixture(scope="module")
def answers(pair):
    return ask(pair.networks, pair.data)


@pytest.fixture(scope="module")
def recount(answers):
    """The way of every test picture."""
    both = zip(answers.by_network["baseline"], answers.by_network["CAL"], strict=True)
    ways = [
        NAMES[first == label, second == label]
        for (first, second), label in zip(both, answers.labels, strict=True)
    ]
    assert set(Counter(ways)) == set(NAMES.values()), "the test needs all four ways"
    return ways


@pytest.fixture(scope="module")
def looks(pair, answers):
    return draw_looks("figure5", "cub", *pair[::-1], answers)


def test_all_pictures_are_counted(looks, recount):
    assert looks.counts == Counter(recount)
    assert list(looks.counts) == ["gained", "lost", "neither", "both"]
    gained, lost, neither, both = looks.counts.values()
    assert looks.summary == (
        f"Of the 42 pictures of split test, CAL alone is right on {gained}, baseline alone on "
        f"{lost}; both are right on {both} and both wrong on {neither}."
    )


def test_sheets_show_pictures_of_their_way_drawn_at_random(pair, answers, recount, looks):
    draw = random.Random(0)
    assert [sheet.way for sheet in looks.sheets] == ["gained", "lost"]
    for sheet in looks.sheets:
        rows = [row for row, way in enumerate(recount) if way == sheet.way]
        drawn = sorted(draw.sample(rows, min(4, len(rows))))
        panels = grid([panel(pair, answers, row) for row in drawn], columns=2)
        expected = titled(panels, f"CUB-200-2011 · {sheet.title}", sheet.sentence)
        assert np.array_equal(sheet.picture, expected)


@torch.no_grad()
def panel(pair, answers, row):
    """A picture with what each network answered to it."""
    sample = samples(pair.data)[row]
    names = [name[4:].replace("_", " ") for name in pair.data.class_names]
    found = []
    for name, each in pair.networks.items():
        output, answer = each(sample.image[None]), answers.by_network[name][row]
        likely = float(output.logits[0].softmax(0)[answer])
        attention, right = output.attention[0].numpy(), answer == sample.label
        found.append(Look(name, attention, None, names[answer], likely, right))
    picture = denormalise(sample.image, pair.data.preprocessing).numpy()
    return comparison_panel(picture, found, true_class=names[sample.label], tile=138)


def test_how_many_are_shown_of_how_many_is_said():
    assert _sentence(0, 4).startswith("No picture of split test is of this way")
    assert _sentence(1234, 4) == "4 of 1,234 such pictures, drawn at random (seed 0)."
    assert _sentence(4, 4) == "All 4 such pictures of split test."
    assert _sentence(3, 4).endswith("there are only 3, fewer than the 4 asked for.")
    assert "there is only one" in _sentence(1, 4)


def test_where_there_is_nothing_to_show_there_is_no_picture(pair):
    twins = {"baseline": pair.networks["CAL"], "CAL": pair.networks["CAL"]}
    looks = draw_looks("figure1", "cub", twins, pair.data, ask(twins, pair.data))
    assert [sheet.picture for sheet in looks.sheets] == [None, None]
    assert all("nothing to show" in sheet.sentence for sheet in looks.sheets)
    assert looks.files("figure1") == {}
    html = render(
        "attention_figure", verb="", title="", lead="", sets=[looks], caption="", command=""
    )
    assert "nothing to show" in html
    assert "<img" not in html


def test_the_rule_is_stated(looks):
    assert "Of 42 pictures, up to 4 were drawn at random (seed 0)" in looks.rule
    assert all(sheet.title in looks.rule for sheet in looks.sheets)


def test_networks_are_left_as_they_are(pair, answers):
    before = {
        n: {k: v.clone() for k, v in e.state_dict().items()} for n, e in pair.networks.items()
    }
    draw_looks("figure5", "cub", pair.networks, pair.data, answers)
    for name, each in pair.networks.items():
        assert all(
            torch.equal(value, before[name][key]) for key, value in each.state_dict().items()
        )
        assert not each.training


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """A short training on birds, its folder and its data."""
    root = tmp_path_factory.mktemp("tested")
    Cub(species=3, train=4, test=5, size=32).write(root / "CUB_200_2011")
    words = ["--config", "classification-paper", "--config", "toy-classes", "--data.path=cub",
             f"--data.root={root}", "--trainer.max_epochs=1", "--data.size=32",
             "--data.resize=36"]  # fmt: skip
    assert main(["fit", *words, f"--runs={root / 'runs'}"]) == 0
    folder = next((root / "runs").glob("*/seed-0"))
    return folder, build_data(compose(*split_words(words)))


def test_recorded_answers_are_those_the_network_gives_when_asked(tested):
    folder, data = tested
    network = load_bundle(folder / "bundle")
    with torch.no_grad():
        answers = [
            int(network(sample.image[None]).logits[0].argmax()) for sample in data.dataset("test")
        ]
    found = recorded_answers({"it": folder / "images-test.csv"}, data.table.split("test"))
    assert found == Answers(data.table.split("test").labels, {"it": answers})
    assert len(answers) == 15


def test_a_table_that_is_broken_or_of_other_pictures_is_refused(tested, tmp_path):
    folder, data = tested
    lines = (folder / "images-test.csv").read_bytes().splitlines(keepends=True)
    file = tmp_path / "images-test.csv"
    for changed, said in (
        (lines[:-1], "is of other pictures than"),
        ([lines[0], lines[2], lines[1], *lines[3:]], "is of other pictures than"),
        ([lines[0].replace(b"predicted (raw)", b"guess"), *lines[1:]], "cannot be read"),
        ([*lines[:-1], lines[-1].partition(b",")[0]], "cannot be read"),
        ([*lines[:-1], b"\xff" + lines[-1]], "cannot be read"),
    ):
        file.write_bytes(b"".join(changed))
        with pytest.raises(DataError, match=said):
            recorded_answers({"it": file}, data.table.split("test"))


def test_a_missing_table_is_named(tested, tmp_path):
    with pytest.raises(DataError, match=r"nothing\.csv: cannot be read"):
        recorded_answers({"it": tmp_path / "nothing.csv"}, tested[1].table.split("test"))


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
