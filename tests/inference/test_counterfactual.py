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


def test_another_image_may_be_given_itself(classifier, files):
    wanted = classifier.counterfactual(files[0], files[1]).counterfactual
    for other in (files[1].read_bytes(), Image.open(files[1]), np.asarray(Image.open(files[1]))):
        found = classifier.counterfactual(files[0], other).counterfactual
        assert found == pytest.approx(wanted)


def test_what_cannot_be_asked_is_refused(classifier, embedding, files, tmp_path):
    with pytest.raises(ModelError, match="find individuals"):
        embedding.counterfactual(files[0])
    with pytest.raises(ModelError, match="nothing is painted"):
        classifier.counterfactual(files[0], np.zeros((4, 4)))
    with pytest.raises(DataError, match="no such file"):
        classifier.counterfactual(tmp_path / "gone.png")
    with pytest.raises(DataError, match="3 images"):
        classifier.counterfactual(files[0].parent)
