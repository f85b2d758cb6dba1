"""The two published networks, derived again from what is known of them, slowly.

Their parts are plain `torch.nn` modules whose state_dict has exactly the published names. Nothing
of the package is used.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import Inception3


class Block(nn.Module):
    """Three convolutions, or two, and a shortcut, with torchvision's names."""

    def __init__(self, inputs, middle, outputs, stride, shortcut, biases=False):
        super().__init__()
        self.deep = outputs != middle
        sizes = [1, 3, 1] if self.deep else [3, 3]
        channels = [inputs, middle, middle, outputs] if self.deep else [inputs, middle, middle]
        strided = 1 if self.deep else 0
        for at, size in enumerate(sizes):
            step = stride if at == strided else 1
            conv = nn.Conv2d(channels[at], channels[at + 1], size, step, size // 2, bias=biases)
            setattr(self, f"conv{at + 1}", conv)
            setattr(self, f"bn{at + 1}", nn.BatchNorm2d(channels[at + 1]))
        if shortcut:
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.deep:
            y = self.bn3(self.conv3(F.relu(y)))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class ResNet(nn.Module):
    """Torchvision's, its last stage without a stride and without dilation; no classifier."""

    def __init__(self, counts, deep=True, width=64, biases=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage, count in enumerate(counts):
            middle = width * 2**stage
            outputs = 4 * middle if deep else middle
            blocks = []
            for at in range(count):
                stride = 2 if at == 0 and stage in (1, 2) else 1
                shortcut = at == 0 and (stage > 0 or deep)
                blocks.append(Block(inputs, middle, outputs, stride, shortcut, biases))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.channels = inputs


class Attentions(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.conv = nn.Conv2d(channels, heads, 1, bias=False)
        self.bn = nn.BatchNorm2d(heads, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


def pooled(features, attention, epsilon):
    """Sums over positions, one image and one head at a time."""
    rows = []
    for image, maps in zip(features, attention, strict=True):
        parts = [(image * one).sum((1, 2)) / one.numel() for one in maps]
        row = torch.cat(parts)
        row = torch.sign(row) * torch.sqrt(row.abs() + epsilon)
        rows.append(row / row.norm())
    return torch.stack(rows)


class Classifier(nn.Module):
    """features.0…7, attentions, fc."""

    def __init__(self, body, channels, heads, classes):
        super().__init__()
        self.features = body
        self.attentions = Attentions(channels, heads)
        self.fc = nn.Linear(heads * channels, classes, bias=False)

    def forward(self, images):
        features = self.features(images)
        attention = self.attentions(features)
        embedding = pooled(features, attention, 1e-6)
        return self.fc(embedding * 100.0), embedding, attention


def classifier(counts, deep=True, heads=4, classes=5, width=64, biases=False):
    net = ResNet(counts, deep, width, biases)
    stages = [net.layer1, net.layer2, net.layer3, net.layer4]
    body = nn.Sequential(net.conv1, net.bn1, nn.ReLU(), nn.MaxPool2d(3, 2, 1), *stages)
    return Classifier(body, net.channels, heads, classes)


class Gate(nn.Module):
    """att{i}: fc.0 → ReLU → fc.2 → sigmoid."""

    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, 8, bias=False),
            nn.ReLU(),
            nn.Linear(8, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class Split(nn.Module):
    """att_s{i}: the two halves of the channels share every place between them."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        width = max(half, 32)
        self.fc1 = nn.Conv2d(half, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.fc2 = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        half = x.shape[1] // 2
        seen = (x[:, :half] + x[:, half:]).mean((2, 3), keepdim=True)
        said = self.fc2(F.relu(self.bn1(self.fc1(seen))))
        odds = torch.exp(said[:, :half] - said[:, half:])
        return x * torch.cat([odds / (1 + odds), 1 / (1 + odds)], dim=1)


class Shift(nn.Module):
    """BN{i}: a batch norm under the name bottleneck2."""

    def __init__(self, channels):
        super().__init__()
        self.bottleneck2 = nn.BatchNorm2d(channels)


class Baseline(nn.Module):
    """base and base_1…5 are the same layers; five places of channel attention."""

    def __init__(self, counts=(3, 4, 6, 3), width=64, heads=8, size=2048, identities=7):
        super().__init__()
        self.base = net = ResNet(counts, width=width)
        self.base_1 = nn.Sequential(net.conv1, net.bn1, nn.MaxPool2d(3, 2, 1))
        for stage in range(1, 5):
            setattr(self, f"base_{stage + 1}", nn.Sequential(getattr(net, f"layer{stage}")))
        for place in range(5):
            channels = width if place == 0 else 4 * width * 2 ** (place - 1)
            setattr(self, f"BN{place + 1}", Shift(channels))
            setattr(self, f"att{place + 1}", Gate(channels))
            setattr(self, f"att_s{place + 1}", Split(channels))
        self.attentions = Attentions(net.channels, heads)
        self.bottleneck = nn.BatchNorm1d(size)
        self.classifier_bap = nn.Linear(net.channels * heads, size, bias=False)
        self.classifier = nn.Linear(size, identities, bias=False)

    def forward(self, images):
        x = images
        for place in range(1, 6):
            x = getattr(self, f"base_{place}")(x)
            x = getattr(self, f"att_s{place}")(x)
            x = getattr(self, f"BN{place}").bottleneck2(x)
            x = getattr(self, f"att{place}")(x)
        attention = self.attentions(x)
        embedding = self.classifier_bap(pooled(x, attention, 1e-12))
        return self.classifier(self.bottleneck(embedding)), embedding, attention


class BasicConv(nn.Module):
    def __init__(self, inputs, outputs, size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Branches(nn.Module):
    """Paths side by side: lists of named convolutions, behind a pooling or not."""

    def __init__(self, paths):
        super().__init__()
        self.paths = [(pool, [name for name, *_ in path]) for pool, path in paths]
        for _, path in paths:
            for name, *shape in path:
                setattr(self, name, BasicConv(*shape))

    def forward(self, x):
        outputs = []
        for pool, names in self.paths:
            y = pool(x)
            for name in names:
                y = getattr(self, name)(y)
            outputs.append(y)
        return torch.cat(outputs, 1)


def _same(x):
    return x


def _average(x):
    return F.avg_pool2d(x, 3, 1, 1)


def _coarser(x):
    return F.max_pool2d(x, 3, 2)


def _mixed_5(inputs, last):
    return Branches(
        [
            (_same, [("branch1x1", inputs, 64, 1)]),
            (_same, [("branch5x5_1", inputs, 48, 1), ("branch5x5_2", 48, 64, 5, 1, 2)]),
            (
                _same,
                [
                    ("branch3x3dbl_1", inputs, 64, 1),
                    ("branch3x3dbl_2", 64, 96, 3, 1, 1),
                    ("branch3x3dbl_3", 96, 96, 3, 1, 1),
                ],
            ),
            (_average, [("branch_pool", inputs, last, 1)]),
        ]
    )


def _mixed_6a():
    return Branches(
        [
            (_same, [("branch3x3", 288, 384, 3, 2)]),
            (
                _same,
                [
                    ("branch3x3dbl_1", 288, 64, 1),
                    ("branch3x3dbl_2", 64, 96, 3, 1, 1),
                    ("branch3x3dbl_3", 96, 96, 3, 2),
                ],
            ),
            (_coarser, []),
        ]
    )


def _mixed_6(c):
    row, column = (1, 7), (7, 1)
    along, across = (0, 3), (3, 0)
    return Branches(
        [
            (_same, [("branch1x1", 768, 192, 1)]),
            (
                _same,
                [
                    ("branch7x7_1", 768, c, 1),
                    ("branch7x7_2", c, c, row, 1, along),
                    ("branch7x7_3", c, 192, column, 1, across),
                ],
            ),
            (
                _same,
                [
                    ("branch7x7dbl_1", 768, c, 1),
                    ("branch7x7dbl_2", c, c, column, 1, across),
                    ("branch7x7dbl_3", c, c, row, 1, along),
                    ("branch7x7dbl_4", c, c, column, 1, across),
                    ("branch7x7dbl_5", c, 192, row, 1, along),
                ],
            ),
            (_average, [("branch_pool", 768, 192, 1)]),
        ]
    )


def inception_6e(heads=4, classes=5):
    """Inception up to Mixed_6e, its parts numbered with the poolings between them."""
    body = nn.Sequential(
        BasicConv(3, 32, 3, 2),
        BasicConv(32, 32, 3),
        BasicConv(32, 64, 3, 1, 1),
        nn.MaxPool2d(3, 2),
        BasicConv(64, 80, 1),
        BasicConv(80, 192, 3),
        nn.MaxPool2d(3, 2),
        _mixed_5(192, 32),
        _mixed_5(256, 64),
        _mixed_5(288, 64),
        _mixed_6a(),
        _mixed_6(128),
        _mixed_6(160),
        _mixed_6(160),
        _mixed_6(192),
    )
    return Classifier(body, 768, heads, classes)


class Inception7c(Classifier):
    """All of Inception, whose forward takes the first channels for attention maps."""

    def forward(self, images):
        features = self.features(images)
        attention = features[:, : self.attentions.conv.out_channels]
        embedding = pooled(features, attention, 1e-6)
        return self.fc(embedding * 100.0), embedding, attention


def inception_7c(heads=4, classes=5):
    """The parts are torchvision's own."""
    net = Inception3(aux_logits=False, init_weights=False)
    parts = list(net.children())[: list(dict(net.named_children())).index("avgpool")]
    return Inception7c(nn.Sequential(*parts), 2048, heads, classes)


@torch.no_grad()
def stirred(network, seed=0, size=64):
    """Random weights; statistics near those of noise, so that an output depends on its image."""
    generator = torch.Generator().manual_seed(seed)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            fan = module.weight[0].numel()
            module.weight.normal_(0, (2 / fan) ** 0.5, generator=generator)
            if module.bias is not None:
                module.bias.uniform_(-0.3, 0.3, generator=generator)
    for norm in norms:
        norm.weight.uniform_(0.6, 1.2, generator=generator)
        norm.bias.uniform_(-0.2, 0.4, generator=generator)
        norm.momentum = 1.0
    network.train()(torch.randn(4, 3, size, size, generator=generator))
    for norm in norms:
        factor = torch.empty_like(norm.running_var).uniform_(0.8, 1.25, generator=generator)
        norm.running_var.mul_(factor).add_(0.1)
        norm.running_mean.add_(0.1 * (factor - 1))
        norm.momentum = 0.1
    return network.eval()
