import numpy as np
import pytest

from elsewhere.visualization.overlay import (
    attention_overlay,
    evidence_overlay,
    resize_picture,
    resize_plane,
    scale_amount,
    scale_signed,
)

SIZE = (48, 60)
ODD = [
    np.zeros((4, 4)),
    np.ones((4, 4)),
    np.full((4, 4), np.nan),
    np.full((4, 4), np.inf),
    -np.ones((4, 4)),
]


@pytest.mark.parametrize("values", ODD, ids=["zero", "constant", "nan", "infinite", "negative"])
@pytest.mark.parametrize("overlay", [attention_overlay, evidence_overlay])
def test_odd_maps_give_a_picture(picture, overlay, values):
    shown = overlay(picture, values, SIZE)
    assert shown.shape == (*SIZE, 3)
    assert shown.dtype == np.uint8


@pytest.mark.parametrize("overlay", [attention_overlay, evidence_overlay])
def test_a_maps_own_size_does_not_matter(picture, maps, overlay):
    assert (overlay(picture, maps[0], SIZE) == overlay(picture, 64 * maps[0], SIZE)).all()


def test_amounts_keep_zero_and_peak_at_one():
    scaled = scale_amount(np.array([[0.0, 2.0], [4.0, np.nan]]))
    assert scaled.tolist() == [[0, 0.5], [1, 0]]


def test_signed_maps_keep_zero_and_sign():
    scaled = scale_signed(np.array([[-4.0, 0.0], [2.0, np.nan]]))
    assert scaled.tolist() == [[-1, 0], [0.5, 0]]


def test_maps_that_share_a_scale_keep_their_ratio(picture):
    one, other = np.array([[2.0, -1.0], [0.0, 0.5]]), np.array([[0.0, -4.0], [1.0, 0.0]])
    assert scale_signed(one, 4.0).tolist() == [[0.5, -0.25], [0.0, 0.125]]
    assert scale_signed(other, 4.0).tolist() == scale_signed(other).tolist()
    for values, same in ((other, True), (one, False)):
        shared = evidence_overlay(picture, values, SIZE, 4.0)
        assert np.array_equal(shared, evidence_overlay(picture, values, SIZE)) == same
    assert not scale_signed(np.zeros((2, 2)), 0.0).any()


def test_no_evidence_shows_the_same_as_an_unknown_one(picture):
    nothing = evidence_overlay(picture, np.zeros((4, 4)), SIZE)
    assert (nothing == evidence_overlay(picture, np.full((4, 4), np.nan), SIZE)).all()
    assert (nothing[..., 0] == nothing[..., 2]).all(), "no colour where there is no evidence"


def test_evidence_is_warm_for_and_cold_against(picture):
    evidence = np.zeros((4, 4))
    evidence[0, 0], evidence[3, 3] = 1, -1
    shown = evidence_overlay(picture, evidence, (40, 40)).astype(int)
    assert shown[4, 4, 0] > shown[4, 4, 2] + 60
    assert shown[-5, -5, 2] > shown[-5, -5, 0] + 60


def test_heat_lies_where_the_attention_is(picture):
    attention = np.zeros((4, 4))
    attention[0, 3] = 1
    black = np.zeros_like(picture)
    shown = attention_overlay(black, attention, (40, 40)).sum(axis=2)
    row, column = np.unravel_index(shown.argmax(), shown.shape)
    assert row < 10
    assert column >= 30


def test_enlarging_never_leaves_a_maps_extremes(maps):
    large = resize_plane(maps[0], (91, 77))
    assert large.shape == (91, 77)
    assert large.min() >= maps[0].min()
    assert large.max() <= maps[0].max()


def test_a_flat_picture_stays_flat():
    flat = resize_picture(np.full((3, 8, 8), 0.2, dtype=np.float32), (33, 21))
    assert flat.shape == (33, 21, 3)
    assert flat == pytest.approx(0.2)
