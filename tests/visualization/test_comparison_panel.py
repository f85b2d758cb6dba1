import dataclasses

import numpy as np
import pytest

from elsewhere.visualization.canvas import RIGHT, WRONG
from elsewhere.visualization.comparison import Look, comparison_panel


def count(panel, colour):
    return (panel == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2).sum()


@pytest.fixture
def look(maps):
    return Look("baseline", maps, maps - 0.5, "a bird", 0.8, correct=True)


def test_another_model_does_not_change_the_first(picture, look):
    other = dataclasses.replace(look, attention=9 * look.attention[::-1], name="CAL")
    alone, together = comparison_panel(picture, [look]), comparison_panel(picture, [look, other])
    assert together.shape[1] > alone.shape[1]
    inside = alone.shape[1] - 40
    assert (alone[:, :inside] == together[:, :inside]).all()


def test_right_and_wrong_differ_and_unknown_is_neither(picture, look):
    for correct, shown, hidden in ((True, RIGHT, WRONG), (False, WRONG, RIGHT)):
        panel = comparison_panel(picture, [dataclasses.replace(look, correct=correct)])
        assert count(panel, shown) > 20
        assert count(panel, hidden) == 0
    unknown = comparison_panel(picture, [dataclasses.replace(look, correct=None)])
    assert count(unknown, RIGHT) == count(unknown, WRONG) == 0


def test_without_evidence_the_column_is_missing(picture, look):
    bare = dataclasses.replace(look, evidence=None)
    wide, narrow = (comparison_panel(picture, [each]) for each in (look, bare))
    assert narrow.shape[1] < wide.shape[1]


def test_long_names_stay_on_the_sheet(picture, look):
    long = dataclasses.replace(look, name="n" * 200, predicted="p" * 200)
    panel = comparison_panel(picture, [long], true_class="t" * 200)
    assert (panel[:, -20:] == 255).all()
    assert np.array_equal(panel.shape, comparison_panel(picture, [look], true_class="t").shape)
