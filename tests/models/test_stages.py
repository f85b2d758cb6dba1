import pytest
import timm
import torch

import elsewhere
from elsewhere.errors import ModelError
from elsewhere.models import TimmBackbone


@pytest.mark.parametrize(
    ("name", "stage", "index", "channels"),
    [("inception_v3", "Mixed_6e", 3, 768), ("resnet18", "layer3", 3, 256)],
)
def test_the_features_of_an_earlier_stage(name, stage, index, channels):
    torch.manual_seed(0)
    whole = timm.create_model(name, features_only=True, out_indices=[index]).eval()
    backbone = TimmBackbone(name, stop_at=stage).eval()
    weights = whole.state_dict()
    backbone.network.load_state_dict({key: weights[key] for key in backbone.network.state_dict()})
    images = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        found = backbone(images)
        torch.testing.assert_close(found, whole(images)[0])
    assert backbone.channels == found.shape[1] == channels


def test_a_bundle_knows_where_the_network_ends(tmp_path):
    backbone = TimmBackbone("resnet18", last_stride=1, stop_at="layer2")
    network = elsewhere.AttentionNetwork(backbone, heads=2).eval()
    elsewhere.save_bundle(network, tmp_path / "bundle")
    again = elsewhere.load_bundle(tmp_path / "bundle")
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(again(images).logits, network(images).logits)
        assert again(images).features.shape == (1, 128, 16, 16)


def test_a_stage_that_is_not_there():
    with pytest.raises(ModelError, match=r"no stage 'Mixed_6f' to stop at: it has .*Mixed_6e"):
        TimmBackbone("inception_v3", stop_at="Mixed_6f")
