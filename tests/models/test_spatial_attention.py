import torch
import torch.nn.functional as F

from elsewhere.models import SpatialAttention


def test_it_is_convolution_batch_norm_and_relu():
    module = SpatialAttention(6, 4)
    torch.nn.init.normal_(module.bn.weight)
    torch.nn.init.normal_(module.bn.bias)
    features = torch.randn(3, 6, 5, 7)
    maps = torch.einsum("bchw,mc->bmhw", features, module.conv.weight[:, :, 0, 0])
    mean, variance = maps.mean((0, 2, 3)), maps.var((0, 2, 3), unbiased=False)
    normal = (maps - mean.view(-1, 1, 1)) / (variance + 1e-3).sqrt().view(-1, 1, 1)
    expected = F.relu(normal * module.bn.weight.view(-1, 1, 1) + module.bn.bias.view(-1, 1, 1))
    torch.testing.assert_close(module(features), expected, rtol=1e-5, atol=1e-5)


def test_its_layers_are_the_published_ones():
    module = SpatialAttention(2048, 32)
    assert module.conv.weight.shape == (32, 2048, 1, 1)
    assert module.conv.bias is None
    assert module.bn.eps == 1e-3
    assert set(module.state_dict()) == {
        "conv.weight",
        *(f"bn.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
        "bn.num_batches_tracked",
    }


def test_one_head_of_any_size_is_not_negative():
    attention = SpatialAttention(3, 1)(torch.randn(2, 3, 1, 9))
    assert attention.shape == (2, 1, 1, 9)
    assert attention.min() >= 0
