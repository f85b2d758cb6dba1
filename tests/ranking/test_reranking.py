import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import reranking as reference

import elsewhere
from elsewhere.errors import ConfigError, DataError
from elsewhere.ranking.neighbours import nearest_images, place

PARAMETERS = [(20, 6, 0.3), (7, 1, 0.5), (1, 2, 0.3), (5, 30, 0.0), (4, 3, 1.0), (500, 3, 0.3)]


def clustered(images, size=16, identities=9, spread=0.6, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(identities, size, generator=generator, dtype=dtype)
    chosen = torch.randint(identities, (images,), generator=generator)
    noise = torch.randn(images, size, generator=generator, dtype=dtype)
    return centres[chosen] + spread * noise


def expected(query, gallery, *parameters):
    return torch.from_numpy(reference.rerank(query.numpy(), gallery.numpy(), *parameters))


@pytest.mark.parametrize("parameters", PARAMETERS)
@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-12), (torch.float32, 2e-6)])
def test_equals_the_published_formula(parameters, dtype, error):
    query, gallery = clustered(90, dtype=dtype).split([20, 70])
    result = elsewhere.rerank(query, gallery, *parameters)
    assert result.dtype == dtype
    torch.testing.assert_close(
        result.double(), expected(query, gallery, *parameters), atol=error, rtol=0
    )


@pytest.mark.parametrize("block", [None, 7, 64])
def test_a_set_among_itself_holds_every_image_once(block):
    images = clustered(90)
    wanted = torch.from_numpy(reference.rerank(images.numpy(), None))
    result = elsewhere.rerank(images, None, block=block)
    torch.testing.assert_close(result, wanted, atol=1e-12, rtol=0)
    distances, nearest = elsewhere.rerank(images, None, top=5, block=block)
    torch.testing.assert_close(distances, wanted.gather(1, nearest), atol=1e-12, rtol=0)
    torch.testing.assert_close(distances, wanted.topk(5, largest=False).values)
    doubled = elsewhere.rerank(images, images)
    assert not torch.allclose(doubled, result, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 25),
    st.integers(1, 12),
    st.integers(1, 8),
    st.integers(0, 10_000),
)
def test_equals_the_published_formula_with_ties_and_duplicates(queries, gallery, k1, k2, seed):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randint(0, 3, (queries + gallery, 2), generator=generator).double()
    query, gallery = points.split([queries, gallery])
    result = elsewhere.rerank(query, gallery, k1, k2)
    torch.testing.assert_close(result, expected(query, gallery, k1, k2, 0.3), atol=1e-12, rtol=0)


def tied(images):
    """Fine lattice points far from zero: distances tie, and products in float32 lose the order."""
    generator = torch.Generator().manual_seed(0)
    points = torch.randint(0, 4, (images, 24), generator=generator).float()
    return points * 2.0**-11 + torch.rand(24, generator=generator).mul(1024).round()


def test_neighbours_are_those_by_exact_distance():
    query, gallery = tied(150).split([9, 141])
    lists = reference.neighbours(reference.distances(query.numpy(), gallery.numpy()))
    found = nearest_images(place(query, gallery), 30)
    assert found.lists.tolist() == [one[:30] for one in lists]


def test_the_nearest_alone_are_those_by_exact_distance():
    query, gallery = tied(150).split([9, 141])
    distances = torch.from_numpy(reference.distances(query.numpy(), gallery.numpy())[:9, 9:])
    indices = elsewhere.rerank(query, gallery, lambda_=1, top=40)[1]
    assert indices.equal(distances.sort(dim=1, stable=True).indices[:, :40])


@pytest.mark.parametrize("parameters", PARAMETERS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_nearest_alone_are_those_of_the_matrix(parameters, dtype):
    query, gallery = clustered(90, dtype=dtype).split([20, 70])
    distances, indices = elsewhere.rerank(query, gallery, *parameters, top=9)
    whole = elsewhere.rerank(query.double(), gallery.double(), *parameters)
    wanted, order = whole.sort(dim=1, stable=True)
    torch.testing.assert_close(distances.double(), wanted[:, :9], atol=2e-6, rtol=0)
    assert distances.dtype == dtype
    torch.testing.assert_close(whole.gather(1, indices), wanted[:, :9], atol=2e-6, rtol=0)
    if dtype == torch.float64 and parameters[2] > 0:
        assert indices.equal(order[:, :9])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_of_identical_gallery_images_the_first_comes_first(dtype):
    query, gallery = clustered(60, dtype=dtype).split([8, 52])
    gallery = gallery.repeat(3, 1)
    for block in (None, 7, 50):
        indices = elsewhere.rerank(query, gallery, top=156, block=block)[1]
        ranks = indices.argsort(dim=1)
        first, second, third = ranks.split(52, dim=1)
        assert (first + 1).equal(second)
        assert (second + 1).equal(third)


def test_more_than_there_are_is_all_there_are():
    query, gallery = clustered(12).split([2, 10])
    distances, indices = elsewhere.rerank(query, gallery, top=50)
    assert distances.shape == indices.shape == (2, 10)
    assert indices.sort(dim=1).values.tolist() == [list(range(10))] * 2


@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-12), (torch.float32, 1e-6)])
@pytest.mark.parametrize("block", [5, 64, 1000])
def test_blocks_leave_no_trace(block, dtype, error):
    query, gallery = clustered(130, dtype=dtype).split([30, 100])
    whole = elsewhere.rerank(query, gallery)
    parts = elsewhere.rerank(query, gallery, block=block)
    torch.testing.assert_close(parts, whole, atol=error, rtol=0)
    near = elsewhere.rerank(query, gallery, top=100, block=block)[1]
    assert near.equal(elsewhere.rerank(query, gallery, top=100)[1])


def test_more_identical_images_than_a_list_holds():
    points = clustered(90)
    points[10:80] = points[5]
    query, gallery = points.split([20, 70])
    for k1 in (3, 20):
        result = elsewhere.rerank(query, gallery, k1, 4)
        torch.testing.assert_close(result, expected(query, gallery, k1, 4), atol=1e-12, rtol=0)


@pytest.mark.parametrize("gallery", [1, 5, 60])
def test_identical_images_are_all_at_distance_zero(gallery):
    result = elsewhere.rerank(torch.ones(3, 4) / 3, torch.ones(gallery, 4) / 3)
    assert result.tolist() == [[0.0] * gallery] * 3


def test_one_query_and_arrays():
    query, gallery = clustered(31).split([1, 30])
    result = elsewhere.rerank(query.numpy(), gallery.numpy())
    assert isinstance(result, torch.Tensor)
    torch.testing.assert_close(result, expected(query, gallery), atol=1e-12, rtol=0)


def test_halves_and_whole_numbers_are_taken():
    points = torch.randint(0, 9, (40, 6), generator=torch.Generator().manual_seed(0))
    wanted = elsewhere.rerank(points[:9].double(), points[9:].double())
    whole = elsewhere.rerank(points[:9], points[9:])
    torch.testing.assert_close(whole, wanted, atol=1e-12, rtol=0)
    halves = elsewhere.rerank(points[:9].half(), points[9:].half())
    torch.testing.assert_close(halves, wanted.float(), atol=1e-6, rtol=0)


def test_normalized_rows_are_compared_by_direction():
    query, gallery = clustered(60).split([10, 50])
    lengths = torch.rand(60, 1, dtype=torch.float64) + 0.5
    result = elsewhere.rerank(query * lengths[:10], gallery * lengths[10:], normalize=True)
    query, gallery = (part / part.norm(dim=1, keepdim=True) for part in (query, gallery))
    torch.testing.assert_close(result, expected(query, gallery), atol=1e-12, rtol=0)


@pytest.mark.parametrize("factor", [1e-25, 1e25])
def test_neither_tiny_nor_huge_features_are_lost(factor):
    query, gallery = clustered(60, dtype=torch.float32).split([10, 50])
    result = elsewhere.rerank(query * factor, gallery * factor)
    torch.testing.assert_close(result, elsewhere.rerank(query, gallery), atol=1e-5, rtol=0)


def test_autocast_makes_no_difference():
    query, gallery = clustered(60, dtype=torch.float32).split([10, 50])
    with torch.autocast("cpu"):
        result = elsewhere.rerank(query, gallery)
    torch.testing.assert_close(result, elsewhere.rerank(query, gallery), atol=1e-6, rtol=0)


def test_coarse_products_make_no_difference():
    query, gallery = clustered(60, dtype=torch.float32).split([10, 50])
    wanted = elsewhere.rerank(query, gallery)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        assert place(query, gallery).points.coordinates.dtype == torch.float64
        result = elsewhere.rerank(query, gallery)
    finally:
        torch.set_float32_matmul_precision(before)
    assert result.dtype == torch.float32
    torch.testing.assert_close(result, wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"k1": 0},
        {"k2": 0},
        {"top": 0},
        {"block": 0},
        {"lambda_": -0.1},
        {"lambda_": 1.1},
        {"lambda_": float("nan")},
    ],
)
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))) as caught:
        elsewhere.rerank(torch.ones(2, 3), torch.ones(4, 3), **wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "gallery", "said"),
    [
        (np.ones((2, 3)), np.ones((4, 5)), "3 numbers per image, gallery features 5"),
        (np.ones((0, 3)), np.ones((4, 3)), "query: features of shape"),
        (np.ones((2, 3)), np.ones((0, 3)), "gallery: features of shape"),
        (np.ones(3), np.ones((4, 3)), "query: features of shape"),
        (np.ones((2, 0)), np.ones((4, 0)), "query: features of shape"),
        (
            np.ones((2, 3)),
            np.array([[1, 2, 3], [1, np.nan, 2]]),
            "gallery: .* in row 1;.*1 of 2 rows",
        ),
        (np.array([[1, np.inf, 3]]), np.ones((4, 3)), "query: .* in row 0;.*1 of 1 rows"),
    ],
)
def test_unusable_features_are_named(query, gallery, said):
    with pytest.raises(DataError, match=said) as caught:
        elsewhere.rerank(query, gallery)
    assert "\n" not in str(caught.value)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_devices_agree():
    query, gallery = clustered(3000, 256, 120, dtype=torch.float32).split([500, 2500])
    ours = elsewhere.rerank(query.cuda(), gallery.cuda())
    assert ours.is_cuda
    torch.testing.assert_close(ours.cpu(), elsewhere.rerank(query, gallery), atol=1e-5, rtol=0)
    lists = [
        nearest_images(place(query.to(device), gallery.to(device)), 21).lists.cpu()
        for device in ("cpu", "cuda")
    ]
    assert lists[0].equal(lists[1])
