import math
from xml.etree import ElementTree

import pytest

from elsewhere.drawn import Cub
from elsewhere.reproduce.bias import ClassBias, EnvironmentDistance, Share
from elsewhere.reproduce.bias_figure import (
    bias_chart,
    bias_notes,
    bias_table,
    distance_text,
    write_bias,
)
from elsewhere.reproduce.planning import Asked

SVG = "{http://www.w3.org/2000/svg}"
RED = Share("has_crown_color::dark_red", (6, 30), (12, 24))
LONG = Share("has_bill_length::about_the_same_as_head", (30, 30), (9, 24))
SEA = Share("open sea", (20, 25), (0, 0))


def make(**changes):
    bias = ClassBias(
        "082.Ringed_Kingfisher", (30, 24), (RED,), (LONG,), 0.625, 0.241, 200, (SEA,), (5, 24)
    )
    return bias._replace(**changes)


def words(bias):
    return [text.text for text in ElementTree.fromstring(bias_chart(bias)).iter(SVG + "text")]


def test_the_chart_holds_every_number():
    found = words(make())
    assert {"training, 30 images", "test, 24 images", "Environments"} <= set(found)
    assert {"20 % · 6 of 30", "50 % · 12 of 24", "80 % · 20 of 25", "no images"} <= set(found)
    assert "share of the images of Ringed Kingfisher" in found


def test_groups_without_a_row_have_no_heading():
    assert "Environments" not in words(make(environments=()))
    assert "Attributes that differ most" not in words(make(different=()))


def test_rows_say_the_same_in_words():
    assert bias_table(make()).rows == [
        ("crown color: dark red", "20.0 (6 of 30)", "50.0 (12 of 24)", "-30.0"),
        ("bill length: about the same as head", "100.0 (30 of 30)", "37.5 (9 of 24)", "+62.5"),
        ("open sea", "80.0 (20 of 25)", "–", "–"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            "Attributes: 1 chosen as seen most often, though not in every image; 1 of the others, ",
        ),
        ({}, "All attribute labels count"),
        ({}, "62.5 points. Split at random, the same images would show one of 24.1 points"),
        ({}, "Without an environment in the list: 5 training and 24 test images"),
        ({"environments": ()}, "Environments are not known: no published set has them."),
    ],
)
def test_notes_say_what_was_counted(changes, said):
    assert said in " ".join(bias_notes(make(**changes)))


def test_notes_leave_out_what_is_not_so():
    notes = " ".join(bias_notes(make(unknown=(0, 0), largest=math.nan, different=())))
    assert not any(
        words in notes for words in ("Without an environment", "largest", "of the others")
    )


def test_the_distance_in_words():
    known = EnvironmentDistance(0.7063, 0.2456, {"a": 0.5, "b": 0.9126}, 1, 1200)
    assert distance_text(known) == (
        "Over 2 classes, the environments of training and test are 70.6 % apart (total variation, "
        "mean over classes); split at random, the same images would be 24.6 % apart. Left out: 1 "
        "class without environments in both and 1,200 images without one."
    )
    whole = distance_text(known._replace(left_out=0, unknown=0))
    assert "Left out" not in whole
    none = EnvironmentDistance(math.nan, math.nan, {}, 2, 4)
    assert "nan" not in distance_text(none)


def test_where_the_set_is_gone_nothing_older_is_left(tmp_path):
    Cub(species=2, train=3, test=2, size=24).write(tmp_path / "sets" / "CUB_200_2011")
    asked = Asked(tmp_path / "sets", tmp_path / "out", [0], "paper", drawn=True, extra=[])
    write_bias(asked, "command")
    files = {f"figure2.{ending}" for ending in ("html", "json", "md", "svg")}
    assert {file.name for file in asked.out.iterdir()} == files
    (said,) = write_bias(asked._replace(drawn=False), "command")  # of two classes, not the paper's
    assert "no class 'Ringed Kingfisher'" in said
    write_bias(asked, "command")
    (tmp_path / "sets" / "CUB_200_2011").rename(tmp_path / "moved")
    (said,) = write_bias(asked, "command")
    assert said.startswith("figure2: not run: ")
    assert [file.name for file in asked.out.iterdir()] == ["figure2.md"]
    assert "Not run: " in (asked.out / "figure2.md").read_text()
