import pytest
import torch
from tests.models.small_networks import HEADS, make, warm

from elsewhere.errors import ModelError
from elsewhere.models import (
    EmbeddingHead,
    match_evidence,
    retrieval_vectors,
    view_vectors,
)

KINDS = {"classifier": ("pooled", "embedding", "logits"),
         "embedding": ("pooled", "embedding", "neck", "logits")}  # fmt: skip
CASES = [(head, kind) for head, kinds in KINDS.items() for kind in kinds]
LENGTHS = {"pooled": 24, "embedding": 7, "neck": 7, "logits": 5}


def images(count=3, seed=1, dtype=torch.float32):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 32, 48, generator=source, dtype=dtype)


def by_hand(network, pictures, kind):
    """Every layer called by itself."""
    features = network.backbone(pictures)
    pooled = network.pool(features, network.attention(features))
    if kind == "pooled" or (kind == "embedding" and not isinstance(network.head, EmbeddingHead)):
        return pooled
    if not isinstance(network.head, EmbeddingHead):
        return 100 * pooled @ network.head.classifier.weight.T
    vector = network.head.projection(pooled)
    if kind != "embedding":
        vector = network.head.norm(vector)
    return network.head.classifier(vector) if kind == "logits" else vector


@pytest.mark.parametrize(("head", "kind"), CASES)
def test_vectors_by_hand(head, kind):
    network = warm(make(HEADS[head]()))
    found = retrieval_vectors(network, images(), [kind])
    assert list(found) == [kind]
    assert found[kind].dtype == torch.float32
    if head == "embedding":
        assert found[kind].shape == (3, LENGTHS[kind])
    torch.testing.assert_close(found[kind], by_hand(network, images(), kind))


@pytest.mark.parametrize("head", HEADS)
def test_the_mirrored_vector_is_added(head):
    network = warm(make(HEADS[head]()))
    plain = retrieval_vectors(network, images(), KINDS[head])
    mirrored = retrieval_vectors(network, images().flip(3), KINDS[head])
    both = retrieval_vectors(network, images(), KINDS[head], mirror=True)
    assert tuple(both) == KINDS[head]
    for kind, vector in both.items():
        torch.testing.assert_close(vector, plain[kind] + mirrored[kind])
        assert not torch.allclose(mirrored[kind], plain[kind])


@pytest.mark.parametrize("mirror", [False, True])
def test_the_network_looks_once_a_view_whatever_is_asked(mirror):
    network, looks = warm(make(HEADS["embedding"]())), []
    network.backbone.register_forward_hook(lambda *_: looks.append(1))
    retrieval_vectors(network, images(), KINDS["embedding"], mirror)
    assert len(looks) == 1 + mirror


def test_gradients_are_the_callers_choice():
    network = warm(make(HEADS["embedding"]()))
    assert retrieval_vectors(network, images(), ["neck"])["neck"].requires_grad
    with torch.no_grad():
        assert not retrieval_vectors(network, images(), ["neck"])["neck"].requires_grad


def test_vectors_stay_float32_in_mixed_precision():
    network = warm(make(HEADS["embedding"]()))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = retrieval_vectors(network, images(), KINDS["embedding"], mirror=True)
    assert {vector.dtype for vector in found.values()} == {torch.float32}


def test_a_neck_that_is_not_there_is_one_line():
    network = make()
    with pytest.raises(ModelError, match="has no batch-norm neck"):
        retrieval_vectors(network, images(), ["pooled", "neck"])
    with pytest.raises(ModelError, match="has no batch-norm neck"):
        match_evidence(network, [network(images())], torch.ones(3, 24), "neck")


@pytest.mark.parametrize("kind", KINDS["embedding"])
def test_training_mode_is_refused(kind):
    network = make(HEADS["embedding"]()).train()
    with pytest.raises(ModelError, match="need evaluation mode"):
        retrieval_vectors(network, images(), [kind])


@pytest.mark.parametrize("normalize", ["root-l2", "l2"])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize(("head", "kind"), CASES)
def test_maps_and_constant_add_up_to_the_cosine(head, kind, mirror, normalize):
    network = warm(make(HEADS[head](), epsilon=1e-12, normalize=normalize)).double()
    mine, theirs = images(4, 1, torch.float64), images(4, 2, torch.float64)
    with torch.no_grad():
        vector = retrieval_vectors(network, mine, [kind], mirror)[kind]
        other = retrieval_vectors(network, theirs, [kind], mirror)[kind]
        outputs = [network(view) for view in ([mine, mine.flip(3)] if mirror else [mine])]
        maps, constant = match_evidence(network, outputs, other, kind)
    assert [one.shape for one in maps] == [output.attention.shape for output in outputs]
    cosine = torch.nn.functional.cosine_similarity(vector, other)
    total = torch.stack([one.sum((1, 2, 3)) for one in maps]).sum(0) + constant
    torch.testing.assert_close(total, cosine, rtol=0, atol=1e-9)
    behind = head == "embedding" and kind in ("neck", "logits")
    assert constant.ne(0).all().item() == behind


def test_the_length_of_the_other_vector_does_not_matter():
    network = warm(make(HEADS["embedding"]())).double()
    output = network(images(2, dtype=torch.float64))
    other = torch.randn(2, 7, dtype=torch.float64)
    one, two = (match_evidence(network, [output], k * other, "neck") for k in (1.0, 50.0))
    torch.testing.assert_close(one[0][0], two[0][0])
    torch.testing.assert_close(one[1], two[1])


def test_the_mirrors_map_is_the_mirrored_pictures_own():
    """A picture and its mirror swapped swap their maps."""
    network = warm(make(HEADS["embedding"]())).double()
    pictures = images(2, dtype=torch.float64)
    output, mirrored = network(pictures), network(pictures.flip(3))
    other = torch.randn(2, 7, dtype=torch.float64)
    maps, _ = match_evidence(network, [output, mirrored], other, "embedding")
    swapped, _ = match_evidence(network, [mirrored, output], other, "embedding")
    torch.testing.assert_close(maps, swapped[::-1])
    assert not torch.allclose(maps[0], maps[1])


def test_a_match_in_float32_agrees_with_the_cosine():
    network = warm(make(HEADS["embedding"]()))
    with torch.no_grad():
        outputs = [network(images()), network(images().flip(3))]
        vector = view_vectors(network, outputs, ["neck"])["neck"]
        maps, constant = match_evidence(network, outputs, vector.roll(1, 0), "neck")
    total = maps[0].sum((1, 2, 3)) + maps[1].sum((1, 2, 3)) + constant
    expected = torch.nn.functional.cosine_similarity(vector, vector.roll(1, 0))
    torch.testing.assert_close(total, expected, rtol=0, atol=1e-4)


def test_nothing_seen_makes_no_match():
    network = make()
    output = network(images())
    nothing = output._replace(features=torch.zeros_like(output.features))
    nothing = nothing._replace(embedding=network.pool(nothing.features, nothing.attention))
    maps, constant = match_evidence(network, [nothing], torch.ones(3, 24), "pooled")
    assert maps[0].eq(0).all()
    assert constant.eq(0).all()


def test_no_evidence_with_maximum_pooling():
    network = make(HEADS["embedding"](), pooling="max")
    with pytest.raises(ModelError, match="needs average pooling"):
        match_evidence(network, [network(images())], torch.ones(3, 7), "embedding")
