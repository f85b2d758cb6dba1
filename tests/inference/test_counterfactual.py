"""An answer under another attention, re-derived from the network's own halves."""

import numpy as np
import pytest
import torch
from PIL import Image

from elsewhere.data.inputs import load_images
from elsewhere.errors import DataError, ModelError


def by_hand(model, file, attention):
    """Calibrated probabilities under an attention, by the network alone."""
    with torch.no_grad():
        features, _ = model.network.look(load_images(str(file), model.preprocessing))
        logits = model.network.predict(features, attention)[0].double().numpy()
    shares = np.exp(logits / model.calibration.temperature)
    return shares / shares.sum()


def learned(model, file):
    with torch.no_grad():
        return model.network.look(load_images(str(file), model.preprocessing))[1]


def test_answers_are_those_of_the_network_under_each_attention(classifier, files):
    first, second = files[:2]
    own = learned(classifier, first)
    painted = np.zeros(own.shape[2:])
    painted[0, 1] = 2.0
    moved = torch.zeros_like(own)
    moved[0, :, 0, 1] = own[0].sum(dim=(1, 2))
    wanted = {
        "uniform": own.mean(dim=(2, 3), keepdim=True).expand_as(own),
        "reversed": own.max() - own,
        "painted": moved,
        "other": learned(classifier, second),
    }
    asked = {"uniform": "uniform", "reversed": "reversed", "painted": painted, "other": second}
    for name, attention in wanted.items():
        changed = classifier.counterfactual(first, asked[name])
        assert changed.elsewhere == pytest.approx(attention[0].numpy(), abs=1e-6), name
        assert changed.attention == pytest.approx(own[0].numpy(), abs=1e-6)
        before, after = by_hand(classifier, first, own), by_hand(classifier, first, attention)
        assert changed.factual == pytest.approx(before, abs=1e-6)
        assert changed.counterfactual == pytest.approx(after, abs=1e-6), name
        best = int(before.argmax())
        assert changed.effect == pytest.approx(before[best] - after[best], abs=1e-6)
        assert changed.answer.name == classifier.class_names[int(after.argmax())]
        (said,) = classifier.predict(first)
        assert changed.prediction.ranked[0].name == said.ranked[0].name


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("vector", ["pooled", "embedding", "neck"])
def test_vectors_are_those_of_the_network_under_each_attention(
    embedding, files, monkeypatch, mirror, vector
):
    first, second = files[:2]
    monkeypatch.setattr(
        embedding.network, "retrieval", embedding.retrieval._replace(vector=vector, mirror=mirror)
    )
    painted = np.zeros(learned(embedding, first).shape[2:])
    painted[0, 1] = 2.0

    def vector_by_hand(attend):
        """The sum over views of what the network makes of attention that a view's maps give."""
        total = 0.0
        for flip in (False, True)[: 1 + mirror]:
            image, other = (load_images(str(f), embedding.preprocessing) for f in (first, second))
            image, other = (x.flip(-1) if flip else x for x in (image, other))
            with torch.no_grad():
                features, own = embedding.network.look(image)
                maps = attend(own, embedding.network.look(other)[1], flip)
                output = embedding.network.answer(features, maps)
                total = total + embedding.network.vector(output, vector)[0].double().numpy()
        return total / np.linalg.norm(total)

    def moved(own, _, flip):
        maps = torch.zeros_like(own)
        maps[0, :, 0, own.shape[3] - 2 if flip else 1] = own[0].sum(dim=(1, 2))
        return maps

    asked = {
        "uniform": ("uniform", lambda own, _, __: own.mean((2, 3), True).expand_as(own)),
        "reversed": ("reversed", lambda own, _, __: own.max() - own),
        "painted": (painted, moved),
        "other": (second, lambda _, other, __: other),
    }
    for name, (do, attend) in asked.items():
        changed = embedding.counterfactual_vector(first, do)
        assert changed.factual == pytest.approx(embedding.embed(first).vectors[0], abs=1e-6)
        assert changed.counterfactual == pytest.approx(vector_by_hand(attend), abs=1e-5), name
        assert changed.similarity == pytest.approx(changed.factual @ changed.counterfactual)
        own = learned(embedding, first)[0].numpy()
        assert changed.attention == pytest.approx(own, abs=1e-6)
        assert not np.allclose(changed.elsewhere, own)


def test_another_image_may_be_given_itself(classifier, files):
    wanted = classifier.counterfactual(files[0], files[1]).counterfactual
    for other in (files[1].read_bytes(), Image.open(files[1]), np.asarray(Image.open(files[1]))):
        found = classifier.counterfactual(files[0], other).counterfactual
        assert found == pytest.approx(wanted)


def test_what_cannot_be_asked_is_refused(classifier, embedding, files, tmp_path):
    with pytest.raises(ModelError, match="find individuals"):
        embedding.counterfactual(files[0])
    with pytest.raises(ModelError, match="nothing is painted"):
        embedding.counterfactual_vector(files[0], np.zeros((4, 4)))
    with pytest.raises(ModelError, match="nothing is painted"):
        classifier.counterfactual(files[0], np.zeros((4, 4)))
    with pytest.raises(DataError, match="no such file"):
        classifier.counterfactual(tmp_path / "gone.png")
    with pytest.raises(DataError, match="3 images"):
        classifier.counterfactual(files[0].parent)
