"""Training on a frozen backbone: which of a network is trained, and what it has to be better than.

A network in training asks its backbone for the same features again and again. Where the backbone
is not to change, it is asked once for each image and each of a few changed copies, see `features`.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from elsewhere.data.features import FeatureDataset
from elsewhere.errors import ConfigError
from elsewhere.models.views import TestViews
from elsewhere.tasks import Classification
from elsewhere.tasks.training import CounterfactualTraining


class Frozen(NamedTuple):
    """How a backbone is frozen.

    Attributes:
        copies: feature maps kept of each training image: one as it is tested, the others changed
            as in training (mirror, crop, colours), by the run's seed.
        views: crop and drop the feature maps as training crops and drops images. A crop of a map
            shows nothing finer than the map: what attention-guided crops of images are for is
            lost. Without them a test looks at whole images alone.
    """

    copies: int = 2
    views: bool = False


def freeze(task: CounterfactualTraining, how: Frozen) -> None:
    """Take a task's backbone out of training, and views that go with a trained one."""
    if how.copies < 1:
        raise ConfigError(f"frozen.copies is {how.copies}: 1 or more, please")
    task.network.backbone.requires_grad_(False)
    if isinstance(task, Classification) and not how.views:
        task.augmentation = None
        task.views = TestViews(crops=(), mirror=False)


def probe(train: FeatureDataset, val: FeatureDataset, test: FeatureDataset) -> float:
    """Top-1 accuracy of a linear probe: ridge regression of classes on mean features.

    What the untrained backbone is worth. Its penalty is chosen on the validation images.
    """
    (x, y), *others = (_mean_features(each) for each in (train, val, test))
    mean, scale = x.mean(dim=0), x.std(dim=0) + 1e-6
    inputs, targets = (x - mean) / scale, torch.nn.functional.one_hot(y).double()
    even, shares = torch.eye(inputs.shape[1], dtype=inputs.dtype), targets.mean(dim=0)
    moments, aims = inputs.T @ inputs, inputs.T @ (targets - shares)
    measured = []
    for penalty in (1.0, 10.0, 100.0, 1e3, 1e4):
        weights = torch.linalg.solve(moments + penalty * even, aims)
        hits = [((v - mean) / scale @ weights + shares).argmax(1) == k for v, k in others]
        measured.append([float(each.double().mean()) for each in hits])
    return max(measured, key=lambda scores: scores[0])[1]


def _mean_features(data: FeatureDataset) -> tuple[Tensor, Tensor]:
    """Features averaged over positions, of every image as it is tested; and the classes."""
    rows = [data[row].image.mean(dim=(1, 2)) for row in range(len(data))]
    return torch.stack(rows).double(), torch.tensor(data.table.labels)
