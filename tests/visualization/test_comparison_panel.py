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


LONG = "Chevrolet Silverado 1500 Hybrid Crew Cab 2012"


def test_long_names_take_more_lines_and_stay_below_their_tile(picture, look):
    bare = dataclasses.replace(look, evidence=None, predicted="Jay", correct=None)
    short = comparison_panel(picture, [bare, bare], true_class="Jay")
    both = [dataclasses.replace(bare, predicted=LONG)] * 2
    long = comparison_panel(picture, both, true_class=LONG)
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]
    below = long[2 * (20 + 38 + 168) :]
    for gap in (2 * (20 + 168), 2 * (20 + 2 * 168 + 22)):
        assert (below[:, gap : gap + 2 * 22] == 255).all()
    assert (below[:, -40:] == 255).all()
    assert (below[-40:] == 255).all()


@pytest.mark.parametrize("name", ["n" * 200, "many words " * 50, ""])
def test_names_without_an_end_stay_on_the_sheet(picture, look, name):
    endless = dataclasses.replace(look, predicted=name)
    panel = comparison_panel(picture, [endless], true_class=name)
    edges = (panel[:40], panel[-40:], panel[:, :40], panel[:, -40:])
    assert all((edge == 255).all() for edge in edges)


def test_each_map_lies_on_its_own_tile(picture, look):
    spot = np.zeros((1, 6, 6), dtype=np.float32)
    spot[0, 0, 0] = 1
    plain = dataclasses.replace(look, evidence=None)
    spotted = dataclasses.replace(plain, attention=spot)
    black = np.zeros_like(picture)
    panel = comparison_panel(black, [spotted, plain]).astype(int)
    top, left, side = 2 * (20 + 38), 2 * (20 + 168 + 22), 2 * 168
    tile = panel[top : top + side, left : left + side].sum(axis=2)
    assert tile[20:60, 20:60].mean() > 3 * tile[-60:-20, -60:-20].mean() + 60
    third = slice(left + side + 2 * 22, None)
    both = comparison_panel(black, [plain, plain])
    assert np.array_equal(panel[top : top + side, third], both[top : top + side, third])


def test_long_names_stay_on_the_sheet(picture, look):
    long = dataclasses.replace(look, name="n" * 200, predicted="p" * 200)
    panel = comparison_panel(picture, [long], true_class="t" * 200)
    assert (panel[:, -20:] == 255).all()
    assert np.array_equal(panel.shape, comparison_panel(picture, [look], true_class="t").shape)
