import numpy as np
import pytest
import torch
from PIL import Image

from elsewhere.data.inputs import load_images, seen_image
from elsewhere.errors import DataError, ModelError
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet, retrieval_vectors
from elsewhere.retrieval.matching import Compared, draw_match, look_at_match
from elsewhere.retrieval.verdict import judge, sentence
from elsewhere.structures import Preprocessing, Retrieval
from elsewhere.visualization.match import match_panel

VECTORS = ("pooled", "embedding", "neck", "logits")


def build(pooling="average"):
    torch.manual_seed(0)
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)),
        heads=3,
        classes=5,
        head=EmbeddingHead(7),
        pooling=pooling,
        preprocessing=Preprocessing((32, 16), (32, 16)),
    )
    network.head.norm.running_mean.normal_()
    return network.eval()


@pytest.fixture
def pair(tmp_path):
    """Two drawn pictures, neither its own mirror image."""
    made = []
    for seed, name in enumerate(("query", "found")):
        patches = np.random.default_rng(seed).integers(0, 256, (6, 3, 3), dtype=np.uint8)
        file = tmp_path / f"{name}.png"
        Image.fromarray(patches).resize((24, 48), Image.Resampling.NEAREST).save(file)
        made.append(Compared(name, file, (file.name, f"identity {seed}")))
    return tuple(made)


def mirrored(shown):
    """The same picture, drawn the other way round."""
    file = shown.source.with_name(f"mirrored-{shown.source.name}")
    Image.open(shown.source).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(file)
    return shown._replace(source=file)


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("mirror", [True, False])
def test_the_views_and_the_constant_make_up_the_similarity(pair, vector, mirror):
    network = build()
    match = look_at_match(network, Retrieval(vector, mirror), pair)
    images = load_images([each.source for each in pair], network.preprocessing)
    with torch.no_grad():
        a, b = retrieval_vectors(network, images, (vector,), mirror)[vector].double().numpy()
    cosine = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
    assert match.similarity == pytest.approx(cosine, abs=1e-5)
    for side, shown in zip(match.sides, pair, strict=True):
        assert len(side.evidence) == (2 if mirror else 1)
        views = [float(view.sum()) for view in side.evidence]
        assert sum(views) + side.constant == pytest.approx(cosine, abs=1e-4)
        assert (side.constant != 0) == (vector in ("neck", "logits"))
        assert (side.name, side.captions) == (shown.name, shown.captions)
        assert np.array_equal(side.picture, seen_image(shown.source, network.preprocessing))


@pytest.mark.parametrize("vector", ["pooled", "embedding"])
def test_a_views_sum_is_what_that_view_has_in_common_with_the_other(pair, vector):
    """Before batch norm a view's share is its own vector's, along the other's direction."""
    network = build()
    match = look_at_match(network, Retrieval(vector, True), pair)
    images = load_images([each.source for each in pair], network.preprocessing)
    with torch.no_grad():
        upright, turned = (
            retrieval_vectors(network, view, (vector,))[vector].double().numpy()
            for view in (images, images.flip(-1))
        )
    whole = upright + turned
    lengths = np.sqrt((whole**2).sum(axis=1)).prod()
    for side, own, other in zip(match.sides, (0, 1), (1, 0), strict=True):
        shares = [(view[own] * whole[other]).sum() / lengths for view in (upright, turned)]
        assert [view.sum() for view in side.evidence] == pytest.approx(shares, abs=1e-4)
        if vector == "embedding":
            assert abs(shares[0] - shares[1]) > 1e-3, "the views differ"


def test_the_mirrors_evidence_is_flipped_back(pair):
    """A picture drawn the other way round has the two views' maps swapped, each turned over."""
    network = build()
    retrieval = Retrieval("embedding", True)
    plain = look_at_match(network, retrieval, pair).sides[0].evidence
    turned = look_at_match(network, retrieval, (mirrored(pair[0]), pair[1])).sides[0].evidence
    assert turned[0] == pytest.approx(plain[1][:, :, ::-1], abs=1e-5)
    assert turned[1] == pytest.approx(plain[0][:, :, ::-1], abs=1e-5)
    alone = look_at_match(network, Retrieval("embedding", False), (mirrored(pair[0]), pair[1]))
    assert np.abs(alone.sides[0].evidence[0] - plain[1]).max() > 1e-3, "no map is symmetric"


@pytest.mark.parametrize(
    "retrieval",
    [
        Retrieval("embedding", True, 0.5, 0.01, 8.0, -4.0),
        Retrieval("embedding", False, 1.5, None, 0.0, 0.0),
        Retrieval("embedding", True),
    ],
)
def test_the_panel_says_the_sentence(pair, retrieval):
    network = build()
    match = look_at_match(network, retrieval, pair)
    said = sentence(judge(match.similarity, retrieval), retrieval)
    panel = draw_match(network, retrieval, pair, right=True, title="two")
    assert np.array_equal(panel, match_panel(*match.sides, said=said, right=True, title="two"))
    given = judge(0.123, retrieval)
    panel = draw_match(network, retrieval, pair, verdict=given)
    assert np.array_equal(panel, match_panel(*match.sides, said=sentence(given, retrieval)))


def test_no_evidence_with_max_pooling(pair):
    sides = look_at_match(build("max"), Retrieval("neck", True), pair).sides
    assert [side.evidence for side in sides] == [None, None]


def test_bad_input_is_one_clear_line(pair):
    network = build()
    with pytest.raises(DataError, match=r"nowhere\.png"):
        look_at_match(
            network, Retrieval(), (pair[0], pair[1]._replace(source=pair[1].source / "nowhere.png"))
        )
    network.preprocessing = None
    with pytest.raises(ModelError, match="no preprocessing"):
        draw_match(network, Retrieval(), pair)
