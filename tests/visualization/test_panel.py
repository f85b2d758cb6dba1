import numpy as np
import pytest

from elsewhere.visualization.canvas import PREDICTED_BOX
from elsewhere.visualization.panel import explanation_panel, head_shares


def coloured(panel, colour):
    return (panel == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


@pytest.mark.parametrize("heads", [1, 2, 7, 8, 9, 32])
@pytest.mark.parametrize("with_evidence", [True, False])
def test_any_number_of_heads(picture, heads, with_evidence):
    attention = np.random.default_rng(2).random((heads, 5, 5)).astype(np.float32)
    panel = explanation_panel(picture, attention, attention - 0.5 if with_evidence else None)
    assert panel.dtype == np.uint8
    assert panel.shape[2] == 3
    edge = np.concatenate([panel[:20].ravel(), panel[-20:].ravel(), panel[:, -20:].ravel()])
    assert (edge == 255).all(), "nothing runs into the margin"


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan])
def test_constant_and_nan_maps(picture, value):
    flat = np.full((3, 4, 4), value, dtype=np.float32)
    assert explanation_panel(picture, flat, flat).shape[2] == 3


def test_a_box_lies_where_it_should(maps):
    dark = np.zeros((3, 24, 24), dtype=np.float32)
    box = (6.0, 12.0, 18.0, 24.0)
    panel = explanation_panel(dark, maps, tile=240, predicted_box=box)
    left, top = 48, 48 + 40
    rows, columns = np.nonzero(coloured(panel, PREDICTED_BOX)[: top + 480])
    expected = [value * 20 for value in box]
    assert columns.min() - left == pytest.approx(expected[0], abs=2)
    assert rows.min() - top == pytest.approx(expected[1], abs=2)
    assert columns.max() + 1 - left == pytest.approx(expected[2], abs=2)
    assert rows.max() + 1 - top == pytest.approx(expected[3], abs=2)


@pytest.mark.parametrize("box", [None, (np.nan,) * 4])
def test_an_unknown_box_is_left_out(picture, maps, box):
    panel = explanation_panel(picture, maps, predicted_box=box)
    assert not coloured(panel, PREDICTED_BOX)[: 2 * (24 + 20 + 208)].any()


def test_heads_are_scaled_apart(picture, maps):
    louder = maps.copy()
    louder[1] *= 64
    plain, changed = (explanation_panel(picture, each) for each in (maps, louder))
    strip = plain.shape[0] - 230
    assert (plain[strip:] == changed[strip:]).all(), "a loud head leaves all head maps as they were"
    assert (plain[:strip] != changed[:strip]).any(), "but moves the mean"


def test_tall_and_wide_pictures_keep_their_aspect(maps):
    tall = explanation_panel(np.zeros((3, 40, 20), dtype=np.float32), maps, tile=200)
    dark = (tall == 0).all(axis=2)
    rows, columns = np.nonzero(dark[:, 48 : 48 + 240])
    assert np.ptp(rows) + 1 == pytest.approx(400, abs=2)
    assert np.ptp(columns) + 1 == pytest.approx(200, abs=2)


def test_head_shares_are_signed_parts_of_the_whole():
    evidence = np.zeros((3, 2, 2))
    evidence[0], evidence[1] = 0.75, -0.25
    assert head_shares(evidence).tolist() == [0.75, -0.25, 0]
    assert head_shares(np.full((2, 2, 2), np.nan)).tolist() == [0, 0]
